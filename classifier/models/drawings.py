"""Drawings: strokes and pictures that people submit."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone


def title_of(name: str, page: int | None) -> str:
    """The name of a file, or of one of its pages: "scan.pdf, page 2"."""
    return name if page is None else f"{name}, page {page}"


def label_in(number: str, position: int, count: int) -> int | None:
    """The figure at a place of a known number; None unless the number has as many as the drawing has digits."""
    return int(number[position]) if len(number) == count > position else None


class DrawingQuerySet(models.QuerySet["Drawing"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """A person's drawings, without those they have deleted."""
        return self.filter(owner_id=user.pk, deleted__isnull=True)

    def deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Deleted drawings that a person can still restore."""
        return self.filter(owner_id=user.pk, deleted__isnull=False)

    def count_of(self, user: AbstractBaseUser | AnonymousUser) -> int:
        """The number of drawings in `owned_by`. Both counts read an index only, not the table."""
        return self.filter(owner_id=user.pk).count() - self.deleted_by(user).count()

    def locked(self) -> Self:
        """Lets transactions that change or remove these drawings take turns.

        Keys are not locked: a worker that stores an answer has locked its prediction and reads the key of the drawing.
        It would wait for a transaction that waits for the prediction.
        """
        return self.select_for_update(of=("self",), no_key=True)


class Drawing(models.Model):
    """A person's pen strokes, or a picture file, kept as uploaded."""

    class Source(models.TextChoices):
        DRAW = "draw", "drawn here"
        UPLOAD = "upload", "uploaded"
        PASTE = "paste", "pasted"
        CAMERA = "camera", "photographed"
        MNIST = "mnist", "MNIST test image"
        GENERATED = "generated", "generated digit"
        BATCH = "batch", "from a batch"
        API = "api", "sent by a program"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # No index of its own, here and below, where another index begins with the column.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drawings", db_index=False)
    source = models.CharField(max_length=10, choices=Source)
    created = models.DateTimeField(default=timezone.now, editable=False)  # an import keeps the dates
    revision = models.PositiveIntegerField(default=1)
    turned = models.PositiveSmallIntegerField(
        default=0, help_text="Degrees by which the upright picture was turned clockwise to be read: 0, 90, 180 or 270."
    )
    strokes = models.JSONField(null=True, help_text="The path of the pen: strokes of points [x, y, ms].")
    width = models.PositiveIntegerField(help_text="Of the pad or picture, in pixels.")
    height = models.PositiveIntegerField()
    pen = models.FloatField(null=True, help_text="Width of the pen in pixels of the pad.")
    pointer = models.CharField(max_length=10, blank=True, help_text="mouse, touch or pen")
    original = models.FileField(upload_to="originals/%Y/%m/", blank=True)
    original_size = models.PositiveBigIntegerField(null=True, editable=False, help_text="Of the file, in bytes.")
    original_format = models.CharField(max_length=10, blank=True, help_text="The format of the file: PNG, JPEG …")
    one_digit = models.BooleanField(default=False, help_text="Its owner says that it is one digit.")
    true_label = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(9)], help_text="The known label of a sample."
    )
    true_number = models.CharField(
        max_length=12, blank=True, help_text="The known number, of several digits, of a picture in a batch."
    )
    sample_index = models.PositiveIntegerField(null=True, help_text="The index of a sample in its data set.")
    deleted = models.DateTimeField(
        null=True, editable=False, help_text="When its owner deleted it; restorable for days."
    )
    # The partial index below serves it and costs nothing for drawings outside batches.
    batch = models.ForeignKey("Batch", models.CASCADE, null=True, related_name="drawings", db_index=False)
    member = models.CharField(max_length=255, blank=True, help_text="Its name in the batch's archive.")
    member_at = models.BigIntegerField(null=True, help_text="Offset of its entry in the archive's directory, in bytes.")
    page = models.PositiveIntegerField(null=True, help_text="Of a file with several pages, from 1; null otherwise.")
    brought_by = models.ForeignKey(
        "Import", models.SET_NULL, null=True, editable=False, related_name="drawings", db_index=False
    )
    origin = models.UUIDField(null=True, editable=False, help_text="Its public id on the site it was exported from.")

    objects = DrawingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="drawing_owner_newest"),
            models.Index(fields=["created"], name="drawing_by_day"),
            # For adding up; drawings without a file cost nothing.
            models.Index(
                fields=["owner", "original_size"], condition=Q(original_size__isnull=False), name="drawing_sizes"
            ),
            models.Index(fields=["created"], condition=~Q(original=""), name="drawing_with_original"),
            models.Index(fields=["owner", "deleted", "id"], condition=Q(deleted__isnull=False), name="drawing_deleted"),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="drawing_of_batch"),
            # Partial, so they cost nothing for drawings that are not imported.
            models.Index(fields=["owner", "origin"], condition=Q(origin__isnull=False), name="drawing_by_origin"),
            models.Index(fields=["brought_by"], condition=Q(brought_by__isnull=False), name="drawing_by_import"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def label_at(self, position: int, count: int) -> int | None:
        """The true label of one of its `count` digits."""
        return label_in(self.true_number, position, count) if self.true_number else self.true_label

    @property
    def member_title(self) -> str:
        """The name of its file in the batch's archive, for people, with its page."""
        return title_of(self.member, self.page)

    @property
    def has_file(self) -> bool:
        """Whether its picture file is kept: its own, or a member of its batch's archive."""
        return bool(self.original) or self.member_at is not None


@receiver(models.signals.post_delete, sender=Drawing)
def delete_original(instance: Drawing, **_: object) -> None:
    """Deletes the file with its row, also if the account is deleted or the row is deleted in the admin."""
    if name := instance.original.name:
        storage = instance.original.storage
        transaction.on_commit(lambda: storage.delete(name), robust=True)  # `orphans` removes it later
