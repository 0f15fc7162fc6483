"""Sheets that others may use."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .sheets import Sheet


class SheetShare(models.Model):
    """What a person who does not own a sheet may do with it. Each level includes those before it."""

    class Level(models.IntegerChoices):
        READ = 1, "see results"
        DECIDE = 2, "decide fields"
        CHANGE = 3, "change the sheet and put stacks in"

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="shared_sheets")
    level = models.PositiveSmallIntegerField(choices=Level)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["sheet", "user"], name="sheet_share_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_level_display()}"
