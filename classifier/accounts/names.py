"""Changing a person's name."""

from django.contrib.auth.models import User
from django.db import transaction

from classifier.models import Activation


def rename(user: User, name: str) -> None:
    """Gives a person another name, also where a copy of it is stored beside what they did as staff.

    Raises IntegrityError if another person has just taken the name.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(username=name)
        Activation.objects.filter(by=user).update(by_name=name)
    user.username = name
