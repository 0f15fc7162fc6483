"""Rereadings: another version's answers to all of a person's digits."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .versions import ModelVersion


class RereadingQuerySet(models.QuerySet["Rereading"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=[Rereading.Status.QUEUED, Rereading.Status.RUNNING])


class Rereading(models.Model):
    """A version's answering all digits of a person once more, beside the answers that count.

    queued ─→ running ─→ done | failed | cancelled
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rereadings")
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="rereadings")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    digits = models.PositiveIntegerField(default=0, help_text="That were there when it began.")
    looked_at = models.PositiveIntegerField(default=0, help_text="How many of them it has come past.")
    answered = models.PositiveIntegerField(default=0, help_text="How many of them it has answered.")
    last_digit = models.BigIntegerField(default=0, help_text="The key of the last one it came past.")
    last_created = models.DateTimeField(null=True, help_text="When that was drawn: they are read from the oldest on.")
    created = models.DateTimeField(auto_now_add=True)
    beat = models.DateTimeField(auto_now_add=True, help_text="When it last came further or was put on the queue.")
    finished = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = RereadingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "model_version"],
                condition=Q(status__in=["queued", "running"]),
                name="one_unfinished_rereading_per_person_and_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_version} {self.status}"

    @property
    def is_final(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)
