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
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .inference import ranked

VERSION = 1  # of the calibration's form; another is not read
INK = 96  # grey level from which a pixel of the 28×28 counts as ink
FULL = 0.8  # share of ink in its box from which there is no seeing what it is
LEAST = 0.05  # probability below which a third digit is not named
FURTHEST = 6.0  # standard deviations: beyond, an input says no more
DIGIT, UNSURE, NOT_A_DIGIT = "digit", "unsure", "not_a_digit"  # of Prediction.Verdict

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

Rows = NDArray[np.floating]  # (n, …), one row a picture


@dataclass(frozen=True)
class Judgement:
    verdict: str  # of Prediction.Verdict
    reason: str  # of REASONS, or empty
    label: int  # the first choice
    confidence: float  # of the first choice, calibrated
    probabilities: list[float]  # of the digits 0 to 9, calibrated; they add up to 1
    candidates: list[int]  # the digits it could be, the most probable first; none when it is not a digit


@dataclass(frozen=True)
class Space:
    """The last hidden layer, seen along its main directions, and where each digit lies in it."""

    centre: NDArray[np.float64]  # (k,)
    directions: NDArray[np.float64]  # (k, d), scaled so that digits vary by 1 about their centroid in each
    centroids: NDArray[np.float64]  # (10, d)

    def locate(self, features: Rows) -> tuple[Rows, Rows]:
        """features: (n, k). Returns places (n, d) and squared distances to each digit's centroid (n, 10)."""
        places = (features - self.centre) @ self.directions
        squares = (places**2).sum(1, keepdims=True) - 2 * places @ self.centroids.T + (self.centroids**2).sum(1)
        return places, squares


@dataclass(frozen=True)
class Strangeness:
    """A network of one hidden layer that tells digits from all else: log-odds of "not a digit"."""

    middle: NDArray[np.float64]  # (m,) of the inputs
    spread: NDArray[np.float64]  # (m,)
    hidden: NDArray[np.float64]  # (m, h)
    hidden_bias: NDArray[np.float64]  # (h,)
    output: NDArray[np.float64]  # (h,)
    output_bias: float

    def of(self, inputs: Rows) -> Rows:
        """inputs: (n, m). Returns (n,)."""
        scaled = np.clip((inputs - self.middle) / self.spread, -FURTHEST, FURTHEST)
        return np.asarray(np.tanh(scaled @ self.hidden + self.hidden_bias) @ self.output + self.output_bias)


@dataclass(frozen=True)
class Calibration:
    """How to read one network's outputs; see `training.calibration`, which makes it."""

    temperature: float
    space: Space
    strangeness: Strangeness
    refuse_from: float  # strangeness
    doubt_from: NDArray[np.float64]  # (10,), strangeness, by the first choice
    sure_from: float  # confidence of the first choice

    @classmethod
    def of(cls, given: dict[str, Any] | None) -> Self | None:
        """Of a version's metadata; None where there is none, or one of another form."""
        if not given or given.get("version") != VERSION:
            return None
        space, strangeness = given["space"], given["strangeness"]
        return cls(
            temperature=float(given["temperature"]),
            space=Space(**{name: np.array(value, np.float64) for name, value in space.items()}),
            strangeness=Strangeness(
                **{name: np.array(value, np.float64) for name, value in strangeness.items() if name != "output_bias"},
                output_bias=float(strangeness["output_bias"]),
            ),
            refuse_from=float(given["refuse_from"]),
            doubt_from=np.full(10, given["doubt_from"], np.float64),  # of earlier versions one number for all
            sure_from=float(given["sure_from"]),
        )


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
    hints: n of preprocessing.Found; calibration: of the model version.

    Several large shapes where one digit is read are reason to doubt, but never alone to refuse.
    """
    likely = calibrated(logits, calibration).tolist()
    if calibration is None:
        return [Judgement(DIGIT, "", *ranked(row)[0], row, [ranked(row)[0][0]]) for row in likely]
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
    verdict, reason, candidates = DIGIT, "", [label]
    is_strange, is_several = strangeness >= calibration.doubt_from[label], hints.get("shapes", 1) > 1
    if strangeness >= calibration.refuse_from or (is_strange and is_several):
        verdict, reason, candidates = NOT_A_DIGIT, _why_no_digit(pixels, hints), []
    elif is_strange or is_several or confidence < calibration.sure_from:
        reason = "several_shapes" if is_several else "odd" if is_strange else "close"
        verdict, candidates = UNSURE, possible(order)
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
    return REASONS.get(reason, "").format(digits=in_words(candidates))


def in_words(digits: Sequence[int]) -> str:
    """ "a 1, a 7 or an 8" """
    named = [f"an {digit}" if digit == 8 else f"a {digit}" for digit in digits]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def calibrated(logits: Rows, calibration: Calibration | None) -> NDArray[np.float64]:
    """logits: (n, 10). Returns probabilities (n, 10), each row adding up to 1."""
    return calibrated_at(logits, calibration.temperature if calibration else 1.0)


def calibrated_at(logits: Rows, temperature: float) -> NDArray[np.float64]:
    powers = np.exp((logits - logits.max(1, keepdims=True)).astype(np.float64) / temperature)
    probabilities: NDArray[np.float64] = powers / powers.sum(1, keepdims=True)
    return probabilities


def inputs_of(logits: Rows, features: Rows, pixels: NDArray[np.uint8], space: Space) -> NDArray[np.float64]:
    """What strangeness is made of, (n, m): logits (n, 10), features (n, k), pixels (n, 28, 28)."""
    places, squares = space.locate(features)
    distances = np.sqrt(np.maximum(squares, 0))
    ordered = np.sort(logits, 1)
    inputs = np.empty((len(logits), FIXED + places.shape[1]))
    inputs[:, 0] = ordered[:, -1] + np.log(np.exp(ordered - ordered[:, -1:]).sum(1))  # the energy, negative
    inputs[:, 1] = ordered[:, -1] - ordered[:, -2]
    inputs[:, 2:4] = np.sort(distances, 1)[:, :2]
    inputs[:, 4] = distances[np.arange(len(logits)), logits.argmax(1)]
    inputs[:, 5:FIXED] = geometry(pixels)
    inputs[:, FIXED:] = places
    return inputs


def geometry(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n, 10) of pixels (n, 28, 28): share of ink; share of pixels neither ink nor ground; mean and most strokes met
    along a row and along a column; height and width in px; pieces less holes, at most 6 either way; how far the
    ink lies from the middle in px.
    """
    count = len(pixels)
    flat = pixels.reshape(count, -1)
    ink = np.zeros((count, 30, 30), np.uint8)  # with ground all round
    ink[:, 1:-1, 1:-1] = pixels >= INK
    in_rows = (ink[:, :, 1:] > ink[:, :, :-1]).sum(2)  # where a stroke begins
    in_columns = (ink[:, 1:] > ink[:, :-1]).sum(1)
    height, width = np.count_nonzero(in_rows, 1), np.count_nonzero(in_columns, 1)
    # The Euler number by 2×2 quads, diagonal neighbours counting as joined. Source: Gray, 1971.
    pairs = ink[:, :, :-1] + 2 * ink[:, :, 1:]
    euler = QUADS[pairs[:, :-1] + 4 * pairs[:, 1:]].reshape(count, -1).sum(1) / 4
    found = np.empty((count, 10))
    found[:, 0] = flat.mean(1) / 255
    found[:, 1] = np.count_nonzero((flat > 40) & (flat < 215), 1) / flat.shape[1]
    found[:, 2], found[:, 3] = in_rows.sum(1) / np.maximum(height, 1), in_rows.max(1)
    found[:, 4], found[:, 5] = in_columns.sum(1) / np.maximum(width, 1), in_columns.max(1)
    found[:, 6], found[:, 7] = height, width
    found[:, 8] = np.clip(euler, -6, 6)
    found[:, 9] = np.sqrt(flat @ FROM_MIDDLE / np.maximum(flat.sum(1), 1))
    return found


FIXED = 15  # inputs besides the places in the last hidden layer
QUADS = np.array([0, 1, 1, 0, 1, 0, -2, -1, 1, -2, 0, -1, 0, -1, -1, 0], np.int8)
FROM_MIDDLE = np.add.outer(*2 * [(np.arange(28) - 14.0) ** 2]).ravel()  # squared, in px
