"""The images to train on and to measure with: MNIST, people's corrections, the generated digits that ship."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.db.models import QuerySet
from numpy.typing import NDArray

from classifier.digits.samples import mnist
from classifier.digits.samples.download import Progress
from classifier.models import Correction, Drawing
from training.synthesis.cache import Part
from training.synthesis.drawing import draw

HELD_OUT = 5_000  # of MNIST's 60,000 training images and of as many generated digits; of fewer the same share
GENERATED = "generated digits"  # the name of that data set
MNIST, CORRECTIONS, JUNK = "MNIST", "corrections", "junk"
# These are test images. What the network is measured with it never learns from, whoever corrects it.
SAMPLES = (Drawing.Source.MNIST, Drawing.Source.GENERATED)


@dataclass(frozen=True)
class Source:
    """A run of the training images that came from one place."""

    name: str
    images: int
    times: int = 1  # how often an epoch shows each of them
    in_turn: int = 1  # an epoch shows one in so many, the next epoch others
    out_of: int | None = None  # how many there would be in a longer training, the first of which these are


class TrainingSplit(NamedTuple):
    """What to fit on: images (n, 28, 28) and labels (n,), as in Dataset, each as often as an epoch shows it; and for
    each, (n,), in one epoch of how many it is shown.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    in_turn: NDArray[np.intp]


@dataclass(frozen=True)
class Dataset:
    """Images of shape (n, 28, 28), uint8, 0 ground to 255 ink; labels (n,), uint8, 0 to 9; NOT_A_DIGIT for junk.

    name: of the set that the test images belong to. sources: where the training images came from, in their
    order; empty: all from the set of that name.
    """

    name: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    sources: tuple[Source, ...] = ()

    def describe(self) -> dict[str, object]:
        """For the metadata. The checksum runs over the four arrays in the order above."""
        parts, start = [], 0
        for source in self.sources or (Source(self.name, len(self.x_train)),):
            here = slice(start, start + source.images)
            checksum = _sha256(self.x_train[here], self.y_train[here])
            parts.append({**asdict(source), "sha256": checksum})
            start += source.images
        return {
            "name": self.name,
            "train_images": len(self.x_train),
            "test_images": len(self.x_test),
            "sha256": _sha256(self.x_train, self.y_train, self.x_test, self.y_test),
            "sources": parts,
        }

    def lesson(self, chosen: NDArray[np.intp] | None = None) -> TrainingSplit:
        """The training images, or those chosen by their places, each as often as an epoch shows it."""
        sources = self.sources or (Source(self.name, len(self.x_train)),)
        counts = [source.images for source in sources]
        places = np.arange(len(self.x_train)) if chosen is None else chosen
        times = np.repeat([source.times for source in sources], counts)
        in_turn = np.repeat([source.in_turn for source in sources], counts)
        if not (times == 1).all():
            places = np.repeat(places, times[places])
        return TrainingSplit(self.x_train[places], self.y_train[places], in_turn[places])

    def shortened(self, train: int, test: int) -> Dataset:
        """The first few images alone, for a dry run."""
        return Dataset(self.name, self.x_train[:train], self.y_train[:train], self.x_test[:test], self.y_test[:test])


def _sha256(*arrays: NDArray[np.uint8]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _dataset(name: str, arrays: mnist.Arrays) -> Dataset:
    return Dataset(name, arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"])


def generated_dataset() -> Dataset:
    return _dataset(GENERATED, mnist.read_generated())


def drawn_folder() -> Path:
    """Where what was drawn for a training is kept for the next."""
    return Path(settings.DATA_DIR) / "drawn"


def drawn_digits(count: int, seed: int, should_stop: Callable[[], bool] = lambda: False) -> Part:
    """Generated digits to learn from. Up to 4,000 they are those that ship. Raises DrawingStopped."""
    shipped = generated_dataset()
    if count <= len(shipped.x_train):
        return shipped.x_train[:count], shipped.y_train[:count]
    return draw("digits", count, seed, drawn_folder(), should_stop)


def drawn_outliers(count: int, seed: int, should_stop: Callable[[], bool] = lambda: False) -> Part:
    """Pictures of what is no digit, labelled NOT_A_DIGIT. Raises DrawingStopped."""
    return draw("outliers", count, seed, drawn_folder(), should_stop)


def mnist_dataset(*, progress: Progress | None = None) -> Dataset:
    """All of MNIST, fetched if need be. Raises MnistUnavailable."""
    return _dataset(MNIST, mnist.load_mnist(*mnist.configured(), fetch=True, progress=progress))


def read_corrections(corrections: QuerySet[Correction]) -> Part:
    """The digits that people have corrected, with the labels they gave, oldest first; test images left out.

    corrections: of accepted ones with a label, as `to_train_on` and `to_measure_with` choose them.
    """
    rows = corrections.exclude(digit__drawing__source__in=SAMPLES).order_by("pk")
    found = list(rows.values_list("digit__pixels", "label"))
    pixels = b"".join(bytes(each) for each, _ in found)  # PostgreSQL gives memoryviews
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 28, 28)
    return images, np.array([label for _, label in found], np.uint8)


def compose(base: Dataset, parts: list[tuple[str, Part, int]], in_turn: int = 1) -> Dataset:
    """A set with more training images: of each part its name, its images, and how often an epoch shows them.

    in_turn: of what is drawn an epoch shows one in so many, of corrections each.
    Images that are among the base's test images are left out.
    """
    tested = {image.tobytes() for image in base.x_test}
    sources = list(base.sources or (Source(base.name, len(base.x_train)),))
    images, labels = [base.x_train], [base.y_train]
    for name, (x, y), times in parts:
        fresh = np.array([image.tobytes() not in tested for image in x], bool)
        images.append(x[fresh])
        labels.append(y[fresh])
        sources.append(Source(name, int(fresh.sum()), times, 1 if name == CORRECTIONS else in_turn))
    return replace(base, x_train=np.concatenate(images), y_train=np.concatenate(labels), sources=tuple(sources))


def without_training_images(base: Dataset) -> Dataset:
    """The test images alone, to measure with what was learnt elsewhere."""
    return replace(base, x_train=base.x_train[:0], y_train=base.y_train[:0], sources=(Source(base.name, 0),))


def hold_out(dataset: Dataset, seed: int) -> tuple[TrainingSplit, Part]:
    """Part the training images by chance into those to fit on and those to choose settings and to calibrate with.

    Of each source as large a share, the same of each whatever the others are: a network that goes on from
    another's weights holds out what that one did, even where it draws fewer. Junk is all fitted on.
    """
    held: list[NDArray[np.intp]] = []
    start = 0
    for source in dataset.sources or (Source(dataset.name, len(dataset.x_train)),):
        if source.name != JUNK:
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
    return dataset.lesson(np.flatnonzero(is_fitted)), (dataset.x_train[chosen], dataset.y_train[chosen])
