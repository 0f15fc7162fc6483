"""Finding people by name, e-mail address and state."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q, QuerySet

from classifier.models import FORMER_MEMBER


class Show(models.TextChoices):
    """Which people a list shows."""

    ALL = "", "everybody"
    STAFF = "staff", "staff"
    DISABLED = "disabled", "disabled"
    INVITED = "invited", "came by an invitation"


def people() -> QuerySet[User]:
    """The accounts, without closed ones that are being removed; the newest first."""
    return User.objects.filter(closed=None).exclude(username=FORMER_MEMBER).order_by("-pk")


def matching(text: str = "", show: str = Show.ALL) -> QuerySet[User]:
    """People whose name or e-mail address contains the text."""
    rows = people()
    if show == Show.STAFF:
        rows = rows.filter(is_staff=True)
    elif show == Show.DISABLED:
        rows = rows.filter(is_active=False)
    elif show == Show.INVITED:
        rows = rows.exclude(joining=None)
    if text:
        addresses = EmailAddress.objects.filter(email__icontains=text)
        rows = rows.filter(
            Q(username__icontains=text)
            | Q(first_name__icontains=text)
            | Q(last_name__icontains=text)
            | Q(email__icontains=text)
            | Q(pk__in=addresses.values("user"))
        )
    return rows
