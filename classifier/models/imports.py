"""Imports: files of a person's things from elsewhere."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone


class ImportQuerySet(models.QuerySet["Import"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)

    def at_work(self) -> Self:
        """Those that a process carries out, or should."""
        return self.filter(status__in=Import.AT_WORK)


def import_file(taken: "Import", name: str) -> str:
    return f"imports/{taken.public_id}.{'zip' if name.endswith('.zip') else 'json'}"


class Import(models.Model):
    """A file of a person's things from elsewhere, and how far it has been taken in.

    queued ─→ running ─→ done | failed | cancelled;  any of these three ─→ removing ─→ removed
    Its process commits chunk by chunk, the drawings together with `position`; so who is killed is gone on from there.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"
        REMOVING = "removing", "being removed"
        REMOVED = "removed", "removed"

    AT_WORK = (Status.QUEUED, Status.RUNNING, Status.REMOVING)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    file = models.FileField(upload_to=import_file, blank=True, help_text="Kept until it has been taken in.")
    name = models.CharField(max_length=100, help_text="What its sender called it.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)
    beat = models.DateTimeField(default=timezone.now, help_text="The last sign of life of its process.")
    holder = models.UUIDField(null=True, help_text="Of which process the next chunk is.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Processes since the last chunk.")
    cancel_asked = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)
    position = models.PositiveBigIntegerField(default=0, help_text="Bytes of the JSON that have been dealt with.")
    part = models.CharField(max_length=10, default="drawings", help_text="The list of the JSON that these end in.")
    announced = models.PositiveIntegerField(default=0, help_text="Drawings that the file says it has.")
    seen = models.PositiveIntegerField(default=0, help_text="Drawings dealt with.")
    brought = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="Drawings that were here already, and left alone.")
    restored = models.PositiveIntegerField(default=0, help_text="Of these, deleted lately: they were brought back.")
    refused = models.PositiveIntegerField(default=0, help_text="Drawings that could not be taken.")
    batches = models.PositiveIntegerField(default=0, help_text="Batches brought.")
    digits = models.PositiveIntegerField(default=0)
    corrections = models.PositiveIntegerField(default=0)
    originals = models.PositiveIntegerField(default=0)
    remarks = models.PositiveIntegerField(default=0, help_text="All problems, also those past the rows kept.")
    unpacked = models.PositiveBigIntegerField(default=0, help_text="Bytes read of it, unpacked.")

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
    def is_final(self) -> bool:
        return self.status not in self.AT_WORK

    @property
    def has_brought(self) -> bool:
        return self.brought > 0 or self.batches > 0


@receiver(models.signals.post_delete, sender=Import)
def delete_import_file(instance: Import, **_: object) -> None:
    if name := instance.file.name:
        storage = instance.file.storage
        transaction.on_commit(lambda: storage.delete(name))


class ImportProblem(models.Model):
    """Something in an import that was left out, and why; the first few hundred are kept."""

    taken = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    drawing = models.PositiveIntegerField(
        null=True, help_text="Which of the file's drawings, counted from 1; empty: it is about a batch."
    )
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Drawing {self.drawing}: {self.sentence}" if self.drawing else self.sentence
