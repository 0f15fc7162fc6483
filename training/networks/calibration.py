"""Learning how to read one network's outputs: how sure it may say it is, and what it should not take for a digit.

Everything is chosen on real digits held out of its training and on generated ones of its own; never on test images.
What comes out is kept with the version, see `classifier.recognition.verdict`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.calibration import OOD_SCORE_KEY, VERSION, calibrated_at
from classifier.recognition.errors import NoInk
from classifier.recognition.ood_score import MAX_DEVIATION, FeatureSpace, OodScore, ood_inputs
from training.synthesis.cache import Part
from training.synthesis.drawing import draw
from training.synthesis.outliers.kinds import frame_outlier
from training.synthesis.outliers.paper import PENCIL, Paper, on_paper
from training.synthesis.processes import in_processes

# A refused digit is an answer lost; junk that is only doubted is caught all the same. So little is refused.
REFUSED = 0.0005  # share of the digits read rightly that may be taken for none
DOUBTED = 0.03  # share of digits that may seem strange enough to doubt, those refused with them
DOUBTED_OF_ONE = 0.06  # the most of any one digit: a plain 1 is stranger than others, having so little of a digit
UNSURE = 0.02  # share of digits whose first choice may be called unsure
ONLY_DOUBTED = 0.2  # share of junk, the least strange of it, that need not be refused
DIRECTIONS = 32  # of the last hidden layer
HIDDEN = 24  # units of the network of strangeness
DECAY = 1e-3
EPOCHS = 60
STEP = 0.01
BATCH = 256
DRAWN, FEWEST_DRAWN = 5_000, 300  # generated digits, and as much junk: at most and at least
APART = 500_000  # from the seed of the training's own generated digits and junk
SHARED = 250  # images that one process photographs at a time
BINS = (0.5, 8.0)  # temperatures looked at

Rows = NDArray[np.float64]
Images = NDArray[np.uint8]
Answering = Callable[[Images], tuple[NDArray[np.float32], NDArray[np.float32]]]  # (n, 28, 28): logits, features


def calibrate(
    answer: Answering,
    images: Images,
    labels: NDArray[np.uint8],
    seed: int,
    drawn: int | None = None,
    *,
    is_known: bool = False,
) -> dict[str, Any]:
    """The calibration of a network, for its metadata.

    answer: gives logits (n, 10) and features (n, k) of images (n, 28, 28). images, labels: digits that it has not
    learnt from. is_known: it has, so that they show what a digit looks like, but choose no threshold, as their
    photographs do: none seems strange that is known by heart. drawn: how many digits, and how many things that are
    none, are generated besides; by itself as many as there are images, within bounds.
    """
    rng = np.random.default_rng([seed, 1])
    generated, junk = material(drawn or min(max(len(images), FEWEST_DRAWN), DRAWN), seed)
    (digits, labels), is_usual = with_photographs(joined([(images, labels), generated]), rng)
    may_choose = np.arange(len(digits)) >= (len(images) if is_known else 0)
    (junk_images, _), _ = with_photographs(junk, rng)  # or being a photograph would speak for a digit
    order = rng.permutation(len(digits))
    digits, truth, is_usual = digits[order], labels[order].astype(np.intp), is_usual[order]
    may_choose = may_choose[order]
    logits, features = answer(digits)
    strange_logits, strange_features = answer(junk_images)
    fitted, held = np.split(np.arange(len(digits)), [len(digits) // 2])  # to fit with; to choose thresholds with
    held = held[may_choose[held]]

    space = find_space(features[fitted], truth[fitted])
    inputs = ood_inputs(logits, features, digits, space)
    strange_inputs = ood_inputs(strange_logits, strange_features, junk_images, space)
    ood_score = learn_ood_score(inputs[fitted], strange_inputs, np.random.default_rng([seed, 4]))
    temperature = round(find_temperature(logits[is_usual], truth[is_usual]), 4)
    confidence = calibrated_at(logits[held[is_usual[held]]], temperature).max(1)
    refuse_from, doubt_from = find_thresholds(
        ood_score.of(inputs[held]),
        logits[held].argmax(1),
        is_usual[held],
        logits[held].argmax(1) == truth[held],
        ood_score.of(strange_inputs),
    )
    return {
        "version": VERSION,
        "temperature": temperature,
        "refuse_from": round(refuse_from, 4),
        "doubt_from": doubt_from.round(4).tolist(),
        "sure_from": round(float(np.quantile(confidence, UNSURE)), 4),
        "space": to_lists(space),
        OOD_SCORE_KEY: to_lists(ood_score),
        "made_with": {"digits": len(digits), "junk": len(junk_images), "seed": seed},
    }


def with_photographs(part: Part, rng: np.random.Generator) -> tuple[Part, NDArray[np.bool_]]:
    """The same with a third of them besides as pictures of ink on paper, half of these small and some faint.

    Returns also which are usual, shape (n,): all but the small ones. These show that a strange look may be a bad
    picture's; how much may be doubted is not for them to say, since of such much should be.
    """
    images, labels = part
    some = rng.permutation(len(images))[: len(images) // 3]  # finding them again takes its time
    large, small = np.array_split(some, 2)
    parts = [
        part,
        photographed(images[large], labels[large], rng),
        photographed(images[small], labels[small], rng, PENCIL),
    ]
    whole = joined(parts)
    return whole, np.arange(len(whole[0])) < len(whole[0]) - len(parts[-1][0])


def photographed(
    images: Images,
    labels: NDArray[np.uint8],
    rng: np.random.Generator,
    paper: Paper = Paper(),  # noqa: B008 - frozen
) -> Part:
    """The same images as pictures of ink on paper, found again; those lost on the way left out.

    Finding thousands takes its time, so several processes share them.
    """
    starts = range(0, len(images), SHARED) or range(1)
    seeds = rng.integers(2**63, size=len(starts)).tolist()
    asked = [
        (images[start : start + SHARED], labels[start : start + SHARED], seed, paper)
        for start, seed in zip(starts, seeds, strict=True)
    ]
    return joined(list(map(_photographed, asked) if len(asked) < 2 else in_processes(_photographed, asked)))


def _photographed(asked: tuple[Images, NDArray[np.uint8], int, Paper]) -> Part:
    images, labels, seed, paper = asked
    rng = np.random.default_rng(seed)
    pairs = [(found, label) for image, label in zip(images, labels, strict=True) for found in _seen(image, rng, paper)]
    found = np.array([image for image, _ in pairs], np.uint8).reshape(-1, *images.shape[1:])
    return found, np.array([label for _, label in pairs], np.uint8)


def _seen(ink: Images, rng: np.random.Generator, paper: Paper) -> Iterator[Images]:
    try:
        yield frame_outlier(on_paper(ink, rng, paper)).pixels
    except NoInk:
        return


@lru_cache(maxsize=1)
def material(count: int, seed: int) -> tuple[Part, Part]:
    """Generated digits, and what is no digit, that no training of this seed has seen. Kept for the next asking."""
    from training.data.sources import drawn_folder  # the processes that photograph know no Django

    folder = drawn_folder()
    return draw("digits", count, seed + APART, folder), draw("outliers", count, seed + APART, folder)


def joined(parts: list[Part]) -> Part:
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def find_temperature(logits: NDArray[np.floating[Any]], truth: NDArray[np.intp]) -> float:
    """What the logits must be divided by for the least cross-entropy: a search by thirds of a logarithmic scale."""

    def loss(log_temperature: float) -> float:
        given = calibrated_at(logits, float(np.exp(log_temperature)))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(given, 1e-12)).mean())

    low, high = np.log(BINS)
    for _ in range(40):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2))


def find_thresholds(
    levels: NDArray[np.floating[Any]],
    first: NDArray[np.intp],
    is_usual: NDArray[np.bool_],
    is_right: NDArray[np.bool_],
    junk_levels: NDArray[np.floating[Any]],
) -> tuple[float, Rows]:
    """The strangeness from which a picture is refused, and those from which it is doubted, by its first choice (10,).

    levels: of digits, shape (n,), with their first choices, which of them are usual, and which are read rightly: to
    refuse another costs nothing. junk_levels: shape (m,). The digits say how much may be refused at most, the junk
    how much need not be.
    """
    doubt_from = np.full(10, np.quantile(levels[is_usual], 1 - DOUBTED))
    for digit in set(first[is_usual].tolist()):
        most = np.quantile(levels[is_usual & (first == digit)], 1 - DOUBTED_OF_ONE)
        doubt_from[digit] = max(doubt_from[digit], most)
    right = levels[is_right] if is_right.any() else levels
    refuse_from = max(np.quantile(right, 1 - REFUSED), np.quantile(junk_levels, ONLY_DOUBTED), doubt_from.max())
    return float(refuse_from), doubt_from


def find_space(features: NDArray[np.floating[Any]], truth: NDArray[np.intp]) -> FeatureSpace:
    """The features whitened by how digits vary about their class's centroid, and the main directions of what is left.

    features: (n, k); truth: (n,), each of 0 to 9 among them at least once.
    """
    features = features.astype(np.float64)
    centroids = np.stack([features[truth == digit].mean(0) for digit in range(10)])
    centre = features.mean(0)
    within = np.cov((features - centroids[truth]).T)
    within += 1e-3 * np.trace(within) / len(within) * np.eye(len(within))  # features that never fire
    strengths, axes = np.linalg.eigh(within)
    whitening = axes / np.sqrt(strengths)
    main = np.linalg.eigh(np.cov(((features - centre) @ whitening).T))[1][:, ::-1][:, :DIRECTIONS]
    directions = to_digits(whitening @ main)
    centre = to_digits(centre)
    return FeatureSpace(centre, directions, to_digits((centroids - centre) @ directions))


def learn_ood_score(digits: Rows, junk: Rows, rng: np.random.Generator) -> OodScore:
    """Tell inputs of junk from those of digits: logistic loss, both weighing the same, by Adam (Kingma, Ba, 2015)."""
    middle, spread = to_digits(digits.mean(0)), to_digits(digits.std(0) + 1e-3)
    inputs = np.clip((np.concatenate([digits, junk]) - middle) / spread, -MAX_DEVIATION, MAX_DEVIATION)
    truth = np.repeat([0.0, 1.0], [len(digits), len(junk)])
    weight = np.repeat([0.5 / len(digits), 0.5 / len(junk)], [len(digits), len(junk)]) * len(inputs)
    width = inputs.shape[1]
    weights = [
        rng.normal(0, width**-0.5, (width, HIDDEN)),
        np.zeros(HIDDEN),
        rng.normal(0, HIDDEN**-0.5, HIDDEN),
        np.zeros(1),
    ]
    means, squares = ([np.zeros_like(each) for each in weights] for _ in range(2))
    steps, step = EPOCHS * max(1, len(inputs) // BATCH), 0
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(len(inputs)), max(1, len(inputs) // BATCH)):
            step += 1
            rate = STEP * (1 + np.cos(np.pi * step / steps)) / 2
            for number, slope in enumerate(_slopes(weights, inputs[batch], truth[batch], weight[batch])):
                means[number] = 0.9 * means[number] + 0.1 * slope
                squares[number] = 0.999 * squares[number] + 0.001 * slope**2
                size = np.sqrt(squares[number] / (1 - 0.999**step)) + 1e-8
                weights[number] = weights[number] - rate * means[number] / (1 - 0.9**step) / size
    hidden, hidden_bias, output, output_bias = map(to_digits, weights)
    return OodScore(middle, spread, hidden, hidden_bias, output, float(output_bias[0]))


def _slopes(weights: list[Rows], inputs: Rows, truth: Rows, weight: Rows) -> list[Rows]:
    """Of the mean loss, in each of the weights."""
    hidden, hidden_bias, output, output_bias = weights
    active = np.tanh(inputs @ hidden + hidden_bias)
    error = (1 / (1 + np.exp(-(active @ output + output_bias))) - truth) * weight / len(inputs)
    back = np.outer(error, output) * (1 - active**2)
    return [
        inputs.T @ back + DECAY * hidden,
        back.sum(0),
        active.T @ error + DECAY * output,
        error.sum(keepdims=True),
    ]


def to_digits(values: Rows, digits: int = 5) -> Rows:
    """Rounded to so many significant digits, as they are kept."""
    return np.array([float(f"{value:.{digits}g}") for value in values.ravel()]).reshape(values.shape)


def to_lists(kept: FeatureSpace | OodScore) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(kept).items()}
