"""What is trained on, and what is kept apart from it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.errors import MnistUnavailable
from training.datasets import Dataset, generated_dataset, hold_out, mnist_dataset


@pytest.fixture
def numbered() -> Dataset:
    """A set in which every training image holds its own number."""
    numbers = np.arange(600, dtype=np.uint16)
    images = np.zeros((600, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = numbers >> 8, numbers & 255
    labels = (numbers % 10).astype(np.uint8)
    return Dataset("numbered", images, labels, images[:50], labels[:50])


def numbers(images: np.ndarray) -> list[int]:
    return [int(number) for number in images[:, 0, 0].astype(int) * 256 + images[:, 0, 1]]


def test_held_out_images_are_never_fitted_on(numbered: Dataset) -> None:
    (fitted, _), (held, _) = hold_out(numbered, seed=1)
    assert len(held) == 50  # as 5,000 of 60,000
    assert sorted(numbers(fitted) + numbers(held)) == list(range(600))


def test_labels_go_with_their_images(numbered: Dataset) -> None:
    for images, labels in hold_out(numbered, seed=1):
        assert [number % 10 for number in numbers(images)] == labels.tolist()


def test_the_same_seed_holds_out_the_same_images(numbered: Dataset) -> None:
    held = [numbers(hold_out(numbered, seed)[1][0]) for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


def test_the_checksum_tells_sets_apart(numbered: Dataset) -> None:
    described = numbered.describe()
    assert (described["train_images"], described["test_images"]) == (600, 50)
    numbered.x_test[3, 3, 3] ^= 1
    assert numbered.describe()["sha256"] != described["sha256"]


def test_generated_digits_say_what_they_are() -> None:
    described = generated_dataset().describe()
    assert described["name"] == "generated digits"
    assert described["train_images"] == 4_000


def test_mnist_that_is_not_where_it_was_said_to_be_is_not_replaced(settings: Any, tmp_path: Path) -> None:
    settings.MNIST_PATH = str(tmp_path / "mnist.npz")
    with pytest.raises(MnistUnavailable, match=r"no file .*mnist\.npz"):
        mnist_dataset()
