"""Accounts that their owners have closed."""

from django.conf import settings
from django.db import models


class ClosedAccount(models.Model):
    """Marks an account that its owner has closed, until all of its data and then the account itself are deleted."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="closed")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"closed on {self.at:%Y-%m-%d %H:%M}"
