"""Learning the out-of-distribution score of a network: its feature space, and a small network on top of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.ood_score import MAX_DEVIATION, FeatureSpace, OodScore

DIRECTIONS = 32  # of the feature space
HIDDEN = 24  # units of the network
DECAY = 1e-3  # of its weights
EPOCHS = 60
LEARNING_RATE = 0.01  # at the beginning; it falls to 0 along a cosine
BATCH = 256

Rows = NDArray[np.float64]


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


def learn_ood_score(digits: Rows, outliers: Rows, rng: np.random.Generator) -> OodScore:
    """Fits the score with logistic loss, in which digits and outliers have the same weight.

    digits: inputs of digits, (n, d); outliers: of outliers, (m, d), see `ood_inputs`.
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
    _adam(weights, inputs, truth, weight, rng)
    hidden, hidden_bias, output, output_bias = map(significant, weights)
    return OodScore(middle, spread, hidden, hidden_bias, output, float(output_bias[0]))


def _adam(weights: list[Rows], inputs: Rows, truth: Rows, weight: Rows, rng: np.random.Generator) -> None:
    """Fits the weights in place. Source: Kingma, Ba, "Adam: a method for stochastic optimization", 2015."""
    means, squares = ([np.zeros_like(array) for array in weights] for _ in range(2))
    batches = max(1, len(inputs) // BATCH)
    steps, step = EPOCHS * batches, 0
    for _ in range(EPOCHS):
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
