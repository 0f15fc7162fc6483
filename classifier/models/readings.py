"""What the line reader read in a drawing, and what it has still to read."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .drawings import Drawing
from .versions import ForeignVersion, ModelVersion

LONGEST_TEXT = 120  # characters of all rows together


class NumberReading(models.Model):
    """A drawing read as a number, or refused as one, by a line reader. Drawings read as one digit have none.

    `text` and `rows` are those of the drawing's newest revision.
    """

    class Verdict(models.TextChoices):
        NUMBER = "number", "number"
        UNSURE = "unsure", "unsure"
        NOT_A_NUMBER = "not_a_number", "not a number"

    drawing = models.OneToOneField(Drawing, models.CASCADE, related_name="reading")
    revision = models.PositiveIntegerField()
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="number_readings")
    foreign_version = models.ForeignKey(
        ForeignVersion,
        models.CASCADE,
        null=True,
        related_name="number_readings",
        help_text="The line reader, if it is of another site.",
    )
    text = models.CharField(max_length=LONGEST_TEXT, help_text="With its marks; a line for each row.")
    verdict = models.CharField(max_length=12, choices=Verdict)
    confidence = models.FloatField(
        validators=[MaxValueValidator(1)], help_text="That all its digits are right, 0 to 1; of the least sure row."
    )
    rows = models.JSONField(help_text="What was read in each row, from the top.")
    elapsed_ms = models.FloatField(null=True, help_text="That reading took in the worker; null in a batch.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(model_version__isnull=True, foreign_version__isnull=False)
                | Q(model_version__isnull=False, foreign_version__isnull=True),
                name="reading_of_one_version",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def version_name(self) -> str:
        """The name of the line reader, of this site or another."""
        version = self.model_version or self.foreign_version
        return version.name if version is not None else ""


class LateReading(models.Model):
    """A drawing that may be a number, stored while no worker answered. Its row exists until a worker has read it.

    Until then the drawing has the digits of segmentation.
    """

    drawing = models.OneToOneField(Drawing, models.CASCADE, related_name="late_reading")
    revision = models.PositiveIntegerField(help_text="To read; a newer one is read by its own request.")
    rows = models.JSONField(null=True, help_text="What the worker is sent of a picture; null for strokes.")
    created = models.DateTimeField(default=timezone.now, editable=False)
    sent = models.DateTimeField(default=timezone.now, editable=False, help_text="When it was last put on the queue.")
    attempts = models.PositiveSmallIntegerField(default=1, help_text="How often it was put on the queue.")

    class Meta:
        indexes = [models.Index(fields=["sent"], name="late_reading_sent")]

    def __str__(self) -> str:
        return str(self.drawing_id)
