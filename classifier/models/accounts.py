"""Rows about accounts: closed ones, and the audit log of what staff did."""

from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

FORMER_MEMBER = "a former member"  # has spaces: nobody can sign up with this name


class ClosedAccount(models.Model):
    """Marks an account that its owner has closed, until all of its data and then the account itself are deleted."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="closed")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"closed on {timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What staff did with what is this person's."""
        return self.none() if user.pk is None else self.filter(about_id=user.pk)


class AuditEntry(models.Model):
    """Something that a person of staff did, or the site by itself. Triggers keep entries from being changed or deleted.

    It names nobody itself: when an account is closed, the entry refers to the former member instead.
    """

    class Act(models.TextChoices):
        OPENED_PICTURE = "opened_picture", "opened a picture"
        OPENED_RECORD = "opened_record", "opened a record in the administration"
        REVIEWED = "reviewed", "reviewed a correction"
        REVIEW_UNDONE = "review_undone", "took a review back"
        READ_AGAIN = "read_again", "had digits read again"
        STARTED_TRAINING = "started_training", "started a training"
        CANCELLED_TRAINING = "cancelled_training", "cancelled a training"
        PROMOTED = "promoted", "put a version into service"
        OVERRODE_GATE = "overrode_gate", "put a version into service against the gate"
        ROLLED_BACK = "rolled_back", "went back to the version before"
        CHANGED_RIGHTS = "changed_rights", "changed rights"
        DISABLED_ACCOUNT = "disabled_account", "disabled an account"
        ENABLED_ACCOUNT = "enabled_account", "enabled an account"
        REMOVED_ACCOUNT = "removed_account", "removed an account"
        MADE_PASSWORD_LINK = "made_password_link", "made a link for a new password"
        INVITED = "invited", "made an invitation"
        REVOKED_INVITATION = "revoked_invitation", "revoked an invitation"
        REOPENED_INVITATION = "reopened_invitation", "reopened an invitation"
        ADDED_RECORD = "added_record", "added a record in the administration"
        CHANGED_RECORD = "changed_record", "changed a record in the administration"
        DELETED_RECORD = "deleted_record", "deleted a record in the administration"
        REMOVED_OLD = "removed_old", "removed what is older than the site keeps"

    at = models.DateTimeField(default=timezone.now, editable=False)
    act = models.CharField(max_length=30, help_text="One of Act; without choices, so a new act needs no migration.")
    # No index of its own for these: others begin with the column.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="Who did it; nobody if it was the site itself.",
    )
    about = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="Whose things or account it was done to.",
    )
    thing = models.CharField(max_length=150, blank=True, help_text="What it was done to, without names of people.")
    public_id = models.UUIDField(null=True, help_text="Of that thing. The entry outlives it.")
    detail = models.TextField(blank=True, help_text="What was changed, or the reason given.")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["by", "-at", "-id"], name="audit_by_person"),
            models.Index(fields=["about", "-at", "-id"], name="audit_about_person"),
            models.Index(fields=["act", "-at", "-id"], name="audit_by_act"),
        ]

    def __str__(self) -> str:
        return f"{self.words}, {timezone.localtime(self.at):%Y-%m-%d %H:%M}"

    @property
    def words(self) -> str:
        """The act in words; its name if this version of the site no longer knows it."""
        return str(self.Act(self.act).label) if self.act in self.Act.values else self.act

    @property
    def short(self) -> str:
        """The beginning of the thing's id."""
        return str(self.public_id)[:8] if self.public_id else ""
