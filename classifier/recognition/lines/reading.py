"""What is written in a row, and where each character is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..preprocessing.found_digit import FoundDigit
from ..verdict import Judgement
from . import ctc
from .alphabet import CHARACTERS, decode
from .cutting import Cut, cut_row
from .framing import DIGIT, Frame, line_image
from .rows import Row

LineNetwork = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # image (32, width) → logits (frames, classes)
DigitNetwork = Callable[[Sequence[FoundDigit]], Sequence[Judgement]]

SCALINGS = (DIGIT, 26.0, 18.5)  # px of the height of the digits: a row is read three times
FRAMES_PER_PX = 0.5
TEXTS = 5  # of each scaling
FEWEST = -60.0  # natural logarithm below which a text counts as impossible


@dataclass(frozen=True)
class Text:
    """A text that a row may show."""

    text: str
    score: float  # natural logarithm of its probability, the mean of the scalings
    scores: NDArray[np.float64]  # (scalings,)


@dataclass(frozen=True)
class Character:
    """A character of a row."""

    character: str
    centre: float  # px of the picture or pad, from the left
    box: tuple[int, int, int, int]  # left, top, right, bottom (exclusive) in px of the picture or pad
    probability: float  # of the line network, in its best frame
    digit: FoundDigit | None = None  # of a digit: as the digit network receives it
    judgement: Judgement | None = None  # of a digit: what the digit network says


@dataclass(frozen=True)
class RowRead:
    """A row as read by both networks, before it is judged."""

    texts: list[Text]  # the best first; at least one
    characters: list[Character]  # of the best text
    frames: list[ctc.Frames]  # of each scaling
    unexplained: float  # share of the ink that no character explains

    @property
    def text(self) -> str:
        return self.texts[0].text


def read_row(row: Row, line_network: LineNetwork, digit_network: DigitNetwork) -> RowRead:
    """Reads a row with both networks."""
    frames, places = _frames(row, line_network)
    texts = rank(frames)
    cuts, unexplained = _cut(row, texts[0], frames, places)
    found = [cut.digit for cut, _, _ in cuts if cut.digit is not None]
    judged = iter(digit_network(found) if found else [])
    characters = [
        Character(
            character,
            cut.centre,
            cut.box,
            probability,
            cut.digit,
            next(judged) if cut.digit is not None else None,
        )
        for cut, character, probability in cuts
    ]
    return RowRead(texts, characters, frames, unexplained)


def _frames(row: Row, line_network: LineNetwork) -> tuple[list[ctc.Frames], list[Frame]]:
    places = [Frame.of(row.ink.shape, row.top, row.bottom, digit) for digit in SCALINGS]
    images = [line_image(row.ink, row.top, row.bottom, 255.0, digit) for digit in SCALINGS]
    return [ctc.Frames.of(line_network(image)) for image in images], places


def rank(frames: Sequence[ctc.Frames]) -> list[Text]:
    """The texts that any scaling finds, ranked by the mean of the logarithms of their probabilities."""
    candidates = sorted({text for each in frames for text in ctc.best_texts(each, TEXTS)})
    scores = np.maximum([ctc.log_likelihoods(each, candidates) for each in frames], FEWEST)
    order = np.argsort(-scores.mean(0), kind="stable")
    return [Text(decode(candidates[at]), float(scores[:, at].mean()), scores[:, at]) for at in order]


def _cut(
    row: Row, text: Text, frames: Sequence[ctc.Frames], places: Sequence[Frame]
) -> tuple[list[tuple[Cut, str, float]], float]:
    """The characters of a text, cut out of the row, each with the line network's probability."""
    classes = tuple(CHARACTERS.index(character) for character in text.text)
    best = int(np.argmax(text.scores))
    aligned = ctc.align(frames[best], classes) if classes else []
    centres = [places[best].column((each.centre + 0.5) / FRAMES_PER_PX) for each in aligned]
    cuts, unexplained = cut_row(row, centres, text.text)
    return [(cut, own, each.probability) for cut, own, each in zip(cuts, text.text, aligned, strict=True)], unexplained
