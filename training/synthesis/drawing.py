"""Drawing many pictures at once: generated digits and junk, made by several processes and kept for the next time.

The same count and seed give the same pictures on however many processes.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing import pipeline
from classifier.recognition.preprocessing.strokes import Sketch, render
from training.synthesis.outliers import kinds, paper

from . import handwriting
from .handwriting import PAD

Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images (n, 28, 28) and labels (n,)

PART = 1_000  # pictures that one process draws at a time
PROCESSES = 4  # at most
KEPT = 6  # files in the folder, the latest

Asked = TypeVar("Asked")
Made = TypeVar("Made")

log = logging.getLogger(__name__)


class DrawingStopped(Exception):
    """Somebody asked to stop."""


def digits(count: int, seed: int, number: int) -> Part:
    """Half of them as the pad's sketches, the rest with other pens or as pictures, of ink on paper mostly."""
    rng = np.random.default_rng((seed, number, 1))
    drawn = list(handwriting.draw_digits(count, (seed, number)))
    return np.stack([_seen(each.sketch, rng) for each in drawn]), np.array([each.label for each in drawn], np.uint8)


def _seen(sketch: Sketch, rng: np.random.Generator) -> NDArray[np.uint8]:
    kind = rng.random()
    if kind < 0.15:
        return handwriting.with_pen(sketch, rng.uniform(0.05, 0.28))
    if kind < 0.5:
        if rng.random() < 0.5:
            sketch = handwriting.redrawn(sketch, float(np.exp(rng.uniform(*np.log(handwriting.PENS)))))
        picture = render(sketch)
        if kind < 0.25:
            return pipeline.to_model_input(255 - picture)
        left, top, right, bottom = Image.fromarray(picture).getbbox() or (0, 0, PAD, PAD)
        try:
            return kinds.frame_outliers(paper.on_paper(picture[top:bottom, left:right], rng)).pixels
        except NoInk:  # the picture was too faint
            pass
    return pipeline.sketch_to_model_input(sketch)


def outlier_pictures(count: int, seed: int, number: int) -> Part:
    images, _ = kinds.draw_outliers(count, seed * 100_003 + number)
    return images, np.full(len(images), NOT_A_DIGIT, np.uint8)


MAKERS: dict[str, Callable[[int, int, int], Part]] = {"digits": digits, "junk": outlier_pictures}


def draw(
    kind: str, count: int, seed: int, folder: Path | None = None, should_stop: Callable[[], bool] = lambda: False
) -> Part:
    """Pictures of a kind, `digits` or `junk`, from `folder` if they lie there, else drawn and laid there.

    should_stop: asked between parts. Raises DrawingStopped.
    """
    path = folder / name_of(kind, count, seed) if folder else None
    if path and (kept := _read(path)):
        return kept
    parts = _drawn(kind, count, seed, should_stop)
    whole = np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])
    if path:
        _keep(path, whole)
    return whole


def name_of(kind: str, count: int, seed: int) -> str:
    """Of the file; another when other pictures would come out."""
    versions = f"{handwriting.VERSION}-{pipeline.VERSION}" + (f"-{kinds.VERSION}" if kind == "junk" else "")
    return f"{kind}-{versions}-{count}-{seed}.npz"


def _drawn(kind: str, count: int, seed: int, should_stop: Callable[[], bool]) -> list[Part]:
    sizes = [min(PART, count - start) for start in range(0, count, PART)]
    if len(sizes) == 1:
        return [MAKERS[kind](sizes[0], seed, 0)]
    asked = [(kind, size, seed, number) for number, size in enumerate(sizes)]
    return list(in_processes(_make, asked, should_stop))


def in_processes(
    make: Callable[[Asked], Made], asked: list[Asked], should_stop: Callable[[], bool] = lambda: False
) -> Iterator[Made]:
    """What `make`, a function of a module, gives for each that is asked, in their order, made in other processes.

    should_stop: asked after each. Raises DrawingStopped.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    # Started afresh, not forked: TensorFlow may be at work here.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(PROCESSES, len(asked), cores), context, initializer=_end_with_parent) as pool:
        for made in pool.map(make, asked):
            yield made
            if should_stop():
                pool.shutdown(wait=False, cancel_futures=True)
                raise DrawingStopped


def _make(asked: tuple[str, int, int, int]) -> Part:
    kind, count, seed, number = asked
    return MAKERS[kind](count, seed, number)


def _end_with_parent() -> None:
    """In a drawing process: end when the process that wants the pictures is gone."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _read(path: Path) -> Part | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            return file["images"], file["labels"]
    except FileNotFoundError:
        return None
    except Exception:  # a damaged zip file raises what it likes
        log.warning("%s cannot be read; it is drawn anew", path.name)
        return None


def _keep(path: Path, part: Part) -> None:
    """Lay a file down whole, and drop the oldest. A disk that is full only means that it is drawn again."""
    draft = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".npz", delete=False) as file:
            draft = file.name
            np.savez_compressed(file, images=part[0], labels=part[1])
        os.replace(draft, path)
        files = sorted(path.parent.glob("*.npz"), key=lambda each: each.stat().st_mtime)
        for old in files[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("What was drawn cannot be kept: %s", error)
        if draft:
            Path(draft).unlink(missing_ok=True)
