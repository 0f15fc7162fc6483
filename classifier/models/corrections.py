"""Corrections: what people say their digits and numbers are."""

from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from .digits import Digit
from .drawings import Drawing

TEXT_AT_MOST = 100  # characters of the numbers of a drawing with their signs; Digit.number holds as many


class Review(models.TextChoices):
    WAITING = "waiting", "waiting"
    ACCEPTED = "accepted", "accepted"
    REJECTED = "rejected", "rejected"
    CONFIRMED = "confirmed", "confirmed"


class OwnersWord(models.Model):
    """What a person says. Staff review it before a network is trained on it.

    waiting ─→ accepted | rejected;  a changed label or drawing waits again
    confirmed: it is what the network read. Nobody needs to review that, and nothing is trained on it.
    """

    Review = Review

    created = models.DateTimeField(default=timezone.now, editable=False)
    changed = models.DateTimeField(auto_now=True)
    review = models.CharField(max_length=10, choices=Review, default=Review.WAITING)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reviewed = models.DateTimeField(null=True)
    held_back = models.BooleanField(editable=False, help_text="Used to measure versions, never to train.")

    class Meta:
        abstract = True


class NumberCorrectionQuerySet(models.QuerySet["NumberCorrection"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.none() if user.pk is None else self.kept().filter(drawing__owner_id=user.pk)

    def kept(self) -> Self:
        """Corrections of drawings that are not deleted."""
        return self.filter(drawing__deleted__isnull=True)

    def waiting(self) -> Self:
        return self.kept().filter(review=Review.WAITING)

    def accepted(self) -> Self:
        return self.kept().filter(review=Review.ACCEPTED)

    def to_train_on(self) -> Self:
        """Accepted numbers with their drawings, to train a reader of lines on: `text` is what `drawing` shows."""
        return self.accepted().filter(held_back=False).select_related("drawing")

    def to_measure_with(self) -> Self:
        """Accepted numbers that are held back from training, with their drawings."""
        return self.accepted().filter(held_back=True).select_related("drawing")


class NumberCorrection(OwnersWord):
    """The number that a person says a drawing shows, with its signs.

    If it has as many figures as the drawing has digits, corrections of the digits follow from it (`parts`).
    """

    drawing = models.OneToOneField(Drawing, models.CASCADE, related_name="number_correction")
    text = models.CharField(max_length=TEXT_AT_MOST, help_text="Such as 2048, 3.5 or 12:30; a line for each row.")
    number = models.CharField(max_length=TEXT_AT_MOST, editable=False, help_text="Its figures alone.")

    objects = NumberCorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["review", "id"], name="number_by_review")]

    def __str__(self) -> str:
        return self.text


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.none() if user.pk is None else self.filter(digit__owner_id=user.pk)

    def kept(self) -> Self:
        """Corrections of digits that are not deleted."""
        return self.filter(digit__owner__isnull=False)

    def waiting(self) -> Self:
        """Corrections to review, without those that follow from a number and are reviewed with it."""
        return self.kept().filter(review=Review.WAITING, number=None)

    def accepted(self) -> Self:
        return self.kept().filter(review=Review.ACCEPTED)

    def to_train_on(self) -> Self:
        """Accepted corrections to train on."""
        return self.accepted().filter(label__isnull=False, held_back=False)

    def to_measure_with(self) -> Self:
        """Accepted corrections that are held back from training, to measure with."""
        return self.accepted().filter(label__isnull=False, held_back=True)


class Correction(OwnersWord):
    """The label that a person gives a digit."""

    digit = models.OneToOneField(Digit, models.CASCADE, related_name="correction")
    label = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(9)], help_text="0 to 9; empty for “not a digit”."
    )
    number = models.ForeignKey(
        NumberCorrection,
        models.CASCADE,
        null=True,
        related_name="parts",
        help_text="The correction of the whole number from which it follows.",
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [("review_correction", "May accept and reject corrections")]
        indexes = [models.Index(fields=["review", "id"], name="correction_by_review")]

    def __str__(self) -> str:
        return "not a digit" if self.label is None else str(self.label)
