"""Digits: the 28×28 pictures cut from a drawing."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from classifier.recognition.classes import NOT_A_DIGIT

from .drawings import Drawing
from .predictions import Prediction, PredictionQuerySet
from .versions import ModelVersion

PIXELS = 28 * 28
NOT_READ = NOT_A_DIGIT + 1  # in Digit.read
NO_CONFIDENCE = -1.0
NO_VALUE, VALUE_NOT_READ = 1e300, 2e300  # in Digit.value, sorted after all numbers: not all digits, not read yet
# The long fields of a line reader's version, which Django would read for every number.
OF_READER = [f"drawing__reading__model_version__{name}" for name in ("metadata", "summary")]
NUMBER_AT_MOST = 100  # characters; an imported drawing may have so many digits
FILTERED = ["verdict", "status", "said", "true_label", "version", "foreign_version", "source", "number", "miscounted"]


class DigitQuerySet(models.QuerySet["Digit"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """A person's digits, without those they have deleted."""
        # The digits of a deleted drawing have no owner; an anonymous user's key, None, would match them.
        return self.none() if user.pk is None else self.filter(owner_id=user.pk)

    def owned_or_deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """A person's digits, including deleted ones that can be restored."""
        return self.filter(drawing__owner_id=user.pk)

    def newest_first(self) -> Self:
        return self.order_by("-created", "-pk")

    def with_predictions(self) -> Self:
        """Digits with their drawing and, in `current_predictions`, the answers to the drawing's newest revision.

        The first answer is the one that counts; the answers of re-readings follow it.
        """
        second = Digit.objects.filter(drawing=models.OuterRef("drawing"), position=1)
        return self._with_predictions(Prediction.objects.all()).annotate(is_in_number=models.Exists(second))

    def for_lists(self) -> Self:
        """As with_predictions, with the correction of the whole number instead of `is_in_number`.

        Without the long fields that lists do not show.
        """
        answers = Prediction.objects.defer("probabilities", "logits")
        return self._with_predictions(answers).select_related("drawing__number_correction").defer("drawing__strokes")

    def _with_predictions(self, answers: "PredictionQuerySet") -> Self:
        current = answers.filter(revision=F("digit__drawing__revision")).select_related(
            "model_version", "foreign_version"
        )
        # The metadata and summary of a version are 100 KB, which Django would read and parse for every digit.
        current = current.defer("model_version__metadata", "model_version__summary")
        return (
            self.select_related("drawing__reading__model_version", "drawing__reading__foreign_version")
            .defer(*OF_READER)
            .prefetch_related(models.Prefetch("predictions", current.order_by("pk"), to_attr="current_predictions"))
        )

    def bulk_create(self, objs: Iterable["Digit"], *args: Any, **options: Any) -> list["Digit"]:
        digits = list(objs)
        counts = Counter(id(digit.drawing) for digit in digits if Digit.drawing.is_cached(digit))
        for digit in digits:
            digit.copy_from_drawing(counts[id(digit.drawing)] if counts else 1)
        return super().bulk_create(digits, *args, **options)


class Digit(models.Model):
    """One digit of a drawing, as the network receives it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    drawing = models.ForeignKey(Drawing, models.CASCADE, related_name="digits", db_index=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="From the left, counted from 0.")
    box = models.JSONField(null=True, help_text="Left, top, right, bottom in pixels of the drawing; empty: all of it.")
    pixels = models.BinaryField(max_length=PIXELS, help_text="28×28 bytes by rows, 0 background to 255 ink.")
    hints = models.JSONField(default=dict, help_text="What preprocessing noticed; see FoundDigit.hints.")
    preprocessing_version = models.PositiveSmallIntegerField()

    # Copies, so that lists can filter and sort by them. Triggers keep them up to date in the database (see
    # classifier.models.triggers); an instance has them as they were when it was loaded.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # deleted together with the drawing
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The drawing's owner; empty while the drawing is deleted.",
    )
    source = models.CharField(max_length=10, choices=Drawing.Source, default="", db_default="", editable=False)
    created = models.DateTimeField(null=True, editable=False, help_text="As of the drawing.")
    status = models.CharField(max_length=10, default="queued", db_default="queued", editable=False)
    verdict = models.CharField(max_length=12, default="", db_default="", editable=False)
    read = models.PositiveSmallIntegerField(
        default=NOT_READ, db_default=NOT_READ, editable=False, help_text="0 to 9; 10: not a digit; 11: not read (yet)."
    )
    confidence = models.FloatField(
        default=NO_CONFIDENCE, db_default=NO_CONFIDENCE, editable=False, help_text="0 to 1; -1: not read (yet)."
    )
    version = models.ForeignKey(
        ModelVersion,
        models.DO_NOTHING,  # a version that has answered cannot be deleted
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The version whose answer counts.",
    )
    foreign_version = models.ForeignKey(
        "ForeignVersion",
        models.DO_NOTHING,  # deleted after its answers
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The version whose answer counts, if it is of another site.",
    )
    true_label = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="As of the drawing, or the figure at this place of its known number."
    )
    batch = models.ForeignKey(
        "Batch",
        models.DO_NOTHING,  # deleted together with the drawing
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="As of the drawing.",
    )
    said = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="The owner's correction: 0 to 9; 10: not a digit; empty for none."
    )
    # Of the whole drawing, alike in all of its digits.
    number = models.CharField(
        max_length=NUMBER_AT_MOST,
        default="",
        db_default="",
        editable=False,
        help_text="Its figures as the owner says or else as read, with - for what is not a digit; empty until read.",
    )
    value = models.FloatField(
        default=VALUE_NOT_READ,
        db_default=VALUE_NOT_READ,
        editable=False,
        help_text="The number as read, to sort by.",
    )
    sureness = models.FloatField(
        default=NO_CONFIDENCE,
        db_default=NO_CONFIDENCE,
        editable=False,
        help_text="As the line reader has calibrated it, or else of its least sure digit.",
    )
    miscounted = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="It was cut into more or fewer digits than it has, by its owner's word or its label.",
    )

    current_predictions: list["Prediction"]  # set by with_predictions()
    siblings: list["Digit"]  # all digits of its drawing from the left, with itself; set by intake and numbers
    is_in_number: bool  # whether its drawing has several; set by with_predictions()

    objects = DigitQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["drawing", "position"], name="one_digit_at_a_position")]
        # Each order has an index that also holds the columns to filter by, so only the digits shown are read from the
        # table, whose rows are a hundred times as wide because of the pixels.
        indexes = [
            models.Index(fields=["owner"], name="digit_owner"),  # for counting
            # Each number has one digit at this position.
            models.Index(fields=["owner"], condition=Q(position=1), name="number_owner"),
            models.Index(
                fields=["owner", "created", "drawing", "id", "read", "confidence", *FILTERED], name="digit_newest"
            ),
            models.Index(fields=["owner", "confidence", "id", "read", "created", *FILTERED], name="digit_surest"),
            models.Index(fields=["owner", "read", "-id", "confidence", "created", *FILTERED], name="digit_by_read"),
            models.Index(
                fields=["owner", "sureness", "drawing", "read", "confidence", "created", *FILTERED], name="entry_surest"
            ),
            models.Index(
                fields=["owner", "value", "-drawing", "read", "confidence", "created", *FILTERED],
                name="entry_by_number",
            ),
            models.Index(
                fields=["owner", "created", "drawing", "id", "said", "true_label", "read", "confidence", "miscounted"],
                condition=Q(said__isnull=False) | Q(true_label__isnull=False) | Q(miscounted=True),
                name="digit_known",
            ),
            models.Index(
                fields=[
                    *("owner", "batch", "created", "drawing", "id"),
                    *("read", "confidence", "verdict", "said", "true_label", "number", "miscounted"),
                ],
                condition=Q(batch__isnull=False),
                name="digit_of_batch",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def copy_from_drawing(self, count: int = 1) -> None:
        """Copies fields from the drawing if it is loaded; otherwise a trigger does. count: of the drawing's digits."""
        if self.owner_id is None and Digit.drawing.is_cached(self) and self.drawing.deleted is None:
            self.owner_id = self.drawing.owner_id
            self.source, self.created = self.drawing.source, self.drawing.created
            self.true_label, self.batch_id = self.drawing.label_at(self.position, count), self.drawing.batch_id

    @property
    def prediction(self) -> "Prediction | None":
        """The answer that counts. For digits from `with_predictions`."""
        return self.current_predictions[0] if self.current_predictions else None
