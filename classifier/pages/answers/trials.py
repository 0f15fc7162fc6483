"""The answers to what visitors draw or upload. Each brings its digit along, signed, so it can be explained later."""

import base64

import numpy as np
from django.core import signing

from classifier.digits.intake import Unstored
from classifier.recognition.errors import InvalidInput
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.preprocessing.pipeline import FoundDigit

from .digits import AnswerView, preview_answer
from .numbers import NumberView, unstored_answer

SALT = "trial"


def trial_answer(read: Unstored, *, is_drawn: bool) -> AnswerView | NumberView:
    """The answer to a finished drawing or a picture that is not stored."""
    pairs = zip(read.digits, read.results, strict=True)
    return unstored_answer([preview_answer(result, trial=pack(digit)) for digit, result in pairs], read, is_drawn)


def pack(digit: FoundDigit) -> str:
    """A digit as text that only this site can make."""
    pixels = base64.b64encode(digit.pixels.tobytes()).decode()
    return signing.dumps({"pixels": pixels, "box": digit.box, "hints": digit.hints}, salt=SALT, compress=True)


def unpack(text: str) -> FoundDigit:
    """The inverse of `pack`. Raises InvalidInput."""
    try:
        content = signing.loads(text, salt=SALT)
    except signing.BadSignature as error:
        raise InvalidInput("This answer is out of date. Draw the digit again.") from error
    pixels = np.frombuffer(base64.b64decode(content["pixels"]), np.uint8).reshape(SIDE, SIDE)
    left, top, right, bottom = content["box"]
    return FoundDigit(pixels, (left, top, right, bottom), content["hints"])
