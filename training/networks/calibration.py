"""Calibrating a network: how sure it may say it is, which pictures it doubts, and which it refuses.

Everything is chosen on digits held out of its training, on generated digits and on outliers, a third of them also
photographed, and never on test images. The result is stored with the version; `classifier.recognition.verdict`
applies it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.calibration import (
    MAX_DEVIATION,
    OOD_SCORE_KEY,
    VERSION,
    FeatureSpace,
    OodScore,
    calibrated_at,
    ood_inputs,
)
from training.synthesis.steps import Advance, not_counted

from .material import Images, Material

# A refused digit is a lost answer, but a doubt also catches an outlier. So few pictures are refused and more doubted.
REFUSED = 0.0005  # largest share of the correctly read digits that may be refused
DOUBTED = 0.03  # share of all digits that may be doubted for their score, including those refused
DOUBTED_OF_ONE = 0.06  # the largest such share of one digit: a plain 1 has a high score because it has so few features
UNSURE = 0.02  # share of digits that may be doubted for the confidence of their first choice
NOT_REFUSED = 0.2  # share of the outliers, those with the lowest scores, that need not be refused
TEMPERATURES = (0.5, 8.0)  # the range searched

# The network of the out-of-distribution score.
DIRECTIONS = 32  # of the feature space
HIDDEN = 24  # units of the network
DECAY = 1e-3  # of its weights
EPOCHS = 60
LEARNING_RATE = 0.01  # at the beginning; it falls to 0 along a cosine
BATCH = 256

Rows = NDArray[np.float64]
Scores = NDArray[np.floating[Any]]  # (n,) out-of-distribution scores
Outputs = Callable[[Images], tuple[NDArray[np.float32], NDArray[np.float32]]]  # (n, 28, 28) → logits, features


def calibrate(
    outputs: Outputs,
    material: Material,
    *,
    unlearnt: Outputs | None = None,
    how_sure: dict[str, float] | None = None,
    advance: Advance = not_counted,
) -> dict[str, Any]:
    """The calibration of a network, for its metadata.

    outputs: returns the network's logits (n, 10) and features (n, k) for images (n, 28, 28).
    unlearnt, how_sure: given if the network has learnt the held-out digits after all: the outputs of a network that
        has not, or the temperature and `sure_from` of one. These digits then show what a digit looks like, but choose
        no threshold, because memorised digits have low scores. Photographs of them still do.
    advance: receives the share done; most of the time goes into the epochs of the score.
    """
    is_known = unlearnt is not None or how_sure is not None
    logits, features = outputs(material.digits)
    fitted, held = material.halves()
    space = find_space(features[fitted], material.truth[fitted])
    how_sure = how_sure or find_how_sure(unlearnt(material.digits)[0] if unlearnt else logits, material)
    inputs = ood_inputs(logits, features, material.digits, space)
    outlier_inputs = ood_inputs(*outputs(material.outliers), material.outliers, space)
    score = learn_ood_score(inputs[fitted], outlier_inputs, np.random.default_rng([material.seed, 4]), advance)
    if is_known:
        held = held[~material.is_held_out[held]]
    first, is_usual = logits[held].argmax(1), material.is_usual[held]
    is_correct = first == material.truth[held]
    scores, outlier_scores = score.of(inputs[held]), score.of(outlier_inputs)
    refuse_from, doubt_from = find_thresholds(scores, first, is_usual, is_correct, outlier_scores)
    return {
        "version": VERSION,
        "temperature": how_sure["temperature"],
        "refuse_from": round(refuse_from, 4),
        "doubt_from": doubt_from.round(4).tolist(),
        "sure_from": how_sure["sure_from"],
        "space": to_lists(space),
        OOD_SCORE_KEY: to_lists(score),
        # "junk" is the stored name of the outliers.
        "made_with": {"digits": len(material.truth), "junk": len(material.outliers), "seed": material.seed},
    }


def to_lists(stored: FeatureSpace | OodScore) -> dict[str, Any]:
    """The arrays as lists, for JSON."""
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(stored).items()}


def find_space(features: NDArray[np.floating[Any]], truth: NDArray[np.intp]) -> FeatureSpace:
    """The principal directions of the features, whitened by the variation of digits about their class's centroid.

    features: (n, k); truth: (n,), with each of 0 to 9 at least once.
    """
    features = features.astype(np.float64)
    centroids = np.stack([features[truth == digit].mean(0) for digit in range(10)])
    centre = features.mean(0)
    within = np.cov((features - centroids[truth]).T)
    within += 1e-3 * np.trace(within) / len(within) * np.eye(len(within))  # for features that are always 0
    strengths, axes = np.linalg.eigh(within)
    whitening = axes / np.sqrt(strengths)
    main = np.linalg.eigh(np.cov(((features - centre) @ whitening).T))[1][:, ::-1][:, :DIRECTIONS]
    directions = significant(whitening @ main)
    centre = significant(centre)
    return FeatureSpace(centre, directions, significant((centroids - centre) @ directions))


def learn_ood_score(digits: Rows, outliers: Rows, rng: np.random.Generator, advance: Advance = not_counted) -> OodScore:
    """Fits the score with logistic loss, in which digits and outliers have the same weight.

    digits: inputs of digits, (n, d); outliers: of outliers, (m, d), see `ood_inputs`. advance: receives the share done.
    """
    middle, spread = significant(digits.mean(0)), significant(digits.std(0) + 1e-3)
    inputs = np.clip((np.concatenate([digits, outliers]) - middle) / spread, -MAX_DEVIATION, MAX_DEVIATION)
    truth = np.repeat([0.0, 1.0], [len(digits), len(outliers)])
    sizes = [len(digits), len(outliers)]
    weight = np.repeat([0.5 / len(digits), 0.5 / len(outliers)], sizes) * len(inputs)
    width = inputs.shape[1]
    weights = [
        rng.normal(0, width**-0.5, (width, HIDDEN)),
        np.zeros(HIDDEN),
        rng.normal(0, HIDDEN**-0.5, HIDDEN),
        np.zeros(1),
    ]
    _adam(weights, inputs, truth, weight, rng, advance)
    hidden, hidden_bias, output, output_bias = map(significant, weights)
    return OodScore(middle, spread, hidden, hidden_bias, output, float(output_bias[0]))


def _adam(
    weights: list[Rows], inputs: Rows, truth: Rows, weight: Rows, rng: np.random.Generator, advance: Advance
) -> None:
    """Fits the weights in place. Source: Kingma, Ba, "Adam: a method for stochastic optimization", 2015."""
    means, squares = ([np.zeros_like(array) for array in weights] for _ in range(2))
    batches = max(1, len(inputs) // BATCH)
    steps, step = EPOCHS * batches, 0
    for epoch in range(EPOCHS):
        advance(epoch / EPOCHS)
        for batch in np.array_split(rng.permutation(len(inputs)), batches):
            step += 1
            rate = LEARNING_RATE * (1 + np.cos(np.pi * step / steps)) / 2
            for number, gradient in enumerate(_gradients(weights, inputs[batch], truth[batch], weight[batch])):
                means[number] = 0.9 * means[number] + 0.1 * gradient
                squares[number] = 0.999 * squares[number] + 0.001 * gradient**2
                size = np.sqrt(squares[number] / (1 - 0.999**step)) + 1e-8
                weights[number] = weights[number] - rate * means[number] / (1 - 0.9**step) / size


def _gradients(weights: list[Rows], inputs: Rows, truth: Rows, weight: Rows) -> list[Rows]:
    """The gradients of the mean loss with respect to the weights."""
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


def significant(values: Rows, digits: int = 5) -> Rows:
    """Rounded to this many significant digits, as they are stored."""
    return np.array([float(f"{value:.{digits}g}") for value in values.ravel()]).reshape(values.shape)


def find_how_sure(logits: NDArray[np.floating[Any]], material: Material) -> dict[str, float]:
    """The temperature, and the confidence below which a first choice is doubted, from usual digits.

    logits: (n, 10), of a network that has not learnt the digits.
    """
    usual = material.is_usual
    temperature = round(find_temperature(logits[usual], material.truth[usual]), 4)
    _, held = material.halves()
    confidence = calibrated_at(logits[held[usual[held]]], temperature).max(1)
    return {"temperature": temperature, "sure_from": round(float(np.quantile(confidence, UNSURE)), 4)}


def find_temperature(logits: NDArray[np.floating[Any]], truth: NDArray[np.intp]) -> float:
    """The temperature with the least cross-entropy, by ternary search on a logarithmic scale.

    Source: Guo et al., "On calibration of modern neural networks", 2017. logits: (n, 10); truth: (n,).
    """

    def loss(log_temperature: float) -> float:
        confidence = calibrated_at(logits, float(np.exp(log_temperature)))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(confidence, 1e-12)).mean())

    low, high = np.log(TEMPERATURES)
    for _ in range(40):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2))


def find_thresholds(
    scores: Scores,
    first: NDArray[np.intp],
    is_usual: NDArray[np.bool_],
    is_correct: NDArray[np.bool_],
    outlier_scores: Scores,
) -> tuple[float, NDArray[np.float64]]:
    """The score from which a picture is refused, and, for each first choice (10,), from which it is doubted.

    The digits limit how much may be refused; the outliers tell how much has to be.

    scores: of digits, (n,), with their first choices, which are usual, and which are read correctly: refusing a
    misread digit costs nothing. outlier_scores: (m,).
    """
    doubt_from: NDArray[np.float64] = np.full(10, float(np.quantile(scores[is_usual], 1 - DOUBTED)))
    for digit in set(first[is_usual].tolist()):
        of_digit = np.quantile(scores[is_usual & (first == digit)], 1 - DOUBTED_OF_ONE)
        doubt_from[digit] = max(doubt_from[digit], of_digit)
    correct = scores[is_correct] if is_correct.any() else scores
    refuse_from = max(np.quantile(correct, 1 - REFUSED), np.quantile(outlier_scores, NOT_REFUSED), doubt_from.max())
    return float(refuse_from), doubt_from
