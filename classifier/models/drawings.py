"""Drawings: what people put in."""

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


class DrawingQuerySet(models.QuerySet["Drawing"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The door to a person's drawings. What they have deleted is not among them."""
        return self.filter(owner_id=user.pk, deleted__isnull=True)

    def deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What a person has deleted and may still bring back."""
        return self.filter(owner_id=user.pk, deleted__isnull=False)

    def count_of(self, user: AbstractBaseUser | AnonymousUser) -> int:
        """How many `owned_by` finds: each of these two is counted in an index, of all rows none is looked up."""
        return self.filter(owner_id=user.pk).count() - self.deleted_by(user).count()


class Drawing(models.Model):
    """What a person put in: pen strokes, or a picture file kept as it came."""

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
    # No index of its own, here and below, where another one begins with it.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drawings", db_index=False)
    source = models.CharField(max_length=10, choices=Source)
    created = models.DateTimeField(default=timezone.now, editable=False)  # an import keeps the dates
    revision = models.PositiveIntegerField(default=1)
    strokes = models.JSONField(null=True, help_text="The pen's way: strokes of points [x, y, ms].")
    width = models.PositiveIntegerField(help_text="Of the pad or picture, in pixels.")
    height = models.PositiveIntegerField()
    pen = models.FloatField(null=True, help_text="Width of the pen in pixels of the pad.")
    pointer = models.CharField(max_length=10, blank=True, help_text="mouse, touch or pen")
    original = models.FileField(upload_to="originals/%Y/%m/", blank=True)
    original_format = models.CharField(max_length=10, blank=True, help_text="As decoded: PNG, JPEG …")
    one_digit = models.BooleanField(default=False, help_text="Whoever put it in says that it is one digit.")
    true_label = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(9)], help_text="What a sample is known to be."
    )
    sample_index = models.PositiveIntegerField(null=True, help_text="Which image of its data set a sample is.")
    deleted = models.DateTimeField(null=True, editable=False, help_text="By its owner; it can be brought back a while.")
    # The partial index below serves it, and costs the drawings of no batch nothing.
    batch = models.ForeignKey("Batch", models.CASCADE, null=True, related_name="drawings", db_index=False)
    member = models.CharField(max_length=255, blank=True, help_text="Its name inside the batch's archive.")
    member_at = models.BigIntegerField(null=True, help_text="Where the archive's list of contents names it, in bytes.")
    brought_by = models.ForeignKey(
        "Import", models.SET_NULL, null=True, editable=False, related_name="drawings", db_index=False
    )
    origin = models.UUIDField(null=True, editable=False, help_text="The name that it had where it was made first.")

    objects = DrawingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="drawing_owner_newest"),
            models.Index(fields=["created"], name="drawing_by_day"),
            models.Index(fields=["owner", "deleted", "id"], condition=Q(deleted__isnull=False), name="drawing_deleted"),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="drawing_of_batch"),
            # Partial: what is made here pays nothing for what is imported.
            models.Index(fields=["owner", "origin"], condition=Q(origin__isnull=False), name="drawing_by_origin"),
            models.Index(fields=["brought_by"], condition=Q(brought_by__isnull=False), name="drawing_by_import"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def has_file(self) -> bool:
        """Whether the picture file that it came from is kept: its own, or a member of its batch's archive."""
        return bool(self.original) or self.member_at is not None


@receiver(models.signals.post_delete, sender=Drawing)
def delete_original(instance: Drawing, **_: object) -> None:
    """The file goes with its row, however the row goes: by its owner, with its owner, or in the administration."""
    if name := instance.original.name:
        storage = instance.original.storage
        transaction.on_commit(lambda: storage.delete(name))
