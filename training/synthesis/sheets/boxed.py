"""Drawing many digits in boxes of sheets, in several processes, to learn from; see `cutting`.

The same count, seed and scans give the same digits for any number of processes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from classifier.recognition.preprocessing import pipeline
from training.synthesis import cache
from training.synthesis.cache import Part
from training.synthesis.lines.scans import named, read_scans, write_scans
from training.synthesis.processes import in_processes
from training.synthesis.steps import Count, not_begun

VERSION = 1  # increase it when the same seed gives other digits, so also with `pages.VERSION`
PART = 1_000  # digits that one process draws at a time


def draw_boxed(
    named_scans: tuple[str, Part],
    count: int,
    seed: int,
    folder: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    begin: Count = not_begun,
) -> Part:
    """Digits in boxes: read from `folder` if they are there, else drawn and kept there.

    named_scans: the name of a source of digits that people wrote, and the digits: images (n, 28, 28) and labels (n,).
    begin: is told how many have to be drawn, if any. should_stop, and what `begin` returns: called twice a second if
    there is more than one part. Raises DrawingStopped, and OSError if the disk is full.
    """
    name, scans = named_scans
    path = folder / name_of(name, count, seed) if folder else None
    if path and (kept := cache.read(path)):
        return kept
    advance = begin(count)
    with TemporaryDirectory() as shared:
        file = Path(shared) / "scans.npz"
        write_scans(file, scans)
        sizes = [min(PART, count - start) for start in range(0, count, PART)]
        work = partial(_draw_part, file, seed)
        whole = cache.joined(list(in_processes(work, list(enumerate(sizes)), should_stop, advance)))
    if path:
        cache.keep(path, whole)
    return whole


def is_kept(scans: str, count: int, seed: int, folder: Path) -> bool:
    """Whether `draw_boxed` would read these digits instead of drawing them."""
    return (folder / name_of(scans, count, seed)).exists()


def name_of(scans: str, count: int, seed: int) -> str:
    """The name of the file, which changes with any version that would draw other digits."""
    return f"boxed-{VERSION}-{pipeline.VERSION}-{named(scans)}-{count}-{seed}.npz"


def _draw_part(scans: Path, seed: int, job: tuple[int, int]) -> Part:
    from .cutting import draw_digits  # it loads OpenCV, and pages that estimate the time of a run import this module

    number, count = job
    return draw_digits(count, np.random.default_rng((seed, number, 2)), read_scans(scans))
