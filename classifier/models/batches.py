"""Batches: many pictures uploaded at once."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone

from .jobs import Backoff, LeasedJob, LeasedJobQuerySet, LeasePolicy

ABOUT_LABELS = "label"  # how the reasons of BatchFile begin that are about labels, see archives.labels


def batch_file(batch: "Batch", _name: str) -> str:
    return f"batches/{timezone.now():%Y/%m}/{batch.public_id}.zip"


def no_confusion() -> list[list[int]]:
    """Ten rows, the labels; eleven columns, the answers 0 to 9 and "not a digit"."""
    return [[0] * 11 for _ in range(10)]


class BatchQuerySet(LeasedJobQuerySet["Batch"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """A person's batches, without those that are being deleted."""
        return self.filter(owner_id=user.pk).exclude(status=Batch.Status.DELETED)

    def with_work_left(self) -> Self:
        """Batches with files to read or digits to delete."""
        return self.filter(status__in=(*Batch.UNFINISHED, Batch.Status.DELETED))


class Batch(LeasedJob):
    """A ZIP of pictures, kept as uploaded, and the results of its members.

    queued ─→ running ─→ done | cancelled | failed;  any of them ─→ deleted, until its digits are deleted too
    First the pages of all members are counted, `counted` advancing. Then members are read in the order of the archive's
    central directory. `position` points to the next one and `page` to its next page; they advance in the transaction
    that stores the digits of what lies before.
    """

    policy = LeasePolicy(lease_s=15, backoff=Backoff(first_s=5, most_s=30), attempts=8)

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
    # Empty for a batch imported without its archive.
    file = models.FileField(upload_to=batch_file, max_length=200, blank=True)
    size = models.BigIntegerField(help_text="Of the file, in bytes.")
    message = models.CharField(max_length=300, blank=True, help_text="What its owner should know about it.")
    one_digit = models.BooleanField(default=False, help_text="Its owner says that each picture holds one digit.")
    # Each page of a file with several counts as a file.
    total = models.PositiveIntegerField(help_text="Files to read.")
    read = models.PositiveIntegerField(default=0, help_text="Files with digits.")
    failed = models.PositiveIntegerField(default=0, help_text="Files without digits, or that cannot be read.")
    digits = models.PositiveIntegerField(default=0)
    unsure = models.PositiveIntegerField(default=0, help_text="Digits with the verdict “unsure”.")
    refused = models.PositiveIntegerField(default=0, help_text="Digits with the verdict “not a digit”.")
    labelled = models.PositiveIntegerField(default=0, help_text="Digits with a label.")
    right = models.PositiveIntegerField(default=0, help_text="Labelled digits that were read correctly.")
    numbers = models.PositiveIntegerField(
        default=0, help_text="Pictures labelled with a number of several digits, compared as a whole."
    )
    numbers_right = models.PositiveIntegerField(default=0, help_text="Those of which every digit was read correctly.")
    label_problems = models.JSONField(
        default=dict,
        help_text="Counts of labels that were not used and of files without one, by code.",
    )
    confusion = models.JSONField(default=no_confusion, help_text="See no_confusion.")
    position = models.BigIntegerField(help_text="Offset of the next member's entry in the central directory, in bytes.")
    page = models.PositiveIntegerField(default=0, help_text="Pages of that member that are read already.")
    counted = models.BigIntegerField(
        null=True, help_text="Offset of the entry from which on pages are not counted yet; null if all are counted."
    )
    labels_at = models.BigIntegerField(null=True, help_text="Offset of the entry of labels.csv, in bytes.")
    brought_by = models.ForeignKey(
        "Import", models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    origin = models.UUIDField(null=True, editable=False, help_text="Its public id on the site it was exported from.")

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["owner", "-id"], name="batch_owner_newest"),
            models.Index(
                fields=["heartbeat"], condition=Q(status__in=("queued", "running", "deleted")), name="batch_at_work"
            ),
            models.Index(fields=["owner", "origin"], condition=Q(origin__isnull=False), name="batch_by_origin"),
            models.Index(fields=["brought_by"], condition=Q(brought_by__isnull=False), name="batch_by_import"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def dealt_with(self) -> int:
        """Files read, with or without digits."""
        return self.read + self.failed

    @property
    def accuracy(self) -> float | None:
        """The share of the labelled digits that were read correctly, 0 to 1."""
        return self.right / self.labelled if self.labelled else None


@receiver(models.signals.post_delete, sender=Batch)
def delete_batch_file(instance: Batch, **_: object) -> None:
    if name := instance.file.name:
        storage = instance.file.storage
        transaction.on_commit(lambda: storage.delete(name), robust=True)  # `orphans` removes it later


class BatchFileQuerySet(models.QuerySet["BatchFile"]):
    def without_digits(self) -> Self:
        """Files that could not be read, or in which no digit was found."""
        return self.exclude(reason__startswith=ABOUT_LABELS)

    def about_labels(self) -> Self:
        return self.filter(reason__startswith=ABOUT_LABELS)


class BatchFile(models.Model):
    """A file of a batch without a digit, or about whose label there is something to say, and what."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="failures", db_index=False)
    name = models.CharField(max_length=255)
    reason = models.CharField(
        max_length=30, help_text="A stable code; see errors, archives.rejections and archives.labels."
    )
    sentence = models.CharField(max_length=300)

    objects = BatchFileQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "id"], name="batch_file_in_order")]

    def __str__(self) -> str:
        return self.name
