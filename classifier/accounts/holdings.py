"""What belongs to a person: what the site deletes with the account, and what they did as staff."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from classifier.models import ApiToken, ClosedAccount, Drawing

COUNTED_TO = 10_000  # counting further would take time without telling more
# The apps of django-allauth that may be switched on, and the tables in which they keep rows of people.
WAYS_IN = {"mfa": "mfa_authenticator", "socialaccount": "socialaccount_socialaccount"}


# Rows that are very many and belong to what a person has, not to the person. An app above adds its own when it starts.
BEFORE_OTHERS: list[Callable[[User], QuerySet[Any]]] = []
# What else a person has, in words for the page that closes the account; empty if nothing. Added to likewise.
FURTHER: list[Callable[[User], str]] = []
STAFF_APPS = ("classifier", "training")  # whose rows tell what people did as staff


@dataclass(frozen=True)
class Holdings:
    """How many things a person has; no figure is above COUNTED_TO + 1.

    What belongs to drawings is not counted: for a person with very many drawings that would take a tenth of a second.
    """

    drawings: int
    tokens: int
    emails: int
    ways_in: int  # second factors and connected accounts
    staff_acts: int
    further: list[str]  # in words


def holdings(user: User) -> Holdings:
    return Holdings(
        drawings=_count(Drawing._base_manager.filter(owner=user)),
        tokens=_count(ApiToken.objects.owned_by(user)),
        emails=_count(EmailAddress.objects.filter(user=user)),
        ways_in=sum(_count(rows) for rows in owned(user) if rows.model._meta.app_label in WAYS_IN),
        staff_acts=sum(
            _count(acts)
            for acts, name in staff_acts(user)
            if name != "about" and acts.model._meta.app_label in STAFF_APPS
        ),
        further=[words for words_of in FURTHER if (words := words_of(user))],
    )


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: COUNTED_TO + 1].count()


def owned(user: User) -> Iterator[QuerySet[Any]]:
    """The rows that are deleted with a person, model by model: those of BEFORE_OTHERS first.

    Drawings come first: they are by far the most, and batches must have no drawings when they are deleted.
    Follows the foreign keys with on_delete=CASCADE, so models that are added later are included.
    """
    for rows_of in BEFORE_OTHERS:
        yield rows_of(user)
    relations = [
        relation
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.CASCADE
    ]
    for relation in sorted(relations, key=lambda each: each.related_model is not Drawing):
        if relation.related_model is not ClosedAccount:
            yield relation.related_model._base_manager.filter(**{relation.field.name: user})


@receiver(pre_delete, sender=User)
def remove_switched_off(instance: User, **_: Any) -> None:
    """Deletes a person's rows of apps that have been switched off: Django does not know them, but their tables refer to
    the account."""
    for label, table in WAYS_IN.items():
        if not apps.is_installed(f"allauth.{label}") and table in connection.introspection.table_names():
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table} WHERE user_id = %s", [instance.pk])  # noqa: S608 - one of two names


def staff_acts(user: User) -> Iterator[tuple[QuerySet[Any], str]]:
    """The rows that outlive a person (runs requested, versions promoted, corrections reviewed, the audit log, what they
    decided in the sheets of others), each with the name of the field that refers to the person: `about` if it says what
    staff did with their things.
    """
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.SET_NULL:
            name = relation.field.name
            yield relation.related_model._base_manager.filter(**{name: user}), name
