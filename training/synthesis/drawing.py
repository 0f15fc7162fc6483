"""Drawing many pictures at once, generated digits or outliers, in several processes.

The same count and seed give the same pictures for any number of processes.
"""

from __future__ import annotations

from collections.abc import Callable
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
from .steps import Advance, Count, after, not_begun, not_counted

PART = 1_000  # pictures that one process draws at a time


def digits(count: int, seed: int, number: int) -> Part:
    """Generated digits: half as sketches on the pad, the others with another pen or as pictures, mostly of paper."""
    rng = np.random.default_rng((seed, number, 1))
    drawn = list(handwriting.draw_digits(count, (seed, number)))
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
    """Pictures of a kind, `digits` or `outliers`: read from `folder` if they are there, else drawn and kept there.

    begin: is told how many have to be drawn, if any. should_stop, and what `begin` returns: called twice a second if
    there is more than one part. Raises DrawingStopped.
    """
    path = folder / name_of(kind, count, seed) if folder else None
    if path and (kept := cache.read(path)):
        return kept
    parts = _draw_parts(kind, count, seed, should_stop, begin(count))
    whole = np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])
    if path:
        cache.keep(path, whole)
    return whole


def draw_both(
    count: int,
    seed: int,
    folder: Path,
    should_stop: Callable[[], bool] = lambda: False,
    begin: Count = not_begun,
) -> tuple[Part, Part]:
    """As many generated digits as outliers, drawn in one step; see `draw`."""
    to_draw = {kind: 0 if is_kept(kind, count, seed, folder) else count for kind in MAKERS}
    advance = begin(sum(to_draw.values())) if any(to_draw.values()) else not_counted
    digits = draw("digits", count, seed, folder, should_stop, lambda _: advance)
    return digits, draw("outliers", count, seed, folder, should_stop, lambda _: after(to_draw["digits"], advance))


def name_of(kind: str, count: int, seed: int) -> str:
    """The name of the file, which changes with any version that would draw other pictures."""
    versions = f"{handwriting.VERSION}-{pipeline.VERSION}" + (f"-{kinds.VERSION}" if kind == "outliers" else "")
    return f"{kind}-{versions}-{count}-{seed}.npz"


def is_kept(kind: str, count: int, seed: int, folder: Path) -> bool:
    """Whether `draw` would read these pictures instead of drawing them."""
    return (folder / name_of(kind, count, seed)).exists()


def _draw_parts(kind: str, count: int, seed: int, should_stop: Callable[[], bool], advance: Advance) -> list[Part]:
    sizes = [min(PART, count - start) for start in range(0, count, PART)]
    if len(sizes) == 1:
        return [MAKERS[kind](sizes[0], seed, 0)]
    jobs = [(kind, size, seed, number) for number, size in enumerate(sizes)]
    return list(in_processes(_draw_part, jobs, should_stop, advance))


def _draw_part(job: tuple[str, int, int, int]) -> Part:
    kind, count, seed, number = job
    return MAKERS[kind](count, seed, number)
