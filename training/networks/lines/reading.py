"""What a line network reads, and how much of it is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.alphabet import BLANK, DIGITS, OTHER, decode
from classifier.recognition.wording import percent
from training.synthesis.lines.parts import Lines

from .batches import alike

AT_ONCE = 64  # lines
LONG = 5  # digits of a number from which it counts as long
KINDS = ("short numbers", "long numbers", "numbers with marks", "lines with other signs")

Logits = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # lines (n, 32, width, PLANES) → (n, frames, CLASSES)


@dataclass(frozen=True)
class LineEvaluation:
    """How many lines a network reads right. All shares from 0 to 1."""

    images: int
    accuracy: float  # of whole lines
    characters: float  # share of right characters: 1 minus the edits that are needed, for each character
    by_kind: list[dict[str, Any]]  # name, images, accuracy

    @property
    def in_words(self) -> str:
        kinds = "  ".join(f"{each['name']}: {percent(each['accuracy'], 1)}" for each in self.by_kind)
        return f"Characters: {percent(self.characters, 1)}  {kinds}"

    @classmethod
    def of(cls, read: list[str], written: list[str]) -> LineEvaluation:
        right = right_lines(read, written)
        kinds = np.array([kind_of(text) for text in written])
        edits = sum(map(distance, read, written))
        by_kind = [
            {"name": name, "images": int(own.sum()), "accuracy": float(right[own].mean())}
            for name in KINDS
            if (own := kinds == name).any()
        ]
        characters = max(0.0, 1 - edits / max(1, sum(map(len, written))))
        return cls(len(written), float(right.mean()) if written else 0.0, characters, by_kind)


def read_lines(logits: Logits, lines: Lines) -> list[str]:
    """The text that a network reads in each line, along its best path."""
    texts = [""] * len(lines)
    for numbers in alike(lines, AT_ONCE):
        images = np.stack([lines.images[number] for number in numbers])
        for number, frames in zip(numbers, logits(images), strict=True):
            texts[number] = best_path(frames)
    return texts


def best_path(frames: NDArray[np.float32]) -> str:
    """The text of the most probable class of each frame. frames: (n, CLASSES)."""
    classes = frames.argmax(-1)
    begins = np.flatnonzero((classes != BLANK) & (classes != np.r_[BLANK, classes[:-1]]))
    return decode(classes[begins].tolist())


def right_lines(read: list[str], written: list[str]) -> NDArray[np.bool_]:
    return np.array([ours == theirs for ours, theirs in zip(read, written, strict=True)], bool)


def kind_of(text: str) -> str:
    """One of KINDS."""
    if OTHER in text:
        return KINDS[3]
    if any(character not in DIGITS for character in text):
        return KINDS[2]
    return KINDS[len(text) >= LONG]


def distance(a: str, b: str) -> int:
    """The least number of characters to add, remove or replace that makes b of a (Levenshtein, 1965)."""
    row = list(range(len(b) + 1))
    for number, own in enumerate(a, 1):
        before, row[0] = row[0], number
        for at, other in enumerate(b, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (own != other))
    return row[-1]
