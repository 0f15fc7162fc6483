"""Comparing and offering rights, settling those that claims give, and what staff need to use theirs."""

import logging

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import transaction

STAFF, SUPERUSER = "staff", "superuser"  # rights that are no group

log = logging.getLogger(__name__)

SEE = "auth.view_user"
MANAGE = "auth.change_user"
GRANT = "auth.change_permission"
INVITE = "classifier.add_invitation"

# The permissions that the pages of the site ask for, in words. An app above adds its own.
OFFERED = {
    SEE: "See the page People",
    MANAGE: "Disable and enable accounts, and make links for a new password",
    GRANT: "Change other people’s rights, as far as their own go",
    INVITE: "Invite people, and revoke invitations",
    "classifier.review_correction": "Review corrections",
    "classifier.promote_modelversion": "Put versions into service and roll back",
    "classifier.override_gate": "Put a version into service that the gate refused",
    "classifier.add_rereading": "Have a person’s history read again",
}


def held(person: User) -> set[str]:
    """The permissions of a person, also of a disabled one, who has none according to Django."""
    return User(pk=person.pk, is_superuser=person.is_superuser).get_all_permissions()


def exceed(person: User, other: User) -> bool:
    """Whether a person may do anything that another one may not."""
    if person.pk == other.pk or other.is_superuser:
        return False
    return person.is_superuser or bool(held(person) - other.get_all_permissions())


def settle(person: User, rights: set[str], governed: set[str]) -> None:
    """Gives a person these rights, and takes away the other governed ones. Leaves all other rights as they are.

    rights, governed: STAFF, SUPERUSER and names of groups.
    """
    groups = {group.name: group for group in Group.objects.filter(name__in=governed - {STAFF, SUPERUSER})}
    if missing := governed - {STAFF, SUPERUSER} - set(groups):
        log.warning("OPENID_RIGHTS names groups that do not exist: %s", ", ".join(sorted(missing)))
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=person.pk)
        before = (row.is_staff, row.is_superuser, set(row.groups.values_list("name", flat=True)))
        for right, field in ((STAFF, "is_staff"), (SUPERUSER, "is_superuser")):
            if right in governed:
                setattr(row, field, right in rights)
        row.save(update_fields=["is_staff", "is_superuser"])
        row.groups.remove(*(group for name, group in groups.items() if name not in rights))
        row.groups.add(*(group for name, group in groups.items() if name in rights))
        after = (row.is_staff, row.is_superuser, set(row.groups.values_list("name", flat=True)))
    person.is_staff, person.is_superuser = row.is_staff, row.is_superuser
    if before != after:
        log.info("Claims changed the rights of person %s to %s", person.pk, sorted(rights) or "none of OPENID_RIGHTS")


def lack_second_factor(person: User | AnonymousUser) -> bool:
    """Whether a member of staff still has to set up the second factor that the settings ask for."""
    if not (settings.STAFF_SECOND_FACTOR and person.is_staff and apps.is_installed("allauth.mfa")):
        return False
    from allauth.mfa.models import Authenticator  # loaded only where second factors are switched on

    return not Authenticator.objects.filter(user_id=person.pk).exclude(type="recovery_codes").exists()
