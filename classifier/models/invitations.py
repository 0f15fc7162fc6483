"""Invitations: links that let people sign up while sign-up is closed, and who came by each."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Invitations with which somebody can still sign up."""
        not_expired = Q(expires=None) | Q(expires__gt=timezone.now())
        return self.filter(not_expired, revoked=None, used__lt=F("uses"))

    def over(self) -> Self:
        """Invitations that are used up, expired or revoked."""
        return self.filter(~Q(revoked=None) | Q(expires__lte=timezone.now()) | Q(used__gte=F("uses")))


class Invitation(models.Model):
    """A link that lets a number of people sign up. Only the hash of its secret is stored."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        USED_UP = "used_up", "used up"
        EXPIRED = "expired", "expired"
        REVOKED = "revoked", "revoked"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the link's secret.")
    note = models.CharField(max_length=60, blank=True, help_text="For whom it is.")
    email = models.EmailField(blank=True, help_text="Where the link was sent; forgotten when it is over.")
    uses = models.PositiveIntegerField(help_text="How many people may sign up with it.")
    used = models.PositiveIntegerField(default=0, help_text="How many have; some may have closed their account since.")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, help_text="When it stops working; empty for never.")
    revoked = models.DateTimeField(null=True, help_text="When staff revoked it.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(used__lte=F("uses")), name="invitation_used_at_most")]

    def __str__(self) -> str:
        return self.note or f"invitation of {timezone.localtime(self.created):%Y-%m-%d %H:%M}"

    @property
    def state(self) -> State:
        if self.revoked:
            return self.State.REVOKED
        if self.used >= self.uses:
            return self.State.USED_UP
        if self.expires and self.expires <= timezone.now():
            return self.State.EXPIRED
        return self.State.OPEN

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def left(self) -> int:
        """How many people may still sign up with it, if it is open."""
        return self.uses - self.used


class Joining(models.Model):
    """Records by which invitation a person came."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="joinings")
    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="joining")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"
