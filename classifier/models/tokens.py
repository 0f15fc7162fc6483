"""API tokens and idempotency keys."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)


class ApiToken(models.Model):
    """A key with which a program acts for its owner. Only its hash is kept."""

    class Scope(models.TextChoices):
        READ = "read", "only read"
        WRITE = "write", "read and write"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the key.")
    hint = models.CharField(max_length=8, editable=False, help_text="The key's first characters.")
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, editable=False)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.WRITE)
    expires = models.DateTimeField(null=True, help_text="From then on it does not work; empty: it works for ever.")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()


class IdempotencyKey(models.Model):
    """What a program called a request of its own, so that sending it again does it once (see idempotency)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the key.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was sent.")
    drawing_id = models.UUIDField(default=uuid.uuid4, help_text="Public id that its drawing has, or is going to have.")
    is_done = models.BooleanField(default=False, help_text="Its drawing was stored.")
    created = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "digest"], name="one_request_with_a_key")]

    def __str__(self) -> str:
        return str(self.drawing_id)
