"""What the network reads in strokes or in a picture that is not stored: previews, and drawings without an account."""

from typing import Any

from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.preprocessing.strokes import Sketch

from .asking import ask_network
from .drawings import find_in_sketch


def preview_sketch(sketch: Sketch, timeout_s: float, *, one_digit: bool = False) -> list[dict[str, Any]] | None:
    """Returns what the network reads in a sketch; see read_unstored. Raises NoInk."""
    return read_unstored(find_in_sketch(sketch, one_digit), timeout_s)


def read_unstored(found_digits: list[FoundDigit], timeout_s: float) -> list[dict[str, Any]] | None:
    """Returns what the network reads in some digits, in their order.

    Each digit has the fields of predictions.answer_preview, and `pixels` (28×28, what the network was given),
    `model_version` and `inference_ms`. Returns None if no worker answers in time.
    """
    reply = ask_network(found_digits, timeout_s)
    if reply is None:
        return None
    shared = {name: reply[name] for name in ("model_version", "inference_ms")}
    return [
        {**judgement, **shared, "pixels": found.pixels}
        for judgement, found in zip(reply["digits"], found_digits, strict=True)
    ]
