"""What to say about a row: a number, unsure, or not a number, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .alphabet import OTHER
from .calibration import LineCalibration
from .evidence import evidence
from .reading import Character, RowRead

MOST_ALTERNATIVES = 3  # the first choice among them
LEAST_CONFIDENCE = 0.05  # below which nothing is said about the digits
LIKELY_RIGHT, LIKELY_NUMBER = 0.3, 0.9  # a row that reaches neither is refused: it is doubtful in both ways
LEAST_PROBABILITY = 0.02  # of an alternative that is named
# Difference of the logarithms up to which other marks beside the same digits are named: 35 or 3.5. In a picture many
# specks might be points.
OTHER_MARKS, OTHER_MARKS_IN_PICTURE = 2.0, 0.5
SHARPNESS = 0.5  # of the scores, when the alternatives share what the first choice leaves


class NumberVerdict(StrEnum):
    """What the site says about a row."""

    NUMBER = "number"
    UNSURE = "unsure"
    NOT_A_NUMBER = "not_a_number"


# Code: the sentence for people. {texts} becomes "35 or 36", {others} the same without the first choice.
# Codes are stored and stay.
REASONS: dict[str, str] = {
    "close": "It could be {texts}.",
    "disagree": "Read as a whole it is {text}, but digit by digit it could be {others}.",
    "word": "This looks like a word or a sign, not like a number.",
    "mixed": "There are letters or other signs among the digits, so this is not a number.",
    "marks": "There are signs here, but no digits.",
    "unclear": "This cannot be read as a number. Write the digits a little larger, or further apart.",
    "drawing": "This looks like a drawing or a scribble, not like a number.",
    "picture": "This looks like a picture of something else, not like a number.",
}


@dataclass(frozen=True)
class Alternative:
    """A text that a row may show."""

    text: str  # with marks
    probability: float


@dataclass(frozen=True)
class Reading:
    """What the site says about one row."""

    text: str  # with marks, without signs left out at its ends; the first choice, also of a refused row
    verdict: NumberVerdict
    reason: str  # of REASONS, or empty
    confidence: float  # that the digits of the text are right, calibrated
    alternatives: list[Alternative]  # the first choice and up to two more, the most probable first; none if refused
    characters: list[Character]  # of the text, without signs left out
    left_out: int  # signs at the ends that were read but not named, such as a currency sign
    evidence: NDArray[np.float64]  # for fitting the calibration

    @property
    def number(self) -> str:
        """The digits alone."""
        return digits_of(self.text)


def digits_of(text: str) -> str:
    """The digits of a text."""
    return "".join(character for character in text if character.isdigit())


def judge_row(read: RowRead, calibration: LineCalibration | None) -> Reading:
    """Judges what both networks read. Without a calibration no number is sure, and none is refused."""
    text = read.best.text.text
    items = evidence(read)
    start, end = len(text) - len(text.lstrip(OTHER)), len(text.rstrip(OTHER))
    kept = text[start:end] if text.strip(OTHER) else ""
    confidence = float(calibration.is_right.of(items)) if calibration else _share(read)
    verdict, reason = _verdict(read, kept, len(text) - len(kept), confidence, items, calibration)
    alternatives = [] if verdict == NumberVerdict.NOT_A_NUMBER else _alternatives(read, kept, confidence)
    if verdict == NumberVerdict.UNSURE and (marks := _other_marks(read)):
        alternatives = _with_marks(marks, alternatives)
    if verdict == NumberVerdict.UNSURE and _disagrees(read):
        alternatives = _with_digit_network(read, kept, alternatives)
    characters = read.best.characters[start:end] if kept else []
    return Reading(kept, verdict, reason, confidence, alternatives, characters, len(text) - len(kept), items)


def _verdict(
    read: RowRead,
    text: str,
    left_out: int,
    confidence: float,
    items: NDArray[np.float64],
    calibration: LineCalibration | None,
) -> tuple[NumberVerdict, str]:
    digits = digits_of(text)
    if not digits:
        marks = text and not left_out
        return NumberVerdict.NOT_A_NUMBER, "marks" if marks else "word"
    if left_out + text.count(OTHER) > len(digits):
        return NumberVerdict.NOT_A_NUMBER, "word"
    if OTHER in text:
        return NumberVerdict.NOT_A_NUMBER, "mixed"
    is_number = float(calibration.is_number.of(items)) if calibration else 1.0
    least = calibration.refuse_below if calibration else 0.0
    if is_number < (least if confidence >= LIKELY_RIGHT else max(least, LIKELY_NUMBER)):
        return NumberVerdict.NOT_A_NUMBER, "drawing" if read.row.pen is not None else "picture"
    if calibration and confidence < LEAST_CONFIDENCE:
        return NumberVerdict.NOT_A_NUMBER, "unclear"
    if _disagrees(read):
        return NumberVerdict.UNSURE, "disagree"
    if not calibration:
        return NumberVerdict.UNSURE, "close"
    sure_from = calibration.sure_from if read.row.pen is not None else calibration.sure_in_picture
    if confidence < sure_from or _other_marks(read):
        return NumberVerdict.UNSURE, "close"
    return NumberVerdict.NUMBER, ""


def _share(read: RowRead) -> float:
    """The share of the best text in the probabilities of all candidates."""
    scores = np.array([each.score for each in read.candidates])
    return float(1 / np.exp(scores - read.best.score).sum())


def _disagrees(read: RowRead) -> bool:
    return any(each.is_disputed for each in read.best.characters)


def _other_marks(read: RowRead) -> str:
    """A text with the same digits and other marks that is nearly as probable; empty without one."""
    best = read.best.text
    most = OTHER_MARKS if read.row.pen is not None else OTHER_MARKS_IN_PICTURE
    others = [each.text for each in read.candidates[1:]] + read.others
    same = [each for each in others if each.number == best.number and best.score - each.score < most]
    texts = [each.text.strip(OTHER) for each in sorted(same, key=lambda each: -each.score)]
    return next((text for text in texts if text != best.text.strip(OTHER) and OTHER not in text), "")


def _with_marks(marks: str, alternatives: list[Alternative]) -> list[Alternative]:
    """Names the same digits with other marks after the first choice, which gives up a third of its probability."""
    first, *rest = alternatives
    share = first.probability / 3
    return [Alternative(first.text, first.probability - share), Alternative(marks, share), *rest][:MOST_ALTERNATIVES]


def _alternatives(read: RowRead, text: str, confidence: float) -> list[Alternative]:
    """The first choice, and other numbers with their share of what it leaves."""
    scores: dict[str, float] = {}
    named = {digits_of(text): text}
    for score, other in [
        *((each.score, each.text.text) for each in read.candidates),
        *((each.score, each.text) for each in read.others),
    ]:
        kept = other.strip(OTHER)
        number = digits_of(kept)
        if number and OTHER not in kept:
            named.setdefault(number, kept)
            scores[number] = max(scores.get(number, -np.inf), score)
    first = scores.pop(digits_of(text), 0.0)
    others = sorted(scores, key=lambda number: -scores[number])[: MOST_ALTERNATIVES - 1]
    shares = np.exp([SHARPNESS * (scores[number] - first) for number in others])
    shares *= (1 - confidence) / max(float(shares.sum()), 1e-9)
    rest = [Alternative(named[number], float(share)) for number, share in zip(others, shares, strict=True)]
    return [Alternative(text, confidence), *(each for each in rest if each.probability >= LEAST_PROBABILITY)]


def _with_digit_network(read: RowRead, text: str, alternatives: list[Alternative]) -> list[Alternative]:
    """Names what the digit network reads too, after the first choice."""
    kept = [each for each in read.best.characters if each.character != OTHER]
    other = "".join(str(each.judgement.label) if each.judgement else each.character for each in kept)
    if any(each.text == other for each in alternatives):
        return alternatives
    first, *rest = alternatives
    share = min(first.probability, max(1 - first.probability, 0.0) / 2)
    return [first, Alternative(other, share), *rest][:MOST_ALTERNATIVES]


def sentence(reading: Reading) -> str:
    """The reason as a sentence for people; empty without a reason."""
    return reason_sentence(reading.reason, reading.text, [each.text for each in reading.alternatives])


def reason_sentence(reason: str, text: str, texts: list[str]) -> str:
    """The sentence for a code of REASONS; empty without a code. text: the first choice; texts: it and the others."""
    others = [each for each in texts if each != text] or texts
    return REASONS.get(reason, "").format(texts=_joined(texts), others=_joined(others), text=text)


def _joined(texts: list[str]) -> str:
    return " or ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
