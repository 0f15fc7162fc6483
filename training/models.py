"""What the staff's side remembers: training runs with their curves, and what was measured of each version.

TrainingRun 1 ── n RunPoint        TrainingRun 0..1 ── 0..1 ModelVersion 1 ── 0..1 Measurement
"""

import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from classifier.models import ModelVersion

ALIVE_S = 30  # seconds without a sign of life after which a running run's worker counts as stopped


class TrainingRunQuerySet(models.QuerySet["TrainingRun"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=(TrainingRun.Status.QUEUED, TrainingRun.Status.RUNNING))

    def running(self) -> Self:
        return self.filter(status=TrainingRun.Status.RUNNING)

    def waiting(self) -> Self:
        return self.filter(status=TrainingRun.Status.QUEUED)

    def silent(self) -> Self:
        """Running, says the row, but nobody has given a sign of life for too long."""
        return self.running().filter(last_sign__lt=timezone.now() - timedelta(seconds=ALIVE_S))


class TrainingRun(models.Model):
    """One making of a network, asked for by staff, the schedule or the command line.

    queued ─→ running ─→ done | failed | cancelled;  queued ─→ cancelled
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="training_runs"
    )
    recipe = models.JSONField(help_text="What to train, on what and how; see training.recipe.Recipe.")
    promote_if_passed = models.BooleanField(default=False, help_text="Put into service when it passes the gate.")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    created = models.DateTimeField(auto_now_add=True)
    sent = models.DateTimeField(auto_now_add=True, help_text="When it was last put on the queue.")
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    last_sign = models.DateTimeField(null=True, help_text="The last sign of life of the process that trains.")
    cancel_asked = models.BooleanField(default=False)
    stage = models.CharField(max_length=200, blank=True, help_text="What it is doing, in a sentence.")
    epoch = models.PositiveIntegerField(default=0)
    epochs = models.PositiveIntegerField(default=0)
    batch = models.PositiveIntegerField(default=0)
    batches = models.PositiveIntegerField(default=0)
    seconds_left = models.FloatField(null=True)
    log = models.TextField(blank=True)
    error = models.TextField(blank=True, help_text="Why it failed, in a sentence.")
    version = models.OneToOneField(
        ModelVersion, models.SET_NULL, null=True, blank=True, related_name="training_run", help_text="What came of it."
    )

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status="running"), name="one_running_training_run")
        ]

    def __str__(self) -> str:
        return f"{self.recipe.get('architecture', '?')} of {self.created:%Y-%m-%d %H:%M}"

    @property
    def is_final(self) -> bool:
        return self.status not in (self.Status.QUEUED, self.Status.RUNNING)


class RunPoint(models.Model):
    """One point of a run's curves: part of an epoch, or its end with a look at the held-out images."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="points")
    stage = models.PositiveSmallIntegerField(default=0, help_text="Which fit of the run, counted from 0.")
    at = models.FloatField(help_text="Epochs done, with fractions.")
    loss = models.FloatField()
    accuracy = models.FloatField()
    val_loss = models.FloatField(null=True)
    val_accuracy = models.FloatField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.at:.2f}: loss {self.loss:.4f}"


class Measurement(models.Model):
    """What a version does on the fixed sets, measured through the very file that serves."""

    version = models.OneToOneField(ModelVersion, models.CASCADE, related_name="measurement")
    created = models.DateTimeField(auto_now=True)
    figures = models.JSONField(
        help_text="By set (mnist, strokes, corrections): accuracy, per digit, confusion, calibration, mistakes."
    )
    mnist_answers = models.BinaryField(help_text="The digit read of each MNIST test image; empty where there is none.")
    stroke_answers = models.BinaryField(help_text="The same for the fixed, generated set that ships.")

    def __str__(self) -> str:
        return f"measurement of {self.version}"
