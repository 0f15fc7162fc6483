"""Predictions: a model version's answers to digits."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from classifier.recognition import classes

from .jobs import DurableJob, DurableJobQuerySet
from .versions import ForeignVersion, ModelVersion


class PredictionQuerySet(DurableJobQuerySet["Prediction"]):
    pass


class Prediction(DurableJob):
    """The answer of one model version to one digit at one revision of its drawing.

    queued ─→ done | failed | superseded;  done ─→ superseded when the drawing gets a newer revision
    It needs no lease: one conditional update answers it.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        SUPERSEDED = "superseded", "superseded"

    class Verdict(models.TextChoices):
        DIGIT = classes.Verdict.DIGIT, "a digit"
        UNSURE = classes.Verdict.UNSURE, "unsure"
        NOT_A_DIGIT = classes.Verdict.NOT_A_DIGIT, "not a digit"

    digit = models.ForeignKey("Digit", models.CASCADE, related_name="predictions", db_index=False)
    revision = models.PositiveIntegerField(help_text="The revision of the drawing that it answers.")
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="predictions")
    foreign_version = models.ForeignKey(
        ForeignVersion,
        models.CASCADE,
        null=True,
        related_name="predictions",
        db_index=False,
        help_text="The version that answered, if it is of another site.",
    )
    preprocessing_version = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True)
    reason = models.CharField(
        max_length=30, blank=True, help_text="Why the verdict is not “a digit”; see verdict.REASONS."
    )
    candidates = models.JSONField(default=list, help_text="The possible digits, the most probable first.")
    label = models.PositiveSmallIntegerField(null=True, help_text="The most probable digit.")
    confidence = models.FloatField(null=True, help_text="Of the most probable digit, 0 to 1.")
    probabilities = models.JSONField(null=True, help_text="Of the digits 0 to 9; they add up to 1.")
    logits = models.JSONField(null=True)
    inference_ms = models.FloatField(null=True, help_text="Time that the network took.")
    created = models.DateTimeField(default=timezone.now, editable=False)
    sent = models.DateTimeField(default=timezone.now, editable=False, help_text="When it was last put on the queue.")
    attempts = models.PositiveSmallIntegerField(default=1, help_text="How often it was put on the queue.")
    finished = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["digit", "revision", "model_version"], name="one_prediction_per_version_and_revision"
            ),
            models.UniqueConstraint(
                fields=["digit", "revision"],
                condition=Q(model_version__isnull=True, foreign_version__isnull=True),
                name="one_unanswered_prediction_per_revision",
            ),
            models.UniqueConstraint(
                fields=["foreign_version", "digit", "revision"],
                condition=Q(foreign_version__isnull=False),
                name="one_prediction_per_foreign_version",
            ),
            models.CheckConstraint(
                condition=Q(model_version__isnull=True) | Q(foreign_version__isnull=True),
                name="prediction_of_one_version",
            ),
        ]
        indexes = [
            models.Index(fields=["sent"], condition=Q(status="queued"), name="prediction_waiting"),
            models.Index(fields=["finished"], condition=Q(status="failed"), name="prediction_given_up"),
            models.Index(fields=["created"], name="prediction_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {'' if self.label is None else self.label}".strip()

    @property
    def version_name(self) -> str:
        """The name of the version that answered, of this site or another; empty before there is an answer."""
        version = self.model_version or self.foreign_version
        return version.name if version is not None else ""

    @property
    def elapsed_ms(self) -> float | None:
        """The time from storing the drawing to the answer; None if the two were stored together, as in batches."""
        if self.finished is None:
            return None
        elapsed_ms = (self.finished - self.created).total_seconds() * 1e3
        # Less than the network alone took: the two times do not belong to one measurement, or to one clock.
        return elapsed_ms if elapsed_ms > 0 and elapsed_ms >= (self.inference_ms or 0) else None
