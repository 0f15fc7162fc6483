"""What is written in the fields of filled-in pages."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from classifier.models import Review

from .stacks import Stack, StackPage

CHECKED_ONE_IN = 100  # of the values that are taken, one is shown to a person


def is_chosen_as_check(public_id: uuid.UUID) -> bool:
    """What Value.is_check is for a value. Depends on its random id alone, so any tolerance checks a fair sample."""
    return public_id.int % CHECKED_ONE_IN == 0


class ValueQuerySet(models.QuerySet["Value"]):
    """Of one stack; the tolerance is that of the stack, see Stack.one_in."""

    def decided(self) -> Self:
        return self.filter(decided__isnull=False)

    def taken(self) -> Self:
        """Taken unseen: nobody has decided, and the risk is within the tolerance."""
        return self.filter(decided=None, risk__lte=1.0 / F("stack__one_in"))

    def doubtful(self) -> Self:
        """Left to people, and not decided yet."""
        return self.filter(decided=None).exclude(risk__lte=1.0 / F("stack__one_in"))

    def to_review(self) -> Self:
        """Decisions of all stacks that wait for staff, the oldest values first."""
        return self.reviewable().filter(review=Review.WAITING).order_by("pk")

    def to_train_on(self) -> Self:
        """Accepted decisions of all stacks: `text` is what the field shows."""
        return self.reviewable().filter(review=Review.ACCEPTED).order_by("page", "position")

    def reviewable(self) -> Self:
        """Decisions of all stacks that networks may learn from, if staff accept them."""
        return self.exclude(review="").filter(stack__deleted=None, stack__sheet__deleted=None)

    def unchecked(self) -> Self:
        """Taken, and chosen as a check that nobody has looked at yet."""
        return self.taken().filter(is_check=True)


class Value(models.Model):
    """What is written in one field of one page: what was read, and what a person decided.

    A value is taken unseen if its risk is at most what the stack tolerates; else a person decides. Every hundredth
    value that is taken is shown to people as well, as a check of the promise.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stack = models.ForeignKey(Stack, models.CASCADE, related_name="values", db_index=False)
    page = models.ForeignKey(StackPage, models.CASCADE, related_name="values", db_index=False)
    position = models.PositiveIntegerField(help_text="Of the field in the description, from 0.")
    key = models.CharField(max_length=130, help_text="Of the field, see fields.description.")
    kind = models.CharField(max_length=10, help_text="Of the field.")
    text = models.CharField(max_length=30, blank=True, help_text="What counts: as read, or as a person decided.")
    read = models.CharField(max_length=30, blank=True, help_text="As read; empty for an empty field.")
    confidence = models.FloatField(help_text="That it was read correctly, 0 to 1.")
    risk = models.FloatField(
        help_text="The smallest share of wrong values that must be tolerated for this one to be taken unseen; "
        "above 1 if it never is. See reading.promise."
    )
    alternatives = models.JSONField(default=list, help_text="Other texts, the most probable first.")
    reason = models.CharField(max_length=30, blank=True, help_text="Why it is doubtful: a stable code of reading.")
    is_check = models.BooleanField(
        default=False, help_text="Shown to a person even if it may be taken: see is_chosen_as_check."
    )
    decided = models.DateTimeField(null=True, help_text="By a person.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    review = models.CharField(
        max_length=10,
        choices=Review,
        blank=True,
        help_text="Of a decision: staff review it before a network learns from it. Empty if there is nothing to learn.",
    )
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    held_until = models.DateTimeField(null=True, help_text="Until then nobody else is asked about it.")

    objects = ValueQuerySet.as_manager()

    class Meta:
        ordering = ["page", "position"]
        constraints = [models.UniqueConstraint(fields=["page", "key"], name="sheet_value_once")]
        indexes = [
            models.Index(fields=["stack", "-risk"], condition=Q(decided=None), name="sheet_value_open"),
            models.Index(fields=["stack", "page", "position"], name="sheet_value_in_order"),
            models.Index(
                fields=["stack", "decided_by", "-decided"],
                condition=Q(decided__isnull=False),
                name="sheet_value_decided",
            ),
            models.Index(fields=["review", "id"], condition=~Q(review=""), name="sheet_value_by_review"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.text or 'empty'}"
