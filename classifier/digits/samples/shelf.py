"""Single test images: MNIST's if they are on this machine, or else generated digits.

The images stay in their file, mapped into memory; only the labels are loaded.
"""

import logging
import random
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .mnist import SHAPES, read_generated

Kind = Literal["mnist", "generated"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SampleImage:
    """A labelled image. Only those of kind "mnist" are handwriting."""

    pixels: NDArray[np.uint8]  # (28, 28), 0 background to 255 ink, the caller's own copy
    label: int
    index: int  # in the test part of its data set
    kind: Kind


@dataclass(frozen=True)
class _Shelf:
    kind: Kind
    images: NDArray[np.uint8]  # (n, 28, 28)
    labels: NDArray[np.uint8]  # (n,)
    by_label: list[NDArray[np.uint16]]  # the indices of each digit

    @classmethod
    def of(cls, kind: Kind, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> "_Shelf":
        return cls(kind, images, labels, [np.flatnonzero(labels == digit).astype(np.uint16) for digit in range(10)])


class SampleImages:
    """The test images that `mnist.prepare_test_images` wrote to a folder, and generated ones until then.

    One object serves all threads of a process and uses the files as soon as they exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._shelf: _Shelf | None = None
        self._refused: tuple[int, int] | None = None  # time and size of an unusable file

    @property
    def kind(self) -> Kind:
        """The kind that `take` returns now."""
        return self._current().kind

    def take(self, digit: int | None = None) -> SampleImage:
        """Returns a random test image, of the given digit (0 to 9) if there is one."""
        shelf = self._current()
        candidates = range(len(shelf.labels)) if digit is None else shelf.by_label[digit]
        index = int(random.choice(candidates))  # noqa: S311 - not a secret
        return SampleImage(np.array(shelf.images[index]), int(shelf.labels[index]), index, shelf.kind)

    def _current(self) -> _Shelf:
        shelf = self._shelf
        if shelf and shelf.kind == "mnist":
            return shelf
        with self._lock:
            if self._shelf is None or self._shelf.kind != "mnist":
                self._shelf = self._open_mnist() or self._shelf or self._open_generated()
            return self._shelf

    def _open_mnist(self) -> _Shelf | None:
        path = self.folder / "x_test.npy"
        try:
            state = path.stat()
        except OSError:
            return None
        fingerprint = (state.st_mtime_ns, state.st_size)
        if fingerprint == self._refused:
            return None
        try:
            images = np.load(path, mmap_mode="r", allow_pickle=False)
            labels = np.load(self.folder / "y_test.npy", allow_pickle=False)
            if (images.shape, labels.shape) != (SHAPES["x_test"], SHAPES["y_test"]):
                raise ValueError("their shape is not that of MNIST's test images")
            if images.dtype != np.uint8 or labels.dtype != np.uint8:
                raise ValueError("their type is not uint8")
        except (OSError, ValueError, EOFError) as error:
            self._refused = fingerprint
            log.warning(
                "The test images in %s cannot be used (%s); delete them to have them written again.", path, error
            )
            return None
        return _Shelf.of("mnist", images, labels)

    @staticmethod
    def _open_generated() -> _Shelf:
        arrays = read_generated()
        return _Shelf.of("generated", arrays["x_test"], arrays["y_test"])
