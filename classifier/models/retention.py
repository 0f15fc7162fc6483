"""How far the site is with removing what is older than it keeps."""

from django.db import models


class Retention(models.Model):
    """One kind of things that the site keeps for a number of days only; see classifier.retention."""

    class Kind(models.TextChoices):
        ORIGINALS = "originals", "originals"
        DIGITS = "digits", "drawings with their digits"

    kind = models.CharField(max_length=10, choices=Kind, unique=True)
    days = models.PositiveIntegerField(default=0, help_text="As the setting said when it was last looked at; 0 is off.")
    starts = models.DateTimeField(null=True, help_text="Nothing is removed before; a day after it was set.")
    removed = models.BigIntegerField(default=0, help_text="How many were removed so far.")
    recorded = models.BigIntegerField(default=0, help_text="Of these, how many the audit log tells of.")

    class Meta:
        ordering = ["kind"]
        verbose_name_plural = "retention"

    def __str__(self) -> str:
        return self.kind
