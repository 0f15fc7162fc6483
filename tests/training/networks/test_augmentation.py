"""Augmented digits: the same for the same seed, different from each other, still the same digit."""

from typing import Any

import numpy as np
import pytest

from classifier.digits.samples.mnist import read_generated
from classifier.recognition.preprocessing.framing import to_network_scale
from training.networks.augmentation import (
    WAVES,
    Variation,
    as_jpeg,
    blurred,
    downsampled,
    interpolate,
    sampling_points,
    vary,
    with_gap,
    with_other_pens,
)

STILL = Variation(**dict.fromkeys(vars(Variation()), 0.0))
SHARES = ("pens", "gaps", "blur", "downsampling", "jpeg", "grain", "specks", "curve", "faint")


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    arrays = read_generated()
    return arrays["x_test"][:200], arrays["y_test"][:200]


def only(**changed: float) -> Variation:
    """A variation of one kind."""
    return Variation(**(vars(STILL) | changed))


def varied(images: np.ndarray, variation: Variation | None = None, seed: int = 1) -> np.ndarray:
    return vary(images, np.random.default_rng(seed), variation)


def middles(images: np.ndarray) -> np.ndarray:
    """Centres of mass, (n, 2)."""
    weights = images / images.sum((1, 2), keepdims=True)
    at = np.arange(28)
    return np.stack([(weights.sum(2) * at).sum(1), (weights.sum(1) * at).sum(1)], 1)


def test_the_same_seed_varies_the_same_way(digits: Any) -> None:
    images, _ = digits
    assert np.array_equal(varied(images), varied(images))
    assert not np.array_equal(varied(images), varied(images, seed=2))


def test_shape_and_dtype_stay_and_the_originals_do_not_change(digits: Any) -> None:
    images, _ = digits
    before = images.copy()
    changed = varied(images)
    assert changed.shape == images.shape
    assert changed.dtype == np.uint8
    assert np.array_equal(images, before)


def test_copies_of_one_digit_all_differ(digits: Any) -> None:
    images, _ = digits
    copies = varied(np.repeat(images[:1], 50, 0))
    assert len({copy.tobytes() for copy in copies}) == 50


def test_no_variation_changes_nothing(digits: Any) -> None:
    images, _ = digits
    assert np.array_equal(varied(images, STILL), images)


def test_an_empty_picture_stays_empty() -> None:
    clean = Variation(grain=0, specks=0)
    assert not varied(np.zeros((20, 28, 28), np.uint8), clean).any()


def test_ink_stays_within_its_range() -> None:
    assert varied(np.full((20, 28, 28), 255, np.uint8)).max() == 255


@pytest.mark.parametrize("kind", list(vars(Variation())))
def test_each_kind_changes_images(digits: Any, kind: str) -> None:
    images, _ = digits
    chosen = only(**{kind: 1.0 if kind in SHARES else getattr(Variation(), kind)})
    changed = (varied(images, chosen) != images).any((1, 2))
    assert changed.mean() > (0.4 if kind == "gaps" else 0.95)  # a gap may fall beside the strokes


@pytest.mark.parametrize("kind", SHARES)
def test_a_share_of_the_images_gets_each_change(digits: Any, kind: str) -> None:
    images, _ = digits
    few, many = ((varied(images, only(**{kind: share})) != images).any((1, 2)).mean() for share in (0.1, 0.8))
    assert 0.02 < few < 0.25 < many < 0.9


def test_a_blur_spreads_ink_and_keeps_its_amount() -> None:
    dot = np.zeros((1, 28, 28), np.float32)
    dot[0, 10, 10] = 200
    ink_after = blurred(dot, np.random.default_rng(1))
    assert ink_after.sum() == pytest.approx(200, rel=1e-5)
    assert 10 < ink_after[0, 10, 10] < 180
    assert ink_after[0, 9, 10] == pytest.approx(ink_after[0, 10, 11])


def test_downsampling_keeps_the_large_shapes(digits: Any) -> None:
    ink = digits[0].astype(np.float32)
    ink_after = downsampled(ink, np.random.default_rng(1))
    assert 2 < np.abs(ink_after - ink).mean() < 20
    assert ink_after.mean() == pytest.approx(ink.mean(), rel=0.02)
    assert np.abs(middles(ink_after) - middles(ink)).max() < 0.5


def test_the_cosine_transform_is_orthogonal() -> None:
    assert np.abs(WAVES.T @ WAVES - np.eye(8)).max() < 1e-6


def test_jpeg_keeps_the_digit_and_adds_artefacts(digits: Any) -> None:
    ink = digits[0].astype(np.float32)
    ink_after = as_jpeg(ink, np.random.default_rng(1))
    assert 0.5 < np.abs(ink_after - ink).mean() < 8
    assert (ink_after[ink == 0] != 0).any()


def test_gaps_are_small(digits: Any) -> None:
    ink = digits[0].astype(np.float32)
    lost = 1 - with_gap(ink, np.random.default_rng(1)).sum((1, 2)) / ink.sum((1, 2))
    assert 0.02 < lost.mean() < lost.max() < 0.4


def test_shifts_have_the_stated_deviation(digits: Any) -> None:
    images, _ = digits
    moved = middles(varied(images, only(shift=1.0))) - middles(images)
    assert moved.std() == pytest.approx(1, abs=0.15)
    assert abs(moved.mean()) < 0.15


def test_a_positive_slant_leans_rows_sideways() -> None:
    column = np.zeros((1, 28, 28), np.uint8)
    column[:, :, 14] = 255
    rows, columns = sampling_points(1, np.random.default_rng(3), only(slant=0.2))
    leaning = interpolate(column, rows, columns)[0]
    at = leaning.argmax(1)
    assert abs(int(at[0]) - int(at[-1])) >= 1
    assert np.all(np.diff(at) <= 0) or np.all(np.diff(at) >= 0)


def test_interpolation_between_two_pixels_mixes_their_ink() -> None:
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 10, 10] = 200
    rows, columns = (np.broadcast_to(np.arange(28, dtype=np.float32), (1, 28, 28)) for _ in range(2))
    ink_after = interpolate(dot, rows.transpose(0, 2, 1) + np.float32(0.25), columns.copy())
    assert ink_after[0, 10, 10] == pytest.approx(150)
    assert ink_after[0, 9, 10] == pytest.approx(50)
    assert ink_after.sum() == pytest.approx(200)


def test_pens_get_thicker_and_thinner(digits: Any) -> None:
    images, _ = digits
    ink = with_other_pens(images, np.random.default_rng(1), 1.0).sum((1, 2)) / images.sum((1, 2))
    assert (ink > 1.05).mean() == pytest.approx(0.5, abs=0.15)
    assert (ink < 0.98).mean() == pytest.approx(0.5, abs=0.15)
    assert ink.min() > 0.4  # thin strokes do not vanish


def test_a_network_still_reads_varied_digits(digits: Any, bundled_probabilities: Any) -> None:
    images, labels = digits
    read = bundled_probabilities(to_network_scale(varied(images))).argmax(1)
    assert (read == labels).mean() > 0.9
