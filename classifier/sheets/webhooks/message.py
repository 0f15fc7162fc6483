"""What a message says."""

from __future__ import annotations

import json
from dataclasses import asdict

from django.utils import timezone

from classifier.sheets.models import Stack
from classifier.sheets.stacks.progress import figures

ANNOUNCED = (Stack.Status.DONE, Stack.Status.FAILED)  # not a stack that a person has cancelled


def message_id(stack: Stack) -> str:
    """The same for each attempt, so a receiver can tell a message that it has already."""
    return f"stack_{stack.public_id.hex}"


def body_of(stack: Stack) -> bytes:
    """The message about a stack as it is now, as JSON."""
    message = {
        "type": f"stack.{stack.status}",
        "timestamp": (stack.finished or timezone.now()).isoformat(),
        "data": {
            "stack": str(stack.public_id),
            "sheet": str(stack.sheet.public_id),
            "status": stack.status,
            "message": stack.message,
            "figures": asdict(figures(stack)),
        },
    }
    return json.dumps(message, ensure_ascii=False).encode()
