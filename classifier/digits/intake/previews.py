"""What the networks read in strokes or in a picture that is not stored: previews, and drawings without an account."""

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from classifier.decoding.turning import Reply
from classifier.digits.lines import asking
from classifier.digits.lines.asking import LinesRead
from classifier.digits.lines.messages import ReadRow
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.preprocessing.strokes import Sketch

from .asking import ask_network
from .drawings import find_in_sketch
from .pictures import decode_unstored


@dataclass(frozen=True)
class Unstored:
    """What was read in a drawing that is not stored."""

    digits: list[FoundDigit]
    # Of each digit: the fields of a Judgement, `pixels` (28×28, what the network was given), `model_version` and
    # `inference_ms`.
    results: list[dict[str, Any]]
    rows: list[ReadRow]  # by the line reader; empty if the drawing was read digit by digit
    line_version: str = ""  # the name of the line reader
    turned: int = 0  # degrees clockwise by which the picture was turned

    @classmethod
    def of_lines(cls, lines: LinesRead) -> "Unstored":
        return cls(lines.digits, _results(lines.digits, lines.reply), lines.rows, lines.version[1])


def _results(digits: list[FoundDigit], reply: Reply) -> list[dict[str, Any]]:
    shared = {"model_version": reply.version[1]}
    return [
        {**asdict(answer.judgement), **shared, "inference_ms": answer.inference_ms, "pixels": digit.pixels}
        for digit, answer in zip(digits, reply.answers, strict=True)
    ]


def preview_sketch(sketch: Sketch, timeout_s: float, *, one_digit: bool = False) -> Unstored | None:
    """What is read in a sketch; None if no worker answers in time. Raises NoInk."""
    lines = None if one_digit else asking.read_sketch(sketch, wait_s=timeout_s)
    if isinstance(lines, LinesRead):
        return Unstored.of_lines(lines)
    return read_unstored(find_in_sketch(sketch, one_digit), timeout_s)


def read_picture_unstored(file: "UploadedFile[bytes]", *, one_digit: bool = False) -> Unstored | None:
    """What is read in a picture file; None if no worker answers in time. Raises the same errors as accept_picture."""
    picture, content = decode_unstored(file, one_digit=one_digit)
    if content.lines is not None:
        return Unstored.of_lines(content.lines)
    return read_unstored(picture.digits, settings.ANSWER_WAIT_S, turned=picture.turned)


def read_unstored(found_digits: list[FoundDigit], timeout_s: float, *, turned: int = 0) -> Unstored | None:
    """What the network reads in some digits, in their order; None if no worker answers in time."""
    reply = ask_network(found_digits, timeout_s)
    if reply is None:
        return None
    return Unstored(found_digits, _results(found_digits, reply), [], turned=turned)
