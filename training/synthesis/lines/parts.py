"""Drawing many lines in several processes. They are kept in parts, so a training that was stopped draws only the rest.

The same count, seed and scans give the same lines for any number of processes.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.framing import HEIGHT, PLANES
from training.synthesis.cache import Part, write_arrays
from training.synthesis.processes import count_one, in_processes
from training.synthesis.steps import Count, not_begun

from . import drawing
from .ingredients import Ingredient
from .scans import Scans, read_scans, write_scans

PART = 1_000  # lines that one process draws at a time
KEPT = 3  # folders of lines; the oldest are deleted


@dataclass(frozen=True)
class Lines:
    """Lines of several widths, and what is written in each."""

    images: list[NDArray[np.uint8]]  # each (32, width, PLANES)
    texts: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def joined(cls, parts: Iterable[Lines]) -> Lines:
        several = list(parts)
        images = [image for part in several for image in part.images]
        return cls(images, [text for part in several for text in part.texts])

    @property
    def sha256(self) -> str:
        """The checksum of images and texts."""
        digest = hashlib.sha256("\n".join(self.texts).encode())
        for image in self.images:
            digest.update(np.ascontiguousarray(image).data)
        return digest.hexdigest()


@dataclass(frozen=True)
class Series:
    """Lines that are drawn with the same scans and seed, one after another."""

    folder: Path  # that keeps drawn pictures
    scans: str  # names the digits that people wrote; of the same name they are the same
    seed: int
    held_back: bool = False  # see `draw_line`
    without: Ingredient | None = None  # see `draw_line`

    @property
    def own_folder(self) -> Path:
        """The folder of its parts. Its name changes when other lines would be drawn."""
        held = "-held" if self.held_back else ""
        without = f"-without-{self.without.name.lower()}" if self.without else ""
        return self.folder / f"lines-{drawing.VERSION}-{self.scans}-{self.seed}{held}{without}"


def draw_lines(
    series: Series, scans: Part, count: int, should_stop: Callable[[], bool] = lambda: False, begin: Count = not_begun
) -> list[Path]:
    """The files of the first `count` lines of a series, drawn unless they are there; see `read_lines`.

    scans: images (n, 28, 28) of digits that people wrote, and labels (n,). begin: is told how many lines have to be
    drawn, if any. should_stop, and what `begin` returns: called twice a second if there is more than one part.
    Raises DrawingStopped, and OSError if the disk is full.
    """
    folder = series.own_folder
    folder.mkdir(parents=True, exist_ok=True)
    paths = {path: size for path, size in _parts(folder, count)}
    if missing := [path for path in paths if not path.exists()]:
        write_scans(folder / "scans.npz", scans)
        advance = begin(sum(paths[path] for path in missing))
        jobs = [(path, paths[path], series) for path in missing]
        for _ in in_processes(_draw_part, jobs, should_stop, advance):
            pass
        _remove_old(series.folder, folder)
    return list(paths)


def to_draw(series: Series, count: int) -> int:
    """How many of the first `count` lines have to be drawn."""
    return sum(size for path, size in _parts(series.own_folder, count) if not path.exists())


def read_lines(path: Path) -> Lines:
    """The lines of a file that `draw_lines` wrote."""
    with np.load(path, allow_pickle=False) as file:
        pixels, widths, texts = file["pixels"], file["widths"], file["texts"].tolist()
    ends = np.cumsum(widths * HEIGHT * PLANES)
    return Lines([each.reshape(HEIGHT, -1, PLANES) for each in np.split(pixels, ends[:-1])], texts)


def _parts(folder: Path, count: int) -> list[tuple[Path, int]]:
    """The files of the first `count` lines, each with its number of lines."""
    sizes = [min(PART, count - start) for start in range(0, count, PART)]
    return [(folder / f"{number:04}-{size}.npz", size) for number, size in enumerate(sizes)]


def _draw_part(job: tuple[Path, int, Series]) -> None:
    path, count, series = job
    scans = read_scans(path.parent / "scans.npz")
    rng = np.random.default_rng((series.seed, int(path.name[:4]), series.held_back))
    lines = [_draw_one(rng, scans, series) for _ in range(count)]
    write_arrays(
        path,
        pixels=np.concatenate([line.image.ravel() for line in lines]),
        widths=np.array([line.image.shape[1] for line in lines]),
        texts=np.array([line.text for line in lines]),
    )


def _draw_one(rng: np.random.Generator, scans: Scans, series: Series) -> drawing.LineExample:
    count_one()
    return drawing.draw_line(rng, scans, held_back=series.held_back, without=series.without)


def _remove_old(folder: Path, newest: Path) -> None:
    others = sorted(folder.glob("lines-*"), key=lambda each: each.stat().st_mtime)
    for old in [each for each in others if each != newest][: -(KEPT - 1)]:
        shutil.rmtree(old, ignore_errors=True)
