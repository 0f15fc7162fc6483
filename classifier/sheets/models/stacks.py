"""Stacks: filled-in pages that are put in together."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone

from classifier.models.jobs import Backoff, LeasedJob, LeasedJobQuerySet, LeasePolicy
from classifier.sheets.fields.description import Description

from .sheets import Sheet, delete_on_commit

ONE_IN = 200  # fields of which one may be wrong, unless a person says otherwise


def stack_file(stack: "Stack", _name: str) -> str:
    return f"stacks/{timezone.now():%Y/%m}/{stack.public_id}.zip"


def page_file(page: "StackPage", _name: str) -> str:
    return f"stacks/{timezone.now():%Y/%m}/{page.stack.public_id}/{page.number}.jpg"


class StackQuerySet(LeasedJobQuerySet["Stack"]):
    def kept(self) -> Self:
        """Neither deleted themselves nor with their sheet."""
        return self.filter(deleted=None, sheet__deleted=None)

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        return self.kept().filter(sheet__in=Sheet.objects.visible_to(user).order_by().values("pk"))


class Stack(LeasedJob):
    """Files with filled-in pages of one sheet, kept as a ZIP, and how far they are read.

    queued ─→ running ─→ done | cancelled | failed
    First the pages of all files are counted and become rows; then they are read in order. A row is read in one
    transaction with its values, so another process continues after a crash.
    """

    policy = LeasePolicy(lease_s=15, backoff=Backoff(first_s=5, most_s=30), attempts=8)

    class Status(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="stacks")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    created = models.DateTimeField(default=timezone.now, editable=False)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    deleted = models.DateTimeField(null=True, editable=False, help_text="Removed some days later.")
    file = models.FileField(upload_to=stack_file, max_length=200)
    size = models.BigIntegerField(help_text="Of the file, in bytes.")
    message = models.CharField(max_length=300, blank=True, help_text="What people should know about it.")
    description = models.JSONField(help_text="The sheet's fields when the stack was put in.")
    one_in = models.PositiveIntegerField(default=ONE_IN, help_text="Of so many fields taken unseen, one may be wrong.")
    keep_days = models.PositiveIntegerField(null=True, help_text="After which it is removed; null if it is kept.")
    counted = models.BigIntegerField(
        null=True, help_text="Offset of the archive's entry from which on pages are no rows yet; null if all are."
    )
    total = models.PositiveIntegerField(default=0, help_text="Pages that are rows.")
    webhook = models.URLField(max_length=500, blank=True, help_text="Where to say that the stack is done.")
    webhook_secret = models.CharField(max_length=64, blank=True, help_text="Signs these messages.")

    objects = StackQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["sheet", "-id"], name="stack_sheet_newest"),
            models.Index(fields=["heartbeat"], condition=Q(status__in=("queued", "running")), name="stack_at_work"),
            models.Index(fields=["deleted"], condition=Q(deleted__isnull=False), name="stack_deleted"),
            models.Index(fields=["status"], condition=~Q(webhook=""), name="stack_with_webhook"),
        ]

    def __str__(self) -> str:
        return self.name

    def described(self) -> Description:
        return Description.of(self.description)


@receiver(models.signals.post_delete, sender=Stack)
def delete_stack_file(instance: Stack, **_: object) -> None:
    delete_on_commit(instance.file)


class StackPage(models.Model):
    """A page of a stack: where it is in the archive, and what became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting"
        READ = "read", "read"
        REFUSED = "refused", "not read"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stack = models.ForeignKey(Stack, models.CASCADE, related_name="pages", db_index=False)
    number = models.PositiveIntegerField(help_text="In the stack, from 1.")
    name = models.CharField(max_length=255, help_text="Of the file.")
    place = models.JSONField(help_text="Where the file is in the archive, see stacks.places.")
    page = models.PositiveIntegerField(null=True, help_text="Of a file with several, from 1.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=30, blank=True, help_text="Why it was not read: a stable code.")
    sentence = models.CharField(max_length=300, blank=True)
    sheet_page = models.PositiveSmallIntegerField(null=True, help_text="Which page of the sheet it is, from 1.")
    copy = models.PositiveIntegerField(null=True, help_text="Of a printed sheet, as its QR code says.")
    label = models.CharField(max_length=200, blank=True, help_text="What the roster says of this copy.")
    # Laid straight if it was read, as received if it was refused; empty for a file that cannot be decoded.
    file = models.FileField(upload_to=page_file, max_length=200, blank=True, help_text="A grey JPEG.")
    width = models.PositiveIntegerField(default=0, help_text="Of the picture, in px.")
    height = models.PositiveIntegerField(default=0, help_text="Of the picture, in px.")

    class Meta:
        ordering = ["stack", "number"]
        constraints = [models.UniqueConstraint(fields=["stack", "number"], name="stack_page_number")]
        indexes = [
            models.Index(fields=["stack", "number"], condition=Q(status="waiting"), name="stack_page_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, page {self.page}" if self.page else self.name


@receiver(models.signals.post_delete, sender=StackPage)
def delete_page_file(instance: StackPage, **_: object) -> None:
    delete_on_commit(instance.file)
