"""Comparing the rights of two people."""

from django.contrib.auth.models import User


def exceed(person: User, other: User) -> bool:
    """Whether a person may do anything that another one may not."""
    if person.pk == other.pk or other.is_superuser:
        return False
    return person.is_superuser or bool(person.get_all_permissions() - other.get_all_permissions())
