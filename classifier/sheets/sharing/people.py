"""Sharing a sheet with named people."""

from django.contrib.auth.models import User

from classifier.recognition.errors import InvalidInput
from classifier.sheets.models import Sheet, SheetShare

from .rights import Level

PEOPLE_AT_MOST = 200


def share(sheet: Sheet, name: str, level: int) -> SheetShare:
    """Shares a sheet with a person, or changes what they may do. name: their user name. Raises InvalidInput."""
    if level not in Level.values:
        raise InvalidInput("Choose what this person may do.")
    person = User.objects.filter(username__iexact=name.strip(), is_active=True).first() if name.strip() else None
    if person is None:
        raise InvalidInput(f"Nobody here is called “{name.strip()[:150]}”. Ask for their user name.")
    if person.pk == sheet.owner_id:
        raise InvalidInput("The sheet is this person's own: they may do everything.")
    if sheet.shares.exclude(user=person).count() >= PEOPLE_AT_MOST:
        raise InvalidInput(f"A sheet can be shared with {PEOPLE_AT_MOST} people.")
    return SheetShare.objects.update_or_create(sheet=sheet, user=person, defaults={"level": level})[0]


def unshare(sheet: Sheet, name: str) -> None:
    sheet.shares.filter(user__username=name).delete()
