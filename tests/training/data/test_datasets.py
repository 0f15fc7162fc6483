"""Which images are trained on, and which are held out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from classifier.errors import MnistUnavailable
from classifier.models import Correction, Digit, Drawing
from classifier.recognition.classes import NOT_A_DIGIT
from training.data.datasets import (
    Dataset,
    Source,
    compose,
    hold_out,
)
from training.data.sources import generated_dataset, mnist_dataset, read_corrections

IN_BOX = 12  # a label that only digits in boxes have here


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
    (fitted, *_), (held, _) = hold_out(numbered, seed=1)
    assert len(held) == 50  # the same share as 5,000 of 60,000
    assert sorted(numbers(fitted) + numbers(held)) == list(range(600))


def test_other_sources_do_not_change_what_is_held_out_of_one(numbered: Dataset, composed: Dataset) -> None:
    outliers = numbered.x_train[:60] + np.uint8(50), np.full(60, NOT_A_DIGIT, np.uint8)
    boxed = numbered.x_train[:70] + np.uint8(90), np.full(70, IN_BOX, np.uint8)
    more = compose(composed, [("digits in boxes", boxed, 1), ("junk", outliers, 1)])
    _, (held, _) = hold_out(composed, seed=1)
    (_, labels, _), (held_beside_outliers, held_labels) = hold_out(more, seed=1)
    assert numbers(held) == numbers(held_beside_outliers)
    assert {NOT_A_DIGIT, IN_BOX}.isdisjoint(held_labels.tolist())
    assert [(labels == label).sum() for label in (NOT_A_DIGIT, IN_BOX)] == [60, 70]


def test_images_keep_their_labels(numbered: Dataset) -> None:
    for images, labels, *_ in hold_out(numbered, seed=1):
        assert [number % 10 for number in numbers(images)] == labels.tolist()


def test_the_same_seed_holds_out_the_same_images(numbered: Dataset) -> None:
    held = [numbers(hold_out(numbered, seed)[1][0]) for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


def test_the_checksum_tells_sets_apart(numbered: Dataset) -> None:
    described = numbered.description
    assert (described["train_images"], described["test_images"]) == (600, 50)
    numbered.x_test[3, 3, 3] ^= 1
    assert numbered.description["sha256"] != described["sha256"]


def test_generated_digits_are_described() -> None:
    described = generated_dataset().description
    assert described["name"] == "generated digits"
    assert described["train_images"] == 4_000


def test_missing_mnist_file_is_not_replaced_by_a_download(settings: Any, tmp_path: Path) -> None:
    settings.MNIST_PATH = str(tmp_path / "mnist.npz")
    with pytest.raises(MnistUnavailable, match=r"no file .*mnist\.npz"):
        mnist_dataset()


@pytest.fixture
def composed(numbered: Dataset) -> Dataset:
    """The numbered images, 60 of which are shown three times in an epoch."""
    part = numbered.x_train[540:] + np.uint8(100), numbered.y_train[540:]
    return compose(numbered.shortened(540, 50), [("corrections", part, 3)])


def test_an_epoch_repeats_images_as_often_as_their_source_says(composed: Dataset) -> None:
    images, labels, _ = composed.training_split()
    assert len(images) == len(labels) == 540 + 3 * 60
    shown = numbers(images)
    assert {shown.count(number) for number in numbers(composed.x_train[:540])} == {1}
    assert {shown.count(number) for number in numbers(composed.x_train[540:])} == {3}


def test_a_repeated_image_is_held_out_with_all_its_repetitions(composed: Dataset) -> None:
    (fitted, fitted_labels, _), (held, _) = hold_out(composed, seed=1)
    assert not set(numbers(fitted)) & set(numbers(held))
    assert len(fitted) == len(fitted_labels) > 550
    assert len(held) == 50


def test_only_drawn_images_have_a_period(composed: Dataset, numbered: Dataset) -> None:
    drawn = numbered.x_train[:60].copy()
    drawn[:, 5, 5] = 200
    whole = compose(composed, [("generated digits", (drawn, numbered.y_train[:60]), 1)], period=3)
    whole = compose(whole, [("corrections", (drawn[:5] // 2, numbered.y_train[:5]), 2)], period=3)
    for split in (whole.training_split(), hold_out(whole, seed=1)[0]):
        assert np.array_equal(split.periods == 3, split.images[:, 5, 5] == 200)
        assert set(split.periods.tolist()) == {1, 3}


def test_each_source_has_a_checksum(composed: Dataset, numbered: Dataset) -> None:
    described: Any = composed.description
    assert (described["name"], described["train_images"]) == ("numbered", 600)
    first, second = described["sources"]
    assert (first["name"], first["images"], first["times"]) == ("numbered", 540, 1)
    assert (second["name"], second["images"], second["times"]) == ("corrections", 60, 3)
    composed.y_train[-1] += 1
    changed: Any = composed.description
    assert changed["sources"][0] == first
    assert changed["sources"][1]["sha256"] != second["sha256"]


def test_sources_count_their_images(composed: Dataset) -> None:
    assert composed.sources == (Source("numbered", 540), Source("corrections", 60, 3))


def corrected(owner: User, number: int, label: int | None, source: str = "draw", **fields: Any) -> Correction:
    drawing = Drawing.objects.create(owner=owner, source=source, width=280, height=280)
    digit = Digit.objects.create(drawing=drawing, pixels=bytes([number]) * 784, preprocessing_version=1)
    given = {"review": "accepted", "held_back": False} | fields
    return Correction.objects.create(digit=digit, label=label, **given)


@pytest.mark.postgres
def test_only_accepted_digits_that_are_not_held_back_are_used_for_training(owner: User) -> None:
    corrected(owner, 1, 3)
    corrected(owner, 2, 8, source="api")
    corrected(owner, 3, 1, review="waiting")
    corrected(owner, 4, 1, review="rejected")
    corrected(owner, 5, 1, held_back=True)
    corrected(owner, 6, None)
    images, labels = read_corrections(Correction.objects.to_train_on())
    assert images.shape == (2, 28, 28)
    assert images.dtype == labels.dtype == np.uint8
    assert [(int(image[0, 0]), int(label)) for image, label in zip(images, labels, strict=True)] == [(1, 3), (2, 8)]


@pytest.mark.parametrize("source", ["mnist", "generated"])
def test_corrected_test_images_are_never_used_for_training(owner: User, source: str) -> None:
    corrected(owner, 1, 3, source=source)
    images, labels = read_corrections(Correction.objects.to_train_on())
    assert (images.shape, labels.shape) == ((0, 28, 28), (0,))
