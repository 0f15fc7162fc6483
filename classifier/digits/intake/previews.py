"""Previews: what the network reads in strokes that are still being drawn. Stores nothing."""

from typing import Any

from classifier.recognition.preprocessing.strokes import Sketch

from .asking import ask_network
from .drawings import find_in_sketch


def preview_sketch(sketch: Sketch, timeout_s: float, *, one_digit: bool = False) -> list[dict[str, Any]] | None:
    """Returns what the network reads in a sketch, digit by digit from the left.

    Each digit has the fields of predictions.answer_preview, and `pixels` (28×28, what the network was given),
    `model_version` and `inference_ms`. Returns None if no worker answers in time. Raises NoInk.
    """
    found_digits = find_in_sketch(sketch, one_digit)
    reply = ask_network(found_digits, timeout_s)
    if reply is None:
        return None
    shared = {name: reply[name] for name in ("model_version", "inference_ms")}
    return [
        {**judgement, **shared, "pixels": found.pixels}
        for judgement, found in zip(reply["digits"], found_digits, strict=True)
    ]
