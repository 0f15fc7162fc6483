"""API tokens: creating them, and authenticating requests with them.

The site shows a key once and stores its SHA-256. A key has 256 random bits, so its hash needs no salt.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from classifier.models import ApiToken

USE_NOTED_EVERY = timedelta(minutes=1)  # "last used" costs a write

Scope = ApiToken.Scope


def create_token(
    owner: User, name: str, *, scope: Scope = Scope.WRITE, expires_days: int | None = None
) -> tuple[ApiToken, str]:
    """Creates a token. Returns it and its key, which is not stored. expires_days: None for a token without expiry."""
    key = secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(days=expires_days) if expires_days is not None else None
    token = ApiToken.objects.create(
        owner=owner, name=name, digest=_digest(key), hint=key[:6], scope=scope, expires=expires
    )
    return token, key


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class TokenAuthentication(authentication.BaseAuthentication):
    """Authenticates `Authorization: Token KEY`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = authentication.get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        if len(words) != 2:
            raise exceptions.AuthenticationFailed("Write the header as: Authorization: Token YOUR_KEY")
        key = words[1].decode("latin-1")
        token = ApiToken.objects.select_related("owner").filter(digest=_digest(key)).first()
        if token is None or not token.owner.is_active:
            raise exceptions.AuthenticationFailed("This token is unknown or revoked.")
        if token.is_expired:
            day = timezone.localtime(token.expires).strftime("%-d %B %Y")
            raise exceptions.AuthenticationFailed(
                f"This token expired on {day}. Create a new one on the page API tokens.", code="token_expired"
            )
        now = timezone.now()
        if token.last_used is None or now - token.last_used > USE_NOTED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used=now)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class WithinScope(permissions.BasePermission):
    """Lets read-only tokens read. Sessions and other tokens have no such limit."""

    message = "This token may only read. Create one that may write on the page API tokens."
    code = "read_only_token"

    def has_permission(self, request: Request, view: Any) -> bool:
        may_write = not isinstance(request.auth, ApiToken) or request.auth.scope == Scope.WRITE
        return may_write or request.method in permissions.SAFE_METHODS
