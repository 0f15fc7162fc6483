"""Digits: the 28×28 pictures cut from a drawing."""

import uuid
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
NOT_READ = NOT_A_DIGIT + 1  # in a digit's copy of what was read
NO_CONFIDENCE = -1.0
FILTERED = ["verdict", "status", "said", "true_label", "version", "foreign_version", "source"]


class DigitQuerySet(models.QuerySet["Digit"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The door to a person's digits: nobody else's come through, and none that they have deleted."""
        # Of a deleted drawing no owner is noted, and Django would take None for "no owner".
        return self.none() if user.pk is None else self.filter(owner_id=user.pk)

    def owned_or_deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """With those that a person may bring back."""
        return self.filter(drawing__owner_id=user.pk)

    def newest_first(self) -> Self:
        return self.order_by("-created", "-pk")

    def with_predictions(self) -> Self:
        """Each digit's drawing, and in `current_predictions` the answers to the drawing's newest revision.

        The first of them is the one that counts: what another version was asked afterwards stands behind it.
        """
        return self._with_predictions(Prediction.objects.all())

    def for_lists(self) -> Self:
        """As with_predictions, without what is long and what lists do not show."""
        answers = Prediction.objects.defer("probabilities", "logits")
        return self._with_predictions(answers).defer("drawing__strokes")

    def _with_predictions(self, answers: "PredictionQuerySet") -> Self:
        current = answers.filter(revision=F("digit__drawing__revision")).select_related(
            "model_version", "foreign_version"
        )
        # A version's metadata and summary are 100 KB, which would be read and parsed for every digit.
        current = current.defer("model_version__metadata", "model_version__summary")
        second = Digit.objects.filter(drawing=models.OuterRef("drawing"), position=1)
        return (
            self.select_related("drawing")
            .annotate(is_in_number=models.Exists(second))
            .prefetch_related(models.Prefetch("predictions", current.order_by("pk"), to_attr="current_predictions"))
        )

    def bulk_create(self, objs: Iterable["Digit"], *args: Any, **options: Any) -> list["Digit"]:
        digits = list(objs)
        for digit in digits:
            digit.take_after_drawing()
        return super().bulk_create(digits, *args, **options)


class Digit(models.Model):
    """One digit of a drawing, as the network is given it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    drawing = models.ForeignKey(Drawing, models.CASCADE, related_name="digits", db_index=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="From the left, counted from 0.")
    box = models.JSONField(null=True, help_text="Left, top, right, bottom in pixels of the drawing; empty: all of it.")
    pixels = models.BinaryField(max_length=PIXELS, help_text="28×28 bytes by rows, 0 ground to 255 ink.")
    hints = models.JSONField(default=dict, help_text="What preprocessing noticed, see preprocessing.Found.")
    preprocessing_version = models.PositiveSmallIntegerField()

    # Copies, for the lists to be filtered and sorted by; the database keeps them right, see
    # classifier.models.triggers. In a digit at hand they are as they were when it was read.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # the drawing takes its digits along
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Whose lists it stands in: the drawing's owner; nobody's while the drawing is deleted.",
    )
    source = models.CharField(max_length=10, choices=Drawing.Source, default="", db_default="", editable=False)
    created = models.DateTimeField(null=True, editable=False, help_text="The drawing's.")
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
        models.DO_NOTHING,  # what has answered cannot be deleted
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Who gave the answer that counts.",
    )
    foreign_version = models.ForeignKey(
        "ForeignVersion",
        models.DO_NOTHING,  # it goes after its answers
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Who gave it, where that version is not here.",
    )
    true_label = models.PositiveSmallIntegerField(null=True, editable=False, help_text="The drawing's.")
    batch = models.ForeignKey(
        "Batch",
        models.DO_NOTHING,  # the drawing takes its digits along
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The drawing's.",
    )
    said = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="By its owner: 0 to 9; 10: not a digit; empty: nothing."
    )

    current_predictions: list["Prediction"]  # set by with_predictions()
    siblings: list["Digit"]  # all of its drawing's digits from the left, itself too; set by intake and numbers
    is_in_number: bool  # whether its drawing has several; set by with_predictions()

    objects = DigitQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["drawing", "position"], name="one_digit_at_a_position")]
        # Each order has an index that also holds whatever is filtered by: the rows, a hundred times as wide with
        # their pixels, are looked up for what is shown alone.
        indexes = [
            models.Index(fields=["owner"], name="digit_owner"),  # for counting them all
            models.Index(fields=["owner", "created", "id", "read", "confidence", *FILTERED], name="digit_newest"),
            models.Index(fields=["owner", "confidence", "id", "read", "created", *FILTERED], name="digit_surest"),
            models.Index(fields=["owner", "read", "-id", "confidence", "created", *FILTERED], name="digit_by_read"),
            models.Index(
                fields=["owner", "created", "id", "said", "true_label", "read", "confidence"],
                condition=Q(said__isnull=False) | Q(true_label__isnull=False),
                name="digit_known",
            ),
            models.Index(
                fields=["owner", "batch", "created", "id", "read", "confidence", "verdict", "said", "true_label"],
                condition=Q(batch__isnull=False),
                name="digit_of_batch",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    def take_after_drawing(self) -> None:
        """Copy from the drawing, where it is at hand; else the database does it."""
        if self.owner_id is None and Digit.drawing.is_cached(self) and self.drawing.deleted is None:
            self.owner_id = self.drawing.owner_id
            self.source, self.created = self.drawing.source, self.drawing.created
            self.true_label, self.batch_id = self.drawing.true_label, self.drawing.batch_id

    @property
    def prediction(self) -> "Prediction | None":
        """The answer to the newest revision, of a digit that came from `with_predictions`."""
        return self.current_predictions[0] if self.current_predictions else None
