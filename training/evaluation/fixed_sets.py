"""The fixed sets of images that every version is measured on."""

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.digits.samples import mnist
from classifier.errors import MnistUnavailable
from classifier.models import Correction
from training.data.sources import read_corrections

FIXED_SETS = {"mnist": "mnist_answers", "strokes": "stroke_answers"}  # and the fields that store their answers
CORRECTIONS, LINES = "corrections", "lines"
COMPARED = {"digit": tuple(FIXED_SETS), "line": (LINES,)}  # the sets that the gate compares, by the kind of version


@dataclass(frozen=True)
class FixedSet:
    """Images as the network receives them, with their labels."""

    images: NDArray[np.uint8]  # (n, 28, 28)
    labels: NDArray[np.uint8]  # (n,)
    known_sha256: str = ""

    @cached_property
    def sha256(self) -> str:
        """The checksum of images and labels; versions are compared only on the same set."""
        if self.known_sha256:
            return self.known_sha256
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()


def read_set(name: str) -> FixedSet | None:
    """Returns a set, or None if it is empty or not on this machine."""
    if name == CORRECTIONS:
        images, labels = read_corrections(Correction.objects.to_measure_with())
        return FixedSet(images, labels) if len(labels) else None
    return generated_test_images() if name == "strokes" else _mnist_test_images()


@lru_cache(maxsize=1)
def generated_test_images() -> FixedSet:
    with np.load(mnist.GENERATED_FILE, allow_pickle=False) as file:
        return FixedSet(file["x_test"], file["y_test"])


def _mnist_test_images() -> FixedSet | None:
    """Returns MNIST's test images, mapped into memory from their file."""
    folder, given = mnist.configured()
    try:
        if None in _states(folder):
            mnist.prepare_test_images(folder, given)
        return _extracted(folder, _checked_sha256(folder, given, _states(folder)))
    except (MnistUnavailable, OSError):
        return None


def _extracted(folder: Path, sha256: str = "") -> FixedSet:
    images = np.load(folder / "x_test.npy", mmap_mode="r", allow_pickle=False)
    return FixedSet(images, np.load(folder / "y_test.npy", allow_pickle=False), sha256)


def _states(folder: Path) -> tuple[tuple[int, int] | None, ...]:
    """Returns the size and modification time of the extracted MNIST files."""
    paths = [folder / f"{name}.npy" for name in mnist.TEST]
    states = [path.stat() if path.exists() else None for path in paths]
    return tuple((state.st_size, state.st_mtime_ns) if state else None for state in states)


@lru_cache(maxsize=1)
def _checked_sha256(folder: Path, given: str, states: tuple[tuple[int, int] | None, ...]) -> str:
    """Returns the checksum of the files after checking them, cached so that pages do not read 8 MB each time.

    states: the files' sizes and times, part of the cache key. Raises MnistUnavailable.
    """
    mnist.prepare_test_images(folder, given)
    return _extracted(folder).sha256
