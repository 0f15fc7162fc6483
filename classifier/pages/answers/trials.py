"""The answers to what visitors draw or upload. Each brings its digit along, signed, so it can be explained later."""

import base64
from typing import Any

import numpy as np
from django.core import signing

from classifier.recognition.errors import InvalidInput
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.preprocessing.pipeline import FoundDigit

from .digits import AnswerView, preview_answer
from .numbers import NumberView, number_answer

SALT = "trial"


def trial_answer(
    found_digits: list[FoundDigit], results: list[dict[str, Any]], *, is_drawn: bool, turned: int = 0
) -> AnswerView | NumberView:
    """The answer to a finished drawing or a picture that is not stored.

    results: from intake.read_unstored. turned: see NumberView.
    """
    views = [preview_answer(result, trial=pack(found)) for found, result in zip(found_digits, results, strict=True)]
    return views[0] if len(views) == 1 else number_answer(views, results, is_drawn=is_drawn, turned=turned)


def pack(found: FoundDigit) -> str:
    """A digit as text that only this site can make."""
    pixels = base64.b64encode(found.pixels.tobytes()).decode()
    return signing.dumps({"pixels": pixels, "box": found.box, "hints": found.hints}, salt=SALT, compress=True)


def unpack(text: str) -> FoundDigit:
    """The inverse of `pack`. Raises InvalidInput."""
    try:
        content = signing.loads(text, salt=SALT)
    except signing.BadSignature as error:
        raise InvalidInput("This answer is out of date. Draw the digit again.") from error
    pixels = np.frombuffer(base64.b64decode(content["pixels"]), np.uint8).reshape(SIDE, SIDE)
    left, top, right, bottom = content["box"]
    return FoundDigit(pixels, (left, top, right, bottom), content["hints"])
