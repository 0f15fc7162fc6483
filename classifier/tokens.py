"""API tokens: keys shown once, kept as hashes.

A key is 256 random bits, so a plain SHA-256 cannot be searched backwards and needs no salt.
"""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from .models import ApiToken

USE_NOTED_EVERY = timedelta(minutes=1)  # "last used" costs a write


def create_token(owner: User, name: str) -> tuple[ApiToken, str]:
    """A new token and its key, which cannot be had again."""
    key = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(owner=owner, name=name, digest=_digest(key), hint=key[:6])
    return token, key


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token KEY`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = authentication.get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        if len(words) != 2:
            raise exceptions.AuthenticationFailed("Write the header as: Authorization: Token YOUR_KEY")
        key = words[1].decode("latin-1")
        token = ApiToken.objects.select_related("owner").filter(digest=_digest(key)).first()
        if token is None or not token.owner.is_active:
            raise exceptions.AuthenticationFailed("This token is not known, or was revoked.")
        now = timezone.now()
        if token.last_used is None or now - token.last_used > USE_NOTED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used=now)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"
