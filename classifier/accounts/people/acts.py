"""What staff do to other people's accounts: disable, enable, make a link for a new password, change rights.

Each act locks both rows and asks again whether it is allowed: two administrators who disable each other at the same
moment must not both succeed.
"""

from dataclasses import dataclass, field

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import models, transaction
from django.views.decorators.debug import sensitive_variables

from classifier import audit
from classifier.audit import Act
from classifier.errors import MayNotManage, OwnAccount

from .. import password_links, rights, sessions
from ..rights import GRANT, MANAGE, OFFERED


class Kind(models.TextChoices):
    """How much somebody may do."""

    PERSON = "person", "Not staff"
    STAFF = "staff", "Staff, with the rights below"
    ADMINISTRATOR = "administrator", "Administrator"

    @classmethod
    def of(cls, person: User) -> "Kind":
        if person.is_superuser:
            return cls.ADMINISTRATOR
        return cls.STAFF if person.is_staff else cls.PERSON


@dataclass(frozen=True)
class Wanted:
    """The rights that somebody is to have. Permissions that are not in `OFFERED` stay as they are, but for PERSON."""

    kind: Kind
    permissions: frozenset[str] = frozenset()
    groups: frozenset[int] = field(default_factory=frozenset)


def may_act(by: User, person: User, permission: str = MANAGE) -> bool:
    """Whether somebody may act on another person's account."""
    return by.pk != person.pk and by.has_perm(permission) and not rights.exceed(person, by)


def disable(person: User, *, by: User) -> None:
    """Locks a person out: sessions end, tokens are refused, and nobody can sign in. Their data stays.

    Raises MayNotManage, OwnAccount.
    """
    with transaction.atomic():
        row, _ = _locked(person, by, MANAGE)
        row.is_active = False
        row.save(update_fields=["is_active"])
        _record(row, by, Act.DISABLED_ACCOUNT, "Disabled the account.")
    sessions.end_all(row)


def enable(person: User, *, by: User) -> None:
    """Lets a disabled person in again; their tokens work again. Raises MayNotManage, OwnAccount."""
    with transaction.atomic():
        row, _ = _locked(person, by, MANAGE)
        row.is_active = True
        row.save(update_fields=["is_active"])
        _record(row, by, Act.ENABLED_ACCOUNT, "Enabled the account.")


@sensitive_variables("link")
def make_password_link(person: User, *, by: User) -> str:
    """A link with which a person chooses a new password. Raises MayNotManage, OwnAccount."""
    with transaction.atomic():
        row, _ = _locked(person, by, MANAGE)
        if not row.is_active:
            raise MayNotManage("This account is disabled. Enable it first, then make a link.")
        link = password_links.make(row)
        _record(row, by, Act.MADE_PASSWORD_LINK, "Made a link to choose a new password.")
        return link


def change_rights(person: User, wanted: Wanted, *, by: User) -> None:
    """Gives a person these rights and takes the others away; nobody gives more than they have themselves.

    Raises MayNotManage, OwnAccount.
    """
    with transaction.atomic():
        row, actor = _locked(person, by, GRANT)
        _check_may_give(wanted, actor)
        row.is_superuser = wanted.kind == Kind.ADMINISTRATOR
        row.is_staff = wanted.kind != Kind.PERSON
        row.save(update_fields=["is_superuser", "is_staff"])
        if wanted.kind == Kind.PERSON:
            row.user_permissions.clear()
            row.groups.clear()
        elif wanted.kind == Kind.STAFF:
            _set_permissions(row, wanted.permissions)
            row.groups.set(wanted.groups)
        words = _in_words(wanted)
        _record(row, by, Act.CHANGED_RIGHTS, f"Changed the rights: {words}.", words)


def groups_to_give(by: User) -> list[Group]:
    """The groups that give no right which `by` does not have."""
    theirs = by.get_all_permissions()
    groups = Group.objects.prefetch_related("permissions__content_type").order_by("name")
    return [group for group in groups if {_name(each) for each in group.permissions.all()} <= theirs]


def _locked(person: User, by: User, permission: str) -> tuple[User, User]:
    """The rows of a person and of the member of staff who acts, locked until the transaction ends."""
    if person.pk == by.pk:
        raise OwnAccount("You cannot change your own account here. Ask somebody else who may.")
    rows = User.objects.select_for_update().filter(pk__in=[person.pk, by.pk]).order_by("pk").in_bulk()
    if len(rows) < 2 or not rows[by.pk].is_active or not may_act(rows[by.pk], rows[person.pk], permission):
        raise MayNotManage("You may not change this account: it has rights that you do not have.")
    return rows[person.pk], rows[by.pk]


def _check_may_give(wanted: Wanted, by: User) -> None:
    groups = {group.pk for group in groups_to_give(by)} if wanted.groups else set()
    is_beyond = wanted.kind == Kind.ADMINISTRATOR and not by.is_superuser
    if is_beyond or not wanted.permissions <= by.get_all_permissions() or not wanted.groups <= groups:
        raise MayNotManage("You cannot give rights that you do not have yourself.")


def _set_permissions(person: User, wanted: frozenset[str]) -> None:
    offered = {_name(each): each for each in Permission.objects.select_related("content_type")}
    person.user_permissions.remove(*[offered[name] for name in OFFERED if name in offered and name not in wanted])
    person.user_permissions.add(*[offered[name] for name in OFFERED if name in offered and name in wanted])


def _name(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def _in_words(wanted: Wanted) -> str:
    if wanted.kind != Kind.STAFF:
        return wanted.kind.label.lower()
    given = [words.lower() for name, words in OFFERED.items() if name in wanted.permissions]
    return f"staff; {', '.join(given) or 'no single right'}"


def _record(person: User, by: User, act: Act, message: str, detail: str = "") -> None:
    """Writes an act into the audit log, and into the administration's, where a person's page there shows it."""
    audit.record(act, by=by, about=person, on=person, detail=detail)
    entries = apps.get_model("admin", "LogEntry").objects
    entries.log_actions(by.pk, [person], 2, message, single_object=True)  # 2: a change
