"""Corrections: the labels that people give their digits."""

from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from .digits import Digit


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.none() if user.pk is None else self.filter(digit__owner_id=user.pk)

    def kept(self) -> Self:
        """Corrections of digits that are not deleted."""
        return self.filter(digit__owner__isnull=False)

    def waiting(self) -> Self:
        return self.kept().filter(review=Correction.Review.WAITING)

    def accepted(self) -> Self:
        return self.kept().filter(review=Correction.Review.ACCEPTED)

    def to_train_on(self) -> Self:
        """Accepted corrections to train on."""
        return self.accepted().filter(label__isnull=False, held_back=False)

    def to_measure_with(self) -> Self:
        """Accepted corrections that are held back from training, to measure with."""
        return self.accepted().filter(label__isnull=False, held_back=True)


class Correction(models.Model):
    """The label that a person gives a digit. Staff review it before a network is trained on it.

    waiting ─→ accepted | rejected;  a changed label or drawing waits again
    """

    class Review(models.TextChoices):
        WAITING = "waiting", "waiting"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    digit = models.OneToOneField(Digit, models.CASCADE, related_name="correction")
    label = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(9)], help_text="0 to 9; empty for “not a digit”."
    )
    created = models.DateTimeField(default=timezone.now, editable=False)
    changed = models.DateTimeField(auto_now=True)
    review = models.CharField(max_length=10, choices=Review, default=Review.WAITING)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reviewed = models.DateTimeField(null=True)
    held_back = models.BooleanField(editable=False, help_text="Used to measure versions, never to train.")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [("review_correction", "May accept and reject corrections")]
        indexes = [models.Index(fields=["review", "id"], name="correction_by_review")]

    def __str__(self) -> str:
        return "not a digit" if self.label is None else str(self.label)
