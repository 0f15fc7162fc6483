"""How people come in: the operator can close the door to new ones, and an address to go on to must be ours."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no annotations
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `?next=` may be followed. What is no address at all (`http://[`) is not."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False
