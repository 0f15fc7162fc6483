"""What the page of a stack shows of its message: templates/classifier/sheets/_webhook.html."""

from typing import Any

from classifier.sheets.models import Stack, WebhookAttempt

from .message import ANNOUNCED


def context(stack: Stack, *, may_change: bool) -> dict[str, Any]:
    """The attempts, the newest first, and whether the person may send the message again. Empty without a webhook."""
    if not stack.webhook:
        return {}
    attempts = list(WebhookAttempt.objects.filter(stack=stack).order_by("-number"))
    return {
        "attempts": attempts,
        "may_send_webhook": may_change and stack.status in ANNOUNCED,
        "webhook_secret": stack.webhook_secret if may_change else "",
    }
