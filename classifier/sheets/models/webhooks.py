"""Messages that tell another program that a stack is done."""

from django.db import models
from django.utils import timezone

from .stacks import Stack


class WebhookAttempt(models.Model):
    """One attempt to deliver a message. The newest of a stack says when to try again, if at all."""

    stack = models.ForeignKey(Stack, models.CASCADE, related_name="webhook_attempts")
    number = models.PositiveSmallIntegerField(help_text="From 1.")
    due = models.DateTimeField(default=timezone.now, help_text="When to send it.")
    sent = models.DateTimeField(null=True, help_text="When it was sent; null if it is still due.")
    status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status of the answer, if there was one.")
    sentence = models.CharField(max_length=300, blank=True, help_text="What went wrong.")

    class Meta:
        ordering = ["stack", "number"]
        constraints = [models.UniqueConstraint(fields=["stack", "number"], name="webhook_attempt_number")]
        indexes = [models.Index(fields=["due"], condition=models.Q(sent=None), name="webhook_due")]

    def __str__(self) -> str:
        return f"attempt {self.number}"
