"""Calibrating a network: how sure it may say it is, which pictures it doubts, and which it refuses.

Everything is chosen on digits held out of its training and on generated ones, never on test images. The result is
stored with the version; `classifier.recognition.verdict` applies it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.calibration import OOD_SCORE_KEY, VERSION, calibrated_at
from classifier.recognition.ood_score import FeatureSpace, OodScore, ood_inputs

from .material import Images, gather
from .ood_score import find_space, learn_ood_score
from .thresholds import UNSURE, find_temperature, find_thresholds

Answering = Callable[[Images], tuple[NDArray[np.float32], NDArray[np.float32]]]  # (n, 28, 28) → logits, features


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

    answer: returns the network's logits (n, 10) and features (n, k) for images (n, 28, 28).
    images, labels: digits that the network has not learnt from.
    is_known: the network has learnt from them after all. They then show what a digit looks like, but choose no
        threshold, because memorised digits have low scores. Photographs of them still do.
    drawn: the number of generated digits, and of outliers, beside the images; by default as many as there are
        images, between 300 and 5,000.
    """
    material = gather(images, labels, seed, drawn, is_known=is_known)
    truth, is_usual = material.truth, material.is_usual
    logits, features = answer(material.digits)
    outlier_logits, outlier_features = answer(material.outliers)
    fitted, held = np.split(np.arange(len(truth)), [len(truth) // 2])  # to fit with; to choose thresholds with
    held = held[material.may_choose[held]]
    space = find_space(features[fitted], truth[fitted])
    inputs = ood_inputs(logits, features, material.digits, space)
    outlier_inputs = ood_inputs(outlier_logits, outlier_features, material.outliers, space)
    score = learn_ood_score(inputs[fitted], outlier_inputs, np.random.default_rng([seed, 4]))
    temperature = round(find_temperature(logits[is_usual], truth[is_usual]), 4)
    confidence = calibrated_at(logits[held[is_usual[held]]], temperature).max(1)
    first = logits[held].argmax(1)
    refuse_from, doubt_from = find_thresholds(
        score.of(inputs[held]), first, is_usual[held], first == truth[held], score.of(outlier_inputs)
    )
    return {
        "version": VERSION,
        "temperature": temperature,
        "refuse_from": round(refuse_from, 4),
        "doubt_from": doubt_from.round(4).tolist(),
        "sure_from": round(float(np.quantile(confidence, UNSURE)), 4),
        "space": to_lists(space),
        OOD_SCORE_KEY: to_lists(score),
        # "junk" is the stored name of the outliers.
        "made_with": {"digits": len(truth), "junk": len(material.outliers), "seed": seed},
    }


def to_lists(stored: FeatureSpace | OodScore) -> dict[str, Any]:
    """The arrays as lists, for JSON."""
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(stored).items()}
