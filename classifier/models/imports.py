"""Imports of exported files."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import receiver

from .jobs import Backoff, LeasedJob, LeasedJobQuerySet, LeasePolicy


class ImportQuerySet(LeasedJobQuerySet["Import"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)


def import_file(taken: "Import", name: str) -> str:
    return f"imports/{taken.public_id}.{'zip' if name.endswith('.zip') else 'json'}"


class Import(LeasedJob):
    """An exported file that a person has uploaded, and how much of it is imported.

    queued ─→ running ─→ done | failed | cancelled;  any of these three ─→ removing ─→ removed
    Its process commits chunk by chunk, the drawings together with `position`, so another process continues from
    there if this one is killed.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"
        REMOVING = "removing", "being removed"
        REMOVED = "removed", "removed"

    UNFINISHED = (Status.QUEUED, Status.RUNNING, Status.REMOVING)
    policy = LeasePolicy(lease_s=30, backoff=Backoff(first_s=10, most_s=10), attempts=5)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    file = models.FileField(upload_to=import_file, blank=True, help_text="Kept until it has been imported.")
    name = models.CharField(max_length=100, help_text="The name of the uploaded file.")
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)
    position = models.PositiveBigIntegerField(default=0, help_text="Bytes of the JSON that have been processed.")
    part = models.CharField(max_length=10, default="drawings", help_text="The list of the JSON that `position` is in.")
    announced = models.PositiveIntegerField(default=0, help_text="Drawings in the file, as it says itself.")
    seen = models.PositiveIntegerField(default=0, help_text="Drawings processed.")
    brought = models.PositiveIntegerField(default=0, help_text="Drawings imported.")
    known = models.PositiveIntegerField(default=0, help_text="Drawings skipped because they are here already.")
    restored = models.PositiveIntegerField(default=0, help_text="Skipped drawings that were restored.")
    refused = models.PositiveIntegerField(default=0, help_text="Drawings that cannot be imported.")
    batches = models.PositiveIntegerField(default=0, help_text="Batches imported.")
    digits = models.PositiveIntegerField(default=0)
    corrections = models.PositiveIntegerField(default=0)
    originals = models.PositiveIntegerField(default=0)
    remarks = models.PositiveIntegerField(default=0, help_text="Problems in all, including those without a row.")
    unpacked = models.PositiveBigIntegerField(default=0, help_text="Bytes of the JSON read so far.")

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(status__in=["queued", "running", "removing"]),
                name="one_import_at_work_per_person",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def has_brought(self) -> bool:
        """Whether anything has been imported."""
        return self.brought > 0 or self.batches > 0


@receiver(models.signals.post_delete, sender=Import)
def delete_import_file(instance: Import, **_: object) -> None:
    if name := instance.file.name:
        storage = instance.file.storage
        transaction.on_commit(lambda: storage.delete(name), robust=True)  # `orphans` removes it later


class ImportProblem(models.Model):
    """Something that an import left out, and why. The first few hundred have a row."""

    taken = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    drawing = models.PositiveIntegerField(
        null=True, help_text="The number of the drawing in the file, from 1; empty for a batch."
    )
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Drawing {self.drawing}: {self.sentence}" if self.drawing else self.sentence
