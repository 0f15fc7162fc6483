"""Data sets as arrays: images to train and to measure with, where they came from, and which are held out."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.synthesis.cache import Part

HELD_OUT = 5_000  # of MNIST's 60,000 training images; the same share of other sources
# Names of sources. Metadata stores them: "junk" is the stored name of the outliers.
MNIST, GENERATED, CORRECTIONS, OUTLIERS = "MNIST", "generated digits", "corrections", "junk"
BOXED = "digits in boxes"  # of generated sheets
SHEETS = "fields of sheets"
OF_PEOPLE = CORRECTIONS, SHEETS  # on this site


@dataclass(frozen=True)
class Source:
    """A run of the training images that came from one place."""

    name: str
    images: int
    times: int = 1  # how often an epoch shows each image
    period: int = 1  # an epoch shows one in this many images, the next epoch others
    out_of: int | None = None  # images of the source in a longer training, of which these are the first

    @property
    def description(self) -> dict[str, object]:
        """The source under the keys of the stored metadata."""
        return {
            "name": self.name,
            "images": self.images,
            "times": self.times,
            "in_turn": self.period,
            "out_of": self.out_of,
        }


class TrainingSplit(NamedTuple):
    """The images to fit on, each repeated as often as an epoch shows it."""

    images: NDArray[np.uint8]  # (n, 28, 28)
    labels: NDArray[np.uint8]  # (n,)
    periods: NDArray[np.intp]  # (n,): an image of period k is shown in every k-th epoch


@dataclass(frozen=True)
class Dataset:
    """Images of shape (n, 28, 28), uint8, 0 background to 255 ink, with labels of shape (n,), uint8.

    A label is 0 to 9, or NOT_A_DIGIT. name: the set that the test images belong to. sources: of the training images,
    in their order; empty if all came from the set of that name.
    """

    name: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    sources: tuple[Source, ...] = ()

    def all_sources(self) -> tuple[Source, ...]:
        """The sources of the training images, at least one."""
        return self.sources or (Source(self.name, len(self.x_train)),)

    @property
    def tested_on(self) -> str:
        """Names the images that a network is measured on after its training."""
        return f"{self.name}, test images"

    @property
    def description(self) -> dict[str, object]:
        """The set for a version's metadata. Its checksum covers the four arrays in the order above."""
        parts, start = [], 0
        for source in self.all_sources():
            here = slice(start, start + source.images)
            parts.append({**source.description, "sha256": _sha256(self.x_train[here], self.y_train[here])})
            start += source.images
        return {
            "name": self.name,
            "train_images": len(self.x_train),
            "test_images": len(self.x_test),
            "sha256": _sha256(self.x_train, self.y_train, self.x_test, self.y_test),
            "sources": parts,
        }

    @property
    def corrections(self) -> int:
        """How many of the training images are corrections, or decisions about fields of sheets."""
        return sum(source.images for source in self.sources if source.name in OF_PEOPLE)

    def training_split(self, chosen: NDArray[np.intp] | None = None) -> TrainingSplit:
        """The training images to fit on. chosen: the indices of some of them; by default all."""
        sources = self.all_sources()
        counts = [source.images for source in sources]
        indices = np.arange(len(self.x_train)) if chosen is None else chosen
        times = np.repeat([source.times for source in sources], counts)
        periods = np.repeat([source.period for source in sources], counts)
        if not (times == 1).all():
            indices = np.repeat(indices, times[indices])
        return TrainingSplit(self.x_train[indices], self.y_train[indices], periods[indices])

    def shortened(self, train: int, test: int) -> Dataset:
        """The first images only, for a dry run."""
        return Dataset(self.name, self.x_train[:train], self.y_train[:train], self.x_test[:test], self.y_test[:test])


def _sha256(*arrays: NDArray[np.uint8]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def compose(base: Dataset, parts: list[tuple[str, Part, int]], period: int = 1) -> Dataset:
    """The base set with more training images, without any that are among its test images.

    parts: for each source its name, its images, and how often an epoch shows each of them.
    period: of the drawn sources; what people of this site wrote is shown in every epoch.
    """
    tested = {image.tobytes() for image in base.x_test}
    sources = list(base.all_sources())
    images, labels = [base.x_train], [base.y_train]
    for name, (x, y), times in parts:
        is_new = np.array([image.tobytes() not in tested for image in x], bool)
        images.append(x[is_new])
        labels.append(y[is_new])
        sources.append(Source(name, int(is_new.sum()), times, 1 if name in OF_PEOPLE else period))
    return replace(base, x_train=np.concatenate(images), y_train=np.concatenate(labels), sources=tuple(sources))


def without_training_images(base: Dataset) -> Dataset:
    """The test images only, to measure a network that learns from other sources."""
    return replace(base, x_train=base.x_train[:0], y_train=base.y_train[:0], sources=(Source(base.name, 0),))


def hold_out(dataset: Dataset, seed: int) -> tuple[TrainingSplit, Part]:
    """Splits the training images into those to fit on and those held out to choose settings and to calibrate.

    A twelfth of each source is held out, but no outliers, and no digits in boxes: those are calibrated by the promise
    of sheets. What is held out of a source depends on its name and the seed alone, so a network that continues from
    another's weights holds out the same images, even if it draws fewer.
    """
    held: list[NDArray[np.intp]] = []
    start = 0
    for source in dataset.all_sources():
        if source.name not in (OUTLIERS, BOXED):
            count = source.out_of or source.images
            order = np.random.default_rng((seed, zlib.crc32(source.name.encode()))).permutation(count)
            order = order[: count * HELD_OUT // 60_000]
            held.append(start + order[order < source.images])
        start += source.images
    chosen = np.random.default_rng(seed).permutation(np.concatenate(held))
    if not len(chosen):
        chosen = np.zeros(1, np.intp)
    is_fitted = np.ones(len(dataset.x_train), bool)
    is_fitted[chosen] = False
    return dataset.training_split(np.flatnonzero(is_fitted)), (dataset.x_train[chosen], dataset.y_train[chosen])
