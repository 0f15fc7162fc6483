"""Batches of lines of equal width, varied cheaply each time that they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.alphabet import encode
from classifier.recognition.lines.inference import to_line_scale
from training.synthesis.lines.parts import Lines

NO_CHARACTER = -1  # after the end of a shorter text
MIXED = 4  # parts whose lines are shown in mixed order
GAINS = (0.65, 1.25)  # by which a line is made fainter or darker
UNDIRECTED = 0.1  # share of the lines of strokes that are shown without the direction of the pen
NOISE = 0.06  # standard deviation, at most, of a pixel's level from 0 to 1

Batch = tuple[NDArray[np.float32], NDArray[np.int32]]  # lines (n, 32, width, PLANES) and their texts (n, longest)


def endless_batches(
    parts: Sequence[Callable[[], Lines]], size: int, seed: int, *, varied: bool = True
) -> Iterator[Batch]:
    """Yields batches without end: each line once in each round, in random order, but never with other widths.

    parts: read their lines when called. A line whose width is rare waits until there are enough for a batch.
    """
    rng = np.random.default_rng(seed)
    waiting: dict[int, list[tuple[NDArray[np.uint8], str]]] = {}
    while True:
        order = rng.permutation(len(parts))
        for start in range(0, len(order), MIXED):
            lines = Lines.joined(parts[number]() for number in order[start : start + MIXED])
            for number in rng.permutation(len(lines)).tolist():
                gathered = waiting.setdefault(lines.images[number].shape[1], [])
                gathered.append((lines.images[number], lines.texts[number]))
                if len(gathered) == size:
                    yield _batch(gathered, rng if varied else None)
                    gathered.clear()


def all_batches(lines: Lines, size: int) -> Iterator[Batch]:
    """Yields all lines once, unvaried."""
    for numbers in alike(lines, size):
        yield _batch([(lines.images[number], lines.texts[number]) for number in numbers], None)


def alike(lines: Lines, size: int) -> Iterator[list[int]]:
    """Yields the numbers of at most `size` lines of the same width, until all lines are named."""
    widths = np.array([image.shape[1] for image in lines.images])
    for width in np.unique(widths).tolist():
        numbers = np.flatnonzero(widths == width).tolist()
        for start in range(0, len(numbers), size):
            yield numbers[start : start + size]


def _batch(lines: Sequence[tuple[NDArray[np.uint8], str]], rng: np.random.Generator | None) -> Batch:
    images = to_line_scale(np.stack([image for image, _ in lines]))
    longest = max(1, *(len(text) for _, text in lines))
    texts = np.full((len(lines), longest), NO_CHARACTER, np.int32)
    for row, (_, text) in zip(texts, lines, strict=True):
        row[: len(text)] = encode(text)
    return (images if rng is None else vary(images, rng)), texts


def vary(images: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The lines (n, 32, width, PLANES) a row higher or lower, their ink fainter or darker, and with noise.

    Of some lines the network does not see the direction of the pen.
    """
    of_each = (len(images), 1, 1)
    moved = np.roll(images, int(rng.integers(-1, 2)), 1)
    ink = moved[..., 0] * rng.uniform(*GAINS, of_each).astype(np.float32)
    ink += rng.standard_normal(ink.shape, np.float32) * rng.uniform(0, NOISE, of_each).astype(np.float32)
    moved[..., 0] = np.clip(ink, 0, 1)
    moved[rng.random(len(images)) < UNDIRECTED, ..., 1:] = 0
    return moved
