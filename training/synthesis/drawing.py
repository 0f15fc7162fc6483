"""Drawing many pictures at once, generated digits or outliers, in several processes.

The same count and seed give the same pictures for any number of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing import pipeline
from classifier.recognition.preprocessing.strokes import Sketch, render
from training.synthesis.outliers import kinds, paper

from . import cache, handwriting
from .cache import Part
from .handwriting import PAD
from .processes import count_one, in_processes
from .steps import Advance, Count, not_begun

PART = 1_000  # pictures that one process draws at a time
DRAWN, FEWEST_DRAWN = 5_000, 300  # for a calibration: digits, and as many outliers, at most and at least
SEED_OFFSET = 500_000  # from the seed of the training, so that calibration draws other pictures


def digits(count: int, seed: int, number: int) -> Part:
    """Generated digits: half as sketches on the pad, the others with another pen or as pictures, mostly of paper."""
    rng = np.random.default_rng((seed, number, 1))
    drawn = list(handwriting.draw_digits(count, (seed, number), rare=handwriting.RARE))
    images = np.stack([_to_image(digit.sketch, rng) for digit in drawn])
    return images, np.array([digit.label for digit in drawn], np.uint8)


def _to_image(sketch: Sketch, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The network's input, (28, 28), for a sketch that arrives by one of several routes."""
    count_one()
    route = rng.random()
    if route < 0.15:
        return handwriting.with_pen(sketch, rng.uniform(0.05, 0.28))
    if route < 0.5:
        if rng.random() < 0.5:
            sketch = handwriting.redrawn(sketch, float(np.exp(rng.uniform(*np.log(handwriting.PENS)))))
        picture = render(sketch)
        if route < 0.25:
            return pipeline.to_model_input(255 - picture)
        left, top, right, bottom = Image.fromarray(picture).getbbox() or (0, 0, PAD, PAD)
        try:
            return kinds.frame_outlier(paper.on_paper(picture[top:bottom, left:right], rng)).pixels
        except NoInk:  # the picture was too faint
            pass
    return pipeline.sketch_to_model_input(sketch)


def outliers(count: int, seed: int, number: int) -> Part:
    images, _ = kinds.draw_outliers(count, seed * 100_003 + number)
    return images, np.full(len(images), NOT_A_DIGIT, np.uint8)


MAKERS: dict[str, Callable[[int, int, int], Part]] = {"digits": digits, "outliers": outliers}


def draw(
    kind: str,
    count: int,
    seed: int,
    folder: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    begin: Count = not_begun,
) -> Part:
    """Pictures of a kind, `digits` or `outliers`; see `draw_kinds`."""
    return draw_kinds([kind], count, seed, folder, should_stop, begin)[0]


def draw_kinds(
    wanted: Iterable[str],
    count: int,
    seed: int,
    folder: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    begin: Count = not_begun,
) -> list[Part]:
    """Pictures of each kind: read from `folder` if they are there, else drawn and kept there.

    begin: is told how many have to be drawn, if any. should_stop, and what `begin` returns: called twice a second if
    a kind has more than one part. Raises DrawingStopped.
    """
    paths = {kind: folder / name_of(kind, count, seed) if folder else None for kind in wanted}
    pictures = {kind: kept for kind, path in paths.items() if path and (kept := cache.read(path))}
    if missing := [kind for kind in paths if kind not in pictures]:
        advance = begin(count * len(missing))
        for kind, parts in _draw_parts(missing, count, seed, should_stop, advance).items():
            pictures[kind] = cache.joined(parts)
            if path := paths[kind]:
                cache.keep(path, pictures[kind])
    return [pictures[kind] for kind in paths]


def draw_for_calibration(images: int, seed: int, folder: Path | None = None, begin: Count = not_begun) -> list[Part]:
    """Generated digits and outliers that no training with this seed has seen, to calibrate with so many images."""
    return draw_kinds(MAKERS, drawn_for(images), seed + SEED_OFFSET, folder, begin=begin)


def drawn_for(images: int) -> int:
    """How many digits, and as many outliers, are drawn for a calibration on this many images."""
    return min(max(images, FEWEST_DRAWN), DRAWN)


def name_of(kind: str, count: int, seed: int) -> str:
    """The name of the file, which changes with any version that would draw other pictures."""
    versions = f"{handwriting.VERSION}-{pipeline.VERSION}" + (f"-{kinds.VERSION}" if kind == "outliers" else "")
    return f"{kind}-{versions}-{count}-{seed}.npz"


def is_kept(kind: str, count: int, seed: int, folder: Path) -> bool:
    """Whether `draw` would read these pictures instead of drawing them."""
    return (folder / name_of(kind, count, seed)).exists()


def _draw_parts(
    missing: list[str], count: int, seed: int, should_stop: Callable[[], bool], advance: Advance
) -> dict[str, list[Part]]:
    """Returns the parts of each kind."""
    sizes = [min(PART, count - start) for start in range(0, count, PART)]
    jobs = [(kind, size, seed, number) for kind in missing for number, size in enumerate(sizes)]
    few = len(sizes) == 1
    parts = list(map(_draw_part, jobs) if few else in_processes(_draw_part, jobs, should_stop, advance))
    return {kind: parts[number * len(sizes) :][: len(sizes)] for number, kind in enumerate(missing)}


def _draw_part(job: tuple[str, int, int, int]) -> Part:
    kind, count, seed, number = job
    return MAKERS[kind](count, seed, number)
