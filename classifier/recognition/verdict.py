"""What to say of a network's answer: a digit, unsure, or not a digit, and why.

The probabilities are softened by a temperature. How unlike a digit a picture is, is one number, its strangeness:
made of the logits' energy, of the distance to what each digit looks like in the last hidden layer, and of plain
geometry of the 28×28 pixels, by a small network of its own. The weights and thresholds travel with each model
version in its metadata (`calibration`, written by the training); a version without them always answers a digit.
Sources: Guo et al., "On calibration of modern neural networks", 2017, for the temperature; Liu et al.,
"Energy-based out-of-distribution detection", 2020; Lee et al., "A simple unified framework for detecting
out-of-distribution samples", 2018, for the distances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calibration import Calibration, calibrated
from .classes import Verdict
from .inference import ranked
from .outliers import INK, Rows, inputs_of
from .wording import alternatives

FULL = 0.8  # share of ink in its box from which there is no seeing what it is
LEAST = 0.05  # probability below which a third digit is not named

# Code: the sentence a person reads. {digits} is put in words: "a 1 or a 7".
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
    verdict: Verdict
    reason: str  # of REASONS, or empty
    label: int  # the first choice
    confidence: float  # of the first choice, calibrated
    probabilities: list[float]  # of the digits 0 to 9, calibrated; they add up to 1
    candidates: list[int]  # the digits it could be, the most probable first; none when it is not a digit


def judge(
    logits: NDArray[np.floating[Any]],
    features: NDArray[np.floating[Any]],
    pixels: NDArray[np.uint8],
    hints: dict[str, Any],
    calibration: Calibration | None,
) -> Judgement:
    """One picture: as judge_rows, without the first axis."""
    return judge_rows(logits[np.newaxis], features[np.newaxis], pixels[np.newaxis], [hints], calibration)[0]


def judge_rows(
    logits: Rows,
    features: Rows,
    pixels: NDArray[np.uint8],
    hints: Sequence[dict[str, Any]],
    calibration: Calibration | None,
) -> list[Judgement]:
    """logits: shape (n, 10); features: (n, k), the last hidden layer; pixels: (n, 28, 28), what the network was given;
    hints: n of preprocessing.FoundDigit; calibration: of the model version.

    Several large shapes where one digit is read are reason to doubt, but never alone to refuse.
    """
    likely = calibrated(logits, calibration).tolist()
    if calibration is None:
        return [Judgement(Verdict.DIGIT, "", *ranked(row)[0], row, [ranked(row)[0][0]]) for row in likely]
    strangeness = calibration.strangeness.of(inputs_of(logits, features, pixels, calibration.space)).tolist()
    return [_judged(*row, calibration) for row in zip(likely, strangeness, pixels, hints, strict=True)]


def _judged(
    probabilities: list[float],
    strangeness: float,
    pixels: NDArray[np.uint8],
    hints: dict[str, Any],
    calibration: Calibration,
) -> Judgement:
    order = ranked(probabilities)
    label, confidence = order[0]
    verdict, reason, candidates = Verdict.DIGIT, "", [label]
    is_strange, is_several = strangeness >= calibration.doubt_from[label], hints.get("shapes", 1) > 1
    if strangeness >= calibration.refuse_from or (is_strange and is_several):
        verdict, reason, candidates = Verdict.NOT_A_DIGIT, _why_no_digit(pixels, hints), []
    elif is_strange or is_several or confidence < calibration.sure_from:
        reason = "several_shapes" if is_several else "odd" if is_strange else "close"
        verdict, candidates = Verdict.UNSURE, possible(order)
    return Judgement(verdict, reason, label, confidence, probabilities, candidates)


def possible(order: list[tuple[int, float]]) -> list[int]:
    """The first choice, the second, and the third when it is not far behind it. order: as `ranked` gives it."""
    third, probability = order[2]
    return [digit for digit, _ in order[:2]] + ([third] if probability >= max(LEAST, order[1][1] / 3) else [])


def _why_no_digit(pixels: NDArray[np.uint8], hints: dict[str, Any]) -> str:
    rows, columns = np.nonzero(pixels >= INK)
    box = max(1, int(np.ptp(rows) + 1) * int(np.ptp(columns) + 1)) if len(rows) else 1
    if len(rows) > FULL * box and box > 100:
        return "full"
    if 2 <= hints.get("shapes", 1) <= 4:
        return "two_digits"
    return "drawing" if hints.get("is_sketch", True) else "picture"


def sentence(reason: str, candidates: Sequence[int] = ()) -> str:
    """A reason as people read it; empty for none."""
    return REASONS.get(reason, "").format(digits=alternatives(candidates))
