"""Training runs with their curves, and the measurements of each version.

TrainingRun 1 ── n RunPoint        TrainingRun 0..1 ── 0..1 ModelVersion 1 ── 0..1 Measurement
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.models.jobs import Backoff, LeasedJob, LeasedJobQuerySet, LeasePolicy


class TrainingRunQuerySet(LeasedJobQuerySet["TrainingRun"]):
    pass


class TrainingRun(LeasedJob):
    """A request to train a network, by staff or the schedule.

    queued ─→ running ─→ done | failed | cancelled;  queued ─→ cancelled
    """

    policy = LeasePolicy(lease_s=30, backoff=Backoff(first_s=15, most_s=60), attempts=1)

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
    recipe = models.JSONField(help_text="What to train, on which data and how; see training.runs.recipe.Recipe.")
    promote_if_passed = models.BooleanField(default=False, help_text="Promote the version if it passes the gate.")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False)
    stage = models.CharField(max_length=200, blank=True, help_text="What it is doing, in a sentence.")
    epoch = models.PositiveIntegerField(default=0)
    epochs = models.PositiveIntegerField(default=0)
    batch = models.PositiveIntegerField(default=0)
    batches = models.PositiveIntegerField(default=0)
    seconds_left = models.FloatField(null=True, help_text="Until the run is done.")
    share = models.FloatField(default=0, help_text="How much of the run is done, 0 to 1.")
    step = models.JSONField(
        default=dict, help_text="The step it is at: name, number, of, share (null if unknown) and seconds_left."
    )
    timings = models.JSONField(
        default=dict, help_text="The machine, and the seconds, work and pace of each step; later runs are estimated so."
    )
    log = models.TextField(blank=True)
    error = models.TextField(blank=True, help_text="Why it failed, in a sentence.")
    version = models.OneToOneField(
        ModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="training_run",
        help_text="What it made.",
    )
    same_as = models.ForeignKey(
        ModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The version of an earlier run that its network equals, byte for byte.",
    )

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status="running"), name="one_running_training_run")
        ]

    def __str__(self) -> str:
        return f"{self.recipe.get('architecture', '?')} of {timezone.localtime(self.created):%Y-%m-%d %H:%M}"


class RunPoint(models.Model):
    """A point of a run's curves: within an epoch, or at its end with the figures for the held-out images."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="points")
    stage = models.PositiveSmallIntegerField(default=0, help_text="Which fit of the run, from 0.")
    at = models.FloatField(help_text="Epochs trained, with fractions.")
    loss = models.FloatField()
    accuracy = models.FloatField()
    val_loss = models.FloatField(null=True)
    val_accuracy = models.FloatField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.at:.2f}: loss {self.loss:.4f}"


class Measurement(models.Model):
    """A version's results on the fixed sets, measured with the file that serves."""

    version = models.OneToOneField(ModelVersion, models.CASCADE, related_name="measurement")
    created = models.DateTimeField(auto_now=True)
    figures = models.JSONField(
        help_text="By set (mnist, strokes, corrections): accuracy, per digit, confusion, calibration, mistakes."
    )
    mnist_answers = models.BinaryField(help_text="The answer to each MNIST test image; empty without MNIST.")
    stroke_answers = models.BinaryField(help_text="The answer to each image of the bundled generated set.")
    line_answers = models.BinaryField(
        default=b"", help_text="Whether each held-out line is read right, a byte each; empty for a digit reader."
    )

    def __str__(self) -> str:
        return f"measurement of {self.version}"
