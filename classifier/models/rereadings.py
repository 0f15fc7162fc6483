"""Re-readings: another version's answers to all of a person's digits."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from .jobs import Backoff, LeasedJob, LeasedJobQuerySet, LeasePolicy
from .versions import ModelVersion


class RereadingQuerySet(LeasedJobQuerySet["Rereading"]):
    pass


class Rereading(LeasedJob):
    """A version answers all digits of a person again, beside the answers that count.

    queued ─→ running ─→ done | failed | cancelled
    Each chunk of digits is claimed by a task of its own.
    """

    policy = LeasePolicy(lease_s=30, backoff=Backoff(first_s=30, most_s=30), attempts=20)

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
    digits = models.PositiveIntegerField(default=0, help_text="Digits of the person when it began.")
    looked_at = models.PositiveIntegerField(default=0, help_text="Digits processed.")
    answered = models.PositiveIntegerField(default=0, help_text="Digits answered.")
    last_digit = models.BigIntegerField(default=0, help_text="The key of the last digit processed.")
    last_created = models.DateTimeField(null=True, help_text="When that digit was drawn: the oldest are read first.")
    created = models.DateTimeField(auto_now_add=True)
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
