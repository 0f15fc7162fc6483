"""The images to train on and to measure with: MNIST, or the generated digits where it cannot be had."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier import mnist
from classifier.mnist_download import Progress

Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images (n, 28, 28) and labels (n,)

HELD_OUT = 5_000  # of MNIST's 60,000 training images; of a smaller set the same share
MNIST, GENERATED = "MNIST", "generated digits"


@dataclass(frozen=True)
class Dataset:
    """Images of shape (n, 28, 28), uint8, 0 ground to 255 ink; labels (n,), uint8, 0 to 9."""

    name: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]

    def describe(self) -> dict[str, str | int]:
        """For the metadata. The checksum runs over the four arrays in the order above."""
        digest = hashlib.sha256()
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            digest.update(np.ascontiguousarray(array).tobytes())
        return {
            "name": self.name,
            "train_images": len(self.x_train),
            "test_images": len(self.x_test),
            "sha256": digest.hexdigest(),
        }

    def shortened(self, train: int, test: int) -> Dataset:
        """The first few images alone, for a dry run."""
        return Dataset(self.name, self.x_train[:train], self.y_train[:train], self.x_test[:test], self.y_test[:test])


def generated_dataset() -> Dataset:
    return Dataset(GENERATED, **mnist.read_generated())


def mnist_dataset(*, progress: Progress | None = None) -> Dataset:
    """All of MNIST, fetched if need be. Raises MnistUnavailable."""
    return Dataset(MNIST, **mnist.load_mnist(*mnist.configured(), fetch=True, progress=progress))


def hold_out(dataset: Dataset, seed: int) -> tuple[Part, Part]:
    """Part the training images by chance into those to fit on and those to choose settings with."""
    count = len(dataset.x_train)
    order = np.random.default_rng(seed).permutation(count)
    held, rest = np.split(order, [max(1, count * HELD_OUT // 60_000)])
    return (dataset.x_train[rest], dataset.y_train[rest]), (dataset.x_train[held], dataset.y_train[held])
