"""Who opened a person's pictures in the administration."""

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet

from classifier.models import Digit, PictureViewing

SHOWN = 50  # of a person's viewings, at most


def record(digit: Digit, *, viewer: User) -> PictureViewing:
    """Records that somebody opens a digit's picture. digit: with its drawing."""
    return PictureViewing.objects.create(owner_id=digit.drawing.owner_id, viewer=viewer, digit=digit.public_id)


def newest(owner: User) -> QuerySet[PictureViewing]:
    """The newest viewings of a person's pictures by others; `is_there` says whether the digit still exists."""
    digits = Digit.objects.filter(owner=OuterRef("owner"), public_id=OuterRef("digit"))
    viewings = PictureViewing.objects.owned_by(owner).exclude(viewer=owner)
    return viewings.annotate(is_there=Exists(digits)).select_related("viewer")[:SHOWN]
