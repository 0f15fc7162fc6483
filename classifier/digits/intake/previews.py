"""Previews: what the network reads in strokes that are still being drawn. Stores nothing."""

from typing import Any

from classifier.jobs import replies
from classifier.jobs.queue import enqueue
from classifier.recognition.preprocessing.strokes import Sketch

from .drawings import find_in_sketch
from .storing import to_base64

EXPIRES_S = 2.0  # after which no worker answers a preview any more


def preview_sketch(sketch: Sketch, timeout_s: float, *, one_digit: bool = False) -> list[dict[str, Any]] | None:
    """Returns what the network reads in a sketch, digit by digit from the left.

    Each digit has the fields of predictions.answer_preview, and `pixels` (28×28, what the network was given),
    `model_version` and `inference_ms`. Returns None if no worker answers in time. Raises NoInk.
    """
    found_digits = find_in_sketch(sketch, one_digit)
    key = replies.new_reply_key()
    pixels = [to_base64(found.pixels.tobytes()) for found in found_digits]
    hints = [found.hints for found in found_digits]
    if not enqueue("classifier.preview", pixels, key, hints, expires_s=EXPIRES_S):
        return None
    reply = replies.wait_for(key, timeout_s)
    if not reply:
        return None
    shared = {name: reply[name] for name in ("model_version", "inference_ms")}
    return [
        {**judgement, **shared, "pixels": found.pixels}
        for judgement, found in zip(reply["digits"], found_digits, strict=True)
    ]
