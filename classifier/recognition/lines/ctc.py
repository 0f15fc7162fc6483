"""From the frames of the line network to texts, and from a text to where its characters are.

The network says for each frame which character it shows, or BLANK between two characters (connectionist temporal
classification). Texts are tuples of classes here.
Sources: Graves et al., "Connectionist temporal classification", 2006; Hannun et al., "First-pass large vocabulary
continuous speech recognition using bi-directional recurrent DNNs", 2014, for the prefix search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .alphabet import BLANK

Classes = tuple[int, ...]

SURELY_BLANK = 0.999  # probability from which frames are put together
LEAST = 1e-7  # probability of any class: one frame alone never excludes a text
WORTH_TRYING = 2e-3  # probability from which a character extends a text


@dataclass(frozen=True)
class Frames:
    """Probabilities of the classes from left to right. Neighbouring frames that are surely blank are one."""

    probabilities: NDArray[np.float64]  # (n, classes), each row adds up to 1
    places: NDArray[np.float64]  # (n,), middle of each, in frames of the network

    @classmethod
    def of(cls, logits: NDArray[np.floating[Any]]) -> Frames:
        """logits: (frames, classes)."""
        powers = np.exp((logits - logits.max(1, keepdims=True)).astype(np.float64))
        probabilities = powers / powers.sum(1, keepdims=True)
        blank = probabilities[:, BLANK] > SURELY_BLANK
        starts = np.flatnonzero(~blank | np.r_[True, ~blank[:-1]])
        lengths = np.diff(starts, append=len(probabilities))
        kept = np.maximum(probabilities[starts], LEAST)
        return cls(kept / kept.sum(1, keepdims=True), starts + (lengths - 1) / 2)


def best_texts(frames: Frames, count: int, width: int = 8) -> list[Classes]:
    """The most probable texts, the best first: a prefix search that keeps `width` texts at each frame."""
    beam: dict[Classes, tuple[float, float]] = {(): (1.0, 0.0)}  # probability if the last frame is blank, and if not
    for row in frames.probabilities.tolist():
        tried = [number for number, share in enumerate(row[:BLANK]) if share > WORTH_TRYING]
        extended: dict[Classes, tuple[float, float]] = {}
        for text, (after_blank, after_character) in beam.items():
            total = after_blank + after_character
            blank, same = extended.get(text, (0.0, 0.0))
            repeated = after_character * row[text[-1]] if text else 0.0
            extended[text] = blank + total * row[BLANK], same + repeated
            for number in tried:
                before = after_blank if text and text[-1] == number else total
                longer = (*text, number)
                blank, same = extended.get(longer, (0.0, 0.0))
                extended[longer] = blank, same + before * row[number]
        best = sorted(extended.items(), key=lambda item: -sum(item[1]))[:width]
        scale = 1 / sum(best[0][1])
        beam = {text: (blank * scale, same * scale) for text, (blank, same) in best}
    return list(beam)[:count]


def log_likelihoods(frames: Frames, texts: Sequence[Classes]) -> NDArray[np.float64]:
    """The natural logarithm of the probability of each text, (texts,): of all its alignments together."""
    states, skips = _states(texts)
    ends = np.array([2 * len(text) for text in texts])
    reached = np.zeros(states.shape)
    reached[:, :2] = frames.probabilities[0][states[:, :2]]
    reached[ends == 0, 1:] = 0
    total = np.zeros(len(texts))
    for row in frames.probabilities[1:]:
        moved = reached.copy()
        moved[:, 1:] += reached[:, :-1]
        moved[:, 2:] += reached[:, :-2] * skips[:, 2:]
        reached = moved * row[states]
        scale = np.maximum(reached.max(1), 1e-300)
        reached /= scale[:, None]
        total += np.log(scale)
    numbers = np.arange(len(texts))
    last = reached[numbers, ends] + np.where(ends > 0, reached[numbers, ends - 1], 0)
    return np.asarray(total + np.log(np.maximum(last, 1e-300)))


def _states(texts: Sequence[Classes]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The classes of each text with blanks around its characters, (texts, 2 × longest + 1), and which may be reached
    from the character before the last blank: those that differ from it."""
    longest = max(1, *map(len, texts)) if texts else 1
    states = np.full((len(texts), 2 * longest + 1), BLANK)
    for row, text in zip(states, texts, strict=True):
        row[1 : 2 * len(text) : 2] = text
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = (states[:, 2:] != BLANK) & (states[:, 2:] != states[:, :-2])
    return states, skips


@dataclass(frozen=True)
class Aligned:
    """Where a character is, in frames of the network."""

    first: float
    centre: float
    last: float
    probability: float  # of the character in its best frame


def has_room(frames: Frames, text: Classes) -> bool:
    """Whether there is a frame for each character, and for a blank between two that are the same."""
    return len(text) + sum(one == next_one for one, next_one in pairwise(text)) <= len(frames.places)


def align(frames: Frames, text: Classes) -> list[Aligned]:
    """Where each character of a text is, by the most probable alignment. Raises ValueError unless it has room."""
    (states,), (skips,) = _states([text])
    scores = np.log(frames.probabilities)[:, states]  # (frames, states)
    best = np.full(len(states), -np.inf)
    best[:2] = scores[0, :2]
    steps = np.zeros(scores.shape, np.int8)
    for number in range(1, len(scores)):
        ways = np.full((3, len(states)), -np.inf)
        ways[0], ways[1, 1:] = best, best[:-1]
        ways[2, 2:] = np.where(skips[2:], best[:-2], -np.inf)
        steps[number] = ways.argmax(0)
        best = ways.max(0) + scores[number]
    state = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    if not np.isfinite(best[state]):
        raise ValueError(f"{len(text)} characters do not fit into {len(scores)} frames.")
    of_frame = np.empty(len(scores), int)
    for number in range(len(scores) - 1, -1, -1):
        of_frame[number] = state
        state -= int(steps[number, state])
    return [_place(frames, np.flatnonzero(of_frame == 2 * position + 1), own) for position, own in enumerate(text)]


def _place(frames: Frames, numbers: NDArray[np.intp], own: int) -> Aligned:
    shares, places = frames.probabilities[numbers, own], frames.places[numbers]
    centre = float(shares @ places / shares.sum())
    return Aligned(float(places[0]), centre, float(places[-1]), float(shares.max()))
