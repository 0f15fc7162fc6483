"""How people sign in: with a password, through another provider, with a second factor."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User

SECOND = {"totp": "second factor", "webauthn": "passkey"}


def of(people: Iterable[User]) -> dict[int, list[str]]:
    """The ways in which each of these people can sign in, by their key. At most two queries."""
    ways: dict[int, list[str]] = defaultdict(list)
    keys = []
    for person in people:
        keys.append(person.pk)
        if person.has_usable_password():
            ways[person.pk].append("password")
    if apps.is_installed("allauth.socialaccount"):
        accounts = _rows("socialaccount", "SocialAccount").filter(user__in=keys)
        for key, provider in accounts.order_by("pk").values_list("user", "provider"):
            ways[key].append(str(provider))
    if apps.is_installed("allauth.mfa"):
        factors = _rows("mfa", "Authenticator").filter(user__in=keys, type__in=SECOND)
        for key, kind in factors.order_by("type").values_list("user", "type").distinct():
            ways[key].append(SECOND[kind])
    return ways


def _rows(app: str, model: str) -> Any:
    """The rows of a model whose app is installed only if the operator has switched it on."""
    return apps.get_model(app, model)._base_manager
