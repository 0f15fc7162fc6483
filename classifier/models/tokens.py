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
    """A key that lets a program act for its owner. Only its hash is stored."""

    class Scope(models.TextChoices):
        READ = "read", "read only"
        WRITE = "write", "read and write"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the key.")
    hint = models.CharField(max_length=8, editable=False, help_text="The key's first characters.")
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, editable=False)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.WRITE)
    expires = models.DateTimeField(null=True, help_text="When it stops working; empty for never.")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()


class IdempotencyKey(models.Model):
    """A program's name for one of its requests, so that repeating the request does no harm (see digits.idempotency)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the key.")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the request.")
    drawing_id = models.UUIDField(default=uuid.uuid4, help_text="The public id of its drawing, once it is stored.")
    is_done = models.BooleanField(default=False, help_text="Whether its drawing is stored.")
    created = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "digest"], name="one_request_with_a_key")]

    def __str__(self) -> str:
        return str(self.drawing_id)
