"""Rows about accounts: closed ones, and who looked at a person's pictures."""

from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone


class ClosedAccount(models.Model):
    """Marks an account that its owner has closed, until all of its data and then the account itself are deleted."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="closed")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"closed on {timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class PictureViewingQuerySet(models.QuerySet["PictureViewing"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The times that somebody opened this person's pictures."""
        return self.none() if user.pk is None else self.filter(owner_id=user.pk)


class PictureViewing(models.Model):
    """Records that somebody opened a person's picture in the administration. The person sees it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    digit = models.UUIDField(help_text="Its public id. The record outlives the digit.")
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PictureViewingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["owner", "-id"], name="viewing_by_owner")]

    def __str__(self) -> str:
        return f"{self.digit}, {timezone.localtime(self.at):%Y-%m-%d %H:%M}"

    @property
    def short(self) -> str:
        """The beginning of the digit's id."""
        return str(self.digit)[:8]
