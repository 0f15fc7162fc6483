"""Batches: many pictures sent at once."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone


def batch_file(batch: "Batch", _name: str) -> str:
    return f"batches/{timezone.now():%Y/%m}/{batch.public_id}.zip"


def no_confusion() -> list[list[int]]:
    """Rows 0 to 9: what is written; columns 0 to 9: what was read, and last what was no digit."""
    return [[0] * 11 for _ in range(10)]


class BatchQuerySet(models.QuerySet["Batch"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The door to a person's batches; one that is being deleted is gone already."""
        return self.filter(owner_id=user.pk).exclude(status=Batch.Status.DELETED)

    def unfinished(self) -> Self:
        return self.filter(status__in=(Batch.Status.QUEUED, Batch.Status.RUNNING))

    def at_work(self) -> Self:
        """Those that a worker has something to do for."""
        return self.filter(status__in=(Batch.Status.QUEUED, Batch.Status.RUNNING, Batch.Status.DELETED))


class Batch(models.Model):
    """Many pictures sent at once: a ZIP, kept as it came, and what became of its members.

    queued ─→ running ─→ done | cancelled | failed;  any of them ─→ deleted, until its digits are gone too
    Members are read in the order of the archive's list of contents; `position` is where the next one stands, and
    goes on in the same transaction that stores the digits before it.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"
        DELETED = "deleted", "being deleted"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="batches")
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    created = models.DateTimeField(default=timezone.now, editable=False)  # an import keeps the dates
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    # Without one it was imported from a file that had no archive of it.
    file = models.FileField(upload_to=batch_file, max_length=200, blank=True)
    size = models.BigIntegerField(help_text="Of the file, in bytes.")
    message = models.CharField(max_length=300, blank=True, help_text="What its owner should know of it.")
    one_digit = models.BooleanField(default=False, help_text="Each picture is said to hold one digit.")
    total = models.PositiveIntegerField(help_text="Files to be read.")
    read = models.PositiveIntegerField(default=0, help_text="Files in which digits were found.")
    failed = models.PositiveIntegerField(default=0, help_text="Files in which none were.")
    digits = models.PositiveIntegerField(default=0)
    unsure = models.PositiveIntegerField(default=0, help_text="Digits of that verdict.")
    refused = models.PositiveIntegerField(default=0, help_text="What was found to be no digit.")
    labelled = models.PositiveIntegerField(default=0, help_text="Digits whose label was given.")
    right = models.PositiveIntegerField(default=0, help_text="Of these, read rightly.")
    confusion = models.JSONField(default=no_confusion, help_text="See no_confusion.")
    position = models.BigIntegerField(help_text="Where the line of the next member begins, in bytes.")
    labels_at = models.BigIntegerField(null=True, help_text="Where the line of labels.csv begins.")
    holder = models.CharField(max_length=32, blank=True, help_text="Who is at work on it.")
    sign = models.DateTimeField(auto_now_add=True, help_text="The last sign of life from there, or when it was sent.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was taken on since it last went on.")
    brought_by = models.ForeignKey(
        "Import", models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    origin = models.UUIDField(null=True, editable=False, help_text="The name that it had where it was made first.")

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["owner", "-id"], name="batch_owner_newest"),
            models.Index(
                fields=["sign"], condition=Q(status__in=("queued", "running", "deleted")), name="batch_at_work"
            ),
            models.Index(fields=["owner", "origin"], condition=Q(origin__isnull=False), name="batch_by_origin"),
            models.Index(fields=["brought_by"], condition=Q(brought_by__isnull=False), name="batch_by_import"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_final(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def dealt_with(self) -> int:
        return self.read + self.failed

    @property
    def accuracy(self) -> float | None:
        """Share of the labelled digits read rightly, 0 to 1."""
        return self.right / self.labelled if self.labelled else None


@receiver(models.signals.post_delete, sender=Batch)
def delete_batch_file(instance: Batch, **_: object) -> None:
    if name := instance.file.name:
        storage = instance.file.storage
        transaction.on_commit(lambda: storage.delete(name))


class BatchFile(models.Model):
    """A file of a batch in which no digit was found, and why."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="failures", db_index=False)
    name = models.CharField(max_length=255)
    reason = models.CharField(max_length=30, help_text="A stable name: of errors.py or archives.REASONS.")
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "id"], name="batch_file_in_order")]

    def __str__(self) -> str:
        return self.name
