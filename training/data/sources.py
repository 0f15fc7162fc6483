"""Where training and test images come from: MNIST, the generated digits that ship, and people's corrections."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from django.conf import settings
from django.db.models import QuerySet

from classifier.digits.samples import mnist
from classifier.digits.samples.download import Progress
from classifier.models import Correction, Drawing
from training.synthesis.cache import Part

from .datasets import GENERATED, MNIST, Dataset

# Their digits are test images. The network never learns from them, even when people correct them.
SAMPLES = (Drawing.Source.MNIST, Drawing.Source.GENERATED)


def mnist_dataset(*, progress: Progress | None = None) -> Dataset:
    """All of MNIST, downloaded if necessary. Raises MnistUnavailable."""
    return _dataset(MNIST, mnist.load_mnist(*mnist.configured(), fetch=True, progress=progress))


def generated_dataset() -> Dataset:
    """The generated digits that ship with the project: 4,000 to train on, 1,000 to test on."""
    return _dataset(GENERATED, mnist.read_generated())


def _dataset(name: str, arrays: mnist.Arrays) -> Dataset:
    return Dataset(name, arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"])


def drawn_folder() -> Path:
    """The folder that keeps drawn pictures for the next training."""
    return Path(settings.DATA_DIR) / "drawn"


def read_corrections(corrections: QuerySet[Correction]) -> Part:
    """The corrected digits with the labels people gave, oldest first, without test images.

    corrections: accepted ones with a label, as `to_train_on` and `to_measure_with` select them.
    """
    query = corrections.exclude(digit__drawing__source__in=SAMPLES).order_by("pk")
    rows = list(query.values_list("digit__pixels", "label"))
    pixels = b"".join(bytes(row_pixels) for row_pixels, _ in rows)  # PostgreSQL returns memoryviews
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 28, 28)
    return images, np.array([label for _, label in rows], np.uint8)
