"""The pictures that a calibration is made with: held-out digits, generated ones, outliers, and photographs of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.errors import NoInk
from training.synthesis.cache import Part, joined
from training.synthesis.outliers.kinds import frame_outlier
from training.synthesis.outliers.paper import PENCIL, Paper, on_paper
from training.synthesis.processes import count_one, in_processes
from training.synthesis.steps import Advance, Count, after, not_begun, not_counted

SHARED = 250  # images that one process photographs at a time
PHOTOGRAPHED = 3  # one image in this many is also photographed

Images = NDArray[np.uint8]  # (n, 28, 28)


@dataclass(frozen=True)
class Material:
    """n digits in random order, and m outliers."""

    digits: Images  # (n, 28, 28)
    truth: NDArray[np.intp]  # (n,), 0 to 9
    is_usual: NDArray[np.bool_]  # (n,), false for photographs of poor quality
    is_held_out: NDArray[np.bool_]  # (n,), true for the digits that were held out, false for photographs of them
    outliers: Images  # (m, 28, 28)
    seed: int  # of the training

    def halves(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The indices of the digits to fit with, and of those to choose thresholds with."""
        fitted, held = np.split(np.arange(len(self.truth)), [len(self.truth) // 2])
        return fitted, held


def gather(held_out: Part, drawn: list[Part], seed: int, begin: Count = not_begun) -> Material:
    """The material for a calibration.

    held_out: digits held out of the training. drawn: generated digits and outliers that it has not seen either.
    begin: is told how many are photographed, and returns what receives how many are done.
    """
    rng = np.random.default_rng([seed, 1])
    generated, outliers = drawn
    plain = joined([held_out, generated])
    of_digits, of_outliers = len(plain[0]) // PHOTOGRAPHED, len(outliers[0]) // PHOTOGRAPHED
    advance = begin(of_digits + of_outliers)
    (digits, labels), is_usual = with_photographs(plain, rng, advance)
    is_held_out = np.arange(len(digits)) < len(held_out[0])
    # Photographed outliers too: otherwise being a photograph would speak for a digit.
    (outlier_images, _), _ = with_photographs(outliers, rng, after(of_digits, advance))
    order = rng.permutation(len(digits))
    truth = labels[order].astype(np.intp)
    return Material(digits[order], truth, is_usual[order], is_held_out[order], outlier_images, seed)


def with_photographs(
    part: Part, rng: np.random.Generator, advance: Advance = not_counted
) -> tuple[Part, NDArray[np.bool_]]:
    """The part with a third of its images again as pictures of ink on paper, half of these small and some faint.

    Returns also which images are usual, shape (n,): all but the small ones. The small ones show that a digit in a poor
    picture is still a digit. They do not determine how much is doubted, because much of them should be.
    """
    images, labels = part
    # Not all: finding a digit in a picture takes time.
    some = rng.permutation(len(images))[: len(images) // PHOTOGRAPHED]
    large, small = np.array_split(some, 2)
    parts = [
        part,
        photographed(images[large], labels[large], rng, advance=advance),
        photographed(images[small], labels[small], rng, PENCIL, after(len(large), advance)),
    ]
    whole = joined(parts)
    return whole, np.arange(len(whole[0])) < len(whole[0]) - len(parts[-1][0])


def photographed(
    images: Images,
    labels: NDArray[np.uint8],
    rng: np.random.Generator,
    paper: Paper = Paper(),  # noqa: B008 - frozen
    advance: Advance = not_counted,
) -> Part:
    """The images as pictures of ink on paper, preprocessed again, without those in which no ink is found.

    Several processes share the work.
    """
    starts = range(0, len(images), SHARED) or range(1)
    seeds = rng.integers(2**63, size=len(starts)).tolist()
    jobs = [
        (images[start : start + SHARED], labels[start : start + SHARED], seed, paper)
        for start, seed in zip(starts, seeds, strict=True)
    ]
    return joined(list(in_processes(_photograph, jobs, advance=advance)))


def _photograph(job: tuple[Images, NDArray[np.uint8], int, Paper]) -> Part:
    images, labels, seed, paper = job
    rng = np.random.default_rng(seed)
    pairs = [
        (picture, label)
        for image, label in zip(images, labels, strict=True)
        for picture in _through_paper(image, rng, paper)
    ]
    pictures = np.array([picture for picture, _ in pairs], np.uint8).reshape(-1, *images.shape[1:])
    return pictures, np.array([label for _, label in pairs], np.uint8)


def _through_paper(ink: Images, rng: np.random.Generator, paper: Paper) -> Iterator[Images]:
    """Yields the image (28, 28) that preprocessing finds in a picture of this ink, if it finds any."""
    count_one()
    try:
        yield frame_outlier(on_paper(ink, rng, paper)).pixels
    except NoInk:
        return
