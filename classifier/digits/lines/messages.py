"""Rows of writing and what was read in them, as JSON."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from classifier.decoding.messages import describe_row, restore_row
from classifier.decoding.turning import Answered
from classifier.models import LONGEST_TEXT, NumberReading
from classifier.recognition.lines.judging import NumberVerdict, Reading
from classifier.recognition.lines.rows import Row
from classifier.recognition.preprocessing.found_digit import FoundDigit
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.verdict import Judgement

Json = dict[str, Any]

Verdict = NumberReading.Verdict
WORST_FIRST: list[str] = [Verdict.NOT_A_NUMBER, Verdict.UNSURE, Verdict.NUMBER]


@dataclass(frozen=True)
class ReadRow:
    """What the site says about one row of a drawing."""

    text: str
    number: str  # its digits alone
    verdict: str  # of NumberVerdict
    reason: str
    confidence: float
    alternatives: list[tuple[str, float]]  # text and probability, the first choice first
    left_out: int  # signs at its ends that were read but not named
    characters: list[tuple[str, list[int]]]  # each with its box in px of the picture or pad

    @classmethod
    def of(cls, reading: Reading) -> "ReadRow":
        return cls(
            text=reading.text,
            number=reading.number,
            verdict=reading.verdict.value,
            reason=reading.reason,
            confidence=round(reading.confidence, 4),
            alternatives=[(each.text, round(each.probability, 4)) for each in reading.alternatives],
            left_out=reading.left_out,
            characters=[(each.character, list(each.box)) for each in reading.characters],
        )

    @property
    def is_read(self) -> bool:
        """Whether it is a number."""
        return self.verdict != NumberVerdict.NOT_A_NUMBER

    def to_json(self) -> Json:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Json) -> "ReadRow":
        named = content | {name: [tuple(each) for each in content[name]] for name in ("alternatives", "characters")}
        return cls(**named)


def is_legible(rows: Sequence[ReadRow]) -> bool:
    """Whether all rows are numbers beyond doubt, so a picture of them need not be turned."""
    return bool(rows) and all(row.verdict == NumberVerdict.NUMBER for row in rows)


def text_of_rows(rows: Sequence[ReadRow]) -> str:
    """A line for each row."""
    return "\n".join(row.text for row in rows)[:LONGEST_TEXT]


def least_sure(rows: Sequence[ReadRow]) -> ReadRow:
    """The row that decides the verdict on a drawing."""
    return min(rows, key=lambda row: (WORST_FIRST.index(row.verdict), row.confidence))


def fields_of(rows: Sequence[ReadRow]) -> Json:
    """What a NumberReading stores of the rows of a drawing."""
    least = least_sure(rows)
    return {
        "text": text_of_rows(rows),
        "verdict": least.verdict,
        "confidence": least.confidence,
        "rows": [row.to_json() for row in rows],
    }


def pack_row(row: Row) -> Json:
    """A row of a picture as JSON."""
    return describe_row(row) | {"ink": base64.b64encode(zlib.compress(row.ink.tobytes(), 1)).decode()}


def unpack_row(content: Json) -> Row:
    """The inverse of `pack_row`."""
    return restore_row(content, zlib.decompress(base64.b64decode(content["ink"])))


def pack_digit(digit: FoundDigit) -> Json:
    return {"pixels": base64.b64encode(digit.pixels.tobytes()).decode(), "box": list(digit.box), "hints": digit.hints}


def unpack_digit(content: Json) -> FoundDigit:
    pixels = np.frombuffer(base64.b64decode(content["pixels"]), np.uint8).reshape(SIDE, SIDE)
    left, top, right, bottom = content["box"]
    return FoundDigit(pixels, (left, top, right, bottom), content["hints"])


def pack_answer(judgement: Judgement, logits: list[float]) -> Json:
    return {"judgement": asdict(judgement), "logits": logits}


def unpack_answer(content: Json, inference_ms: float) -> Answered:
    return Answered(Judgement(**content["judgement"]), content["logits"], inference_ms)
