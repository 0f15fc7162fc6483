"""Sheets: forms whose fields are described once."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.dispatch import receiver
from django.utils import timezone

from classifier.sheets.fields.description import Description


def page_file(page: "SheetPage", _name: str) -> str:
    return f"sheets/{page.sheet.public_id}/{page.number}-{uuid.uuid4().hex[:8]}.png"


class SheetQuerySet(models.QuerySet["Sheet"]):
    def kept(self) -> Self:
        return self.filter(deleted=None)

    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """A person's own sheets, without deleted ones."""
        return self.kept().filter(owner_id=user.pk)

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """A person's own sheets and those that others share with them, without deleted ones."""
        return self.kept().filter(Q(owner_id=user.pk) | Q(shares__user_id=user.pk)).distinct()


class Sheet(models.Model):
    """A form: what its fields are, and how its empty pages look.

    A changed description counts for stacks that are put in afterwards; each stack keeps the one it was read by.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sheets")
    name = models.CharField(max_length=100)
    description = models.JSONField(default=dict, help_text="See fields.description.")
    is_printed = models.BooleanField(
        default=False, help_text="Printed by this site: its pages have corner marks and a QR code."
    )
    paper = models.CharField(max_length=10, default="A4", help_text="Of a printed sheet: A4 or Letter.")
    roster = models.JSONField(
        default=list, help_text="Of a printed sheet: a line for each copy, printed on it; copy 1 has the first."
    )
    created = models.DateTimeField(default=timezone.now, editable=False)
    changed = models.DateTimeField(default=timezone.now, editable=False)
    deleted = models.DateTimeField(null=True, editable=False, help_text="Removed some days later, with its stacks.")

    objects = SheetQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="sheet_owner_newest"),
            models.Index(fields=["deleted"], condition=Q(deleted__isnull=False), name="sheet_deleted"),
        ]

    def __str__(self) -> str:
        return self.name

    def described(self) -> Description:
        return Description.of(self.description)


class SheetPage(models.Model):
    """An empty page of a sheet, upright, as the pages of stacks are laid on it."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField(help_text="From 1.")
    file = models.FileField(upload_to=page_file, max_length=200, help_text="A grey PNG, see imaging.REFERENCE_SIDE.")
    width = models.PositiveIntegerField(help_text="Of the picture, in px.")
    height = models.PositiveIntegerField(help_text="Of the picture, in px.")

    class Meta:
        ordering = ["sheet", "number"]
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="sheet_page_number")]

    def __str__(self) -> str:
        return f"page {self.number}"


@receiver(models.signals.post_delete, sender=SheetPage)
def delete_page_file(instance: SheetPage, **_: object) -> None:
    delete_on_commit(instance.file)


def delete_on_commit(file: FieldFile) -> None:
    """Deletes the file of a row that is deleted; if that fails, `orphans` does it later."""
    if name := file.name:
        storage = file.storage
        transaction.on_commit(lambda: storage.delete(name), robust=True)
