"""What to say about a network's answer: a digit, unsure, or not a digit, and why.

A temperature softens the probabilities, and an out-of-distribution score says how unlike a digit the picture is.
Weights and thresholds are stored with each model version (`calibration` in its metadata); without them the verdict is
always a digit.
Source: Guo et al., "On calibration of modern neural networks", 2017, for the temperature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calibration import INK, Calibration, Rows, calibrated
from .classes import Verdict
from .inference import ranked
from .wording import alternatives

FULL_SHARE = 0.8  # share of ink in its bounding box from which no digit can be seen
FULL_BOX = 100  # px² that the bounding box must exceed: a 1 fills its box too
LEAST_PROBABILITY = 0.05  # of a third digit that is named

# Code: the sentence for people. {digits} becomes words, such as "a 1 or a 7". Codes are stored and stay.
REASONS: dict[str, str] = {
    "close": "It could be {digits}.",
    "odd": "It does not look quite like a digit. If it is one, it could be {digits}.",
    "several_shapes": "There seem to be several shapes here. If it is one digit, it could be {digits}.",
    "two_digits": "This looks like more than one digit. Draw them one by one, or have them read as a number.",
    "drawing": "This looks like a letter, a sign or a scribble, not like a digit from 0 to 9.",
    "picture": "This looks like a picture of something else, not like a digit from 0 to 9.",
    "full": "Nearly all of it is ink, so no digit can be seen.",
}


@dataclass(frozen=True)
class Judgement:
    """What the site says about one picture."""

    verdict: Verdict
    reason: str  # of REASONS, or empty
    label: int  # the first choice
    confidence: float  # of the first choice, calibrated
    probabilities: list[float]  # of the digits 0 to 9, calibrated; they add up to 1
    candidates: list[int]  # the digits it could be, the most probable first; empty when it is not a digit


def judge(
    logits: NDArray[np.floating[Any]],
    features: NDArray[np.floating[Any]],
    pixels: NDArray[np.uint8],
    hints: dict[str, Any],
    calibration: Calibration | None,
) -> Judgement:
    """Judges one picture: `judge_rows` without the first axis."""
    return judge_rows(logits[np.newaxis], features[np.newaxis], pixels[np.newaxis], [hints], calibration)[0]


def judge_rows(
    logits: Rows,
    features: Rows,
    pixels: NDArray[np.uint8],
    hints: Sequence[dict[str, Any]],
    calibration: Calibration | None,
) -> list[Judgement]:
    """Judges n pictures.

    logits: (n, 10); features: (n, k), the last hidden layer; pixels: (n, 28, 28), the network's input;
    hints: n of FoundDigit.hints; calibration: of the model version.

    Several large components in one digit are a reason for doubt, but never alone for a refusal.
    """
    probabilities = calibrated(logits, calibration).tolist()
    if calibration is None:
        return [Judgement(Verdict.DIGIT, "", *ranked(row)[0], row, [ranked(row)[0][0]]) for row in probabilities]
    scores = calibration.scores(logits, features, pixels).tolist()
    return [_judged(*row, calibration) for row in zip(probabilities, scores, pixels, hints, strict=True)]


def _judged(
    probabilities: list[float],
    ood_score: float,
    pixels: NDArray[np.uint8],
    hints: dict[str, Any],
    calibration: Calibration,
) -> Judgement:
    order = ranked(probabilities)
    label, confidence = order[0]
    verdict, reason, candidates = Verdict.DIGIT, "", [label]
    is_odd, is_several = ood_score >= calibration.doubt_from[label], _component_count(hints) > 1
    if ood_score >= calibration.refuse_from or (is_odd and is_several):
        verdict, reason, candidates = Verdict.NOT_A_DIGIT, _reason_for_refusal(pixels, hints), []
    elif is_odd or is_several or confidence < calibration.sure_from:
        reason = "several_shapes" if is_several else "odd" if is_odd else "close"
        verdict, candidates = Verdict.UNSURE, possible(order)
    return Judgement(verdict, reason, label, confidence, probabilities, candidates)


def _component_count(hints: dict[str, Any]) -> int:
    """The number of large components in one digit. Stored hints name it `shapes`, and older ones may lack it."""
    return int(hints.get("shapes", 1))


def possible(order: list[tuple[int, float]]) -> list[int]:
    """The first two choices, and the third if its probability is at least a third of the second's.

    order: as returned by `ranked`.
    """
    third, probability = order[2]
    is_near = probability >= max(LEAST_PROBABILITY, order[1][1] / 3)
    return [digit for digit, _ in order[:2]] + ([third] if is_near else [])


def _reason_for_refusal(pixels: NDArray[np.uint8], hints: dict[str, Any]) -> str:
    rows, columns = np.nonzero(pixels >= INK)
    box = max(1, int(np.ptp(rows) + 1) * int(np.ptp(columns) + 1)) if len(rows) else 1
    if len(rows) > FULL_SHARE * box and box > FULL_BOX:
        return "full"
    if 2 <= _component_count(hints) <= 4:
        return "two_digits"
    return "drawing" if hints.get("is_sketch", True) else "picture"


def sentence(reason: str, candidates: Sequence[int] = ()) -> str:
    """A reason as a sentence for people; empty for an empty reason."""
    return REASONS.get(reason, "").format(digits=alternatives(candidates))
