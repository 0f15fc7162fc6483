"""Metrics on labelled images: accuracy, accuracy per digit, confusion matrix and calibration error.

`evaluate` uses a network's probabilities, `report` the readings of the whole site: answers, refusals, numbers, and
pictures that are not digits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.classes import Verdict
from classifier.recognition.wording import percent

BINS = 15


@dataclass(frozen=True)
class Evaluation:
    """Figures of one network on one set of images."""

    images: int
    accuracy: float  # 0 to 1
    loss: float  # mean cross-entropy in nats
    per_digit: list[float]  # accuracy on each digit; 0 if the set has none of it
    confusion_matrix: list[list[int]]  # rows true, columns read
    ece: float  # expected calibration error, 0 to 1
    reliability: list[dict[str, float]]  # by confidence: from, to, count, confidence, accuracy

    @property
    def in_words(self) -> str:
        return "By digit: " + "  ".join(f"{digit}: {percent(share, 1)}" for digit, share in enumerate(self.per_digit))


@dataclass(frozen=True)
class Mistake:
    index: int
    label: int
    read: int
    confidence: float  # in what was read, 0 to 1


def evaluate(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> Evaluation:
    """Compares probabilities with the labels.

    probabilities: shape (n, 10), n at least 1; labels: shape (n,), 0 to 9.
    """
    if len(labels) == 0 or probabilities.shape != (len(labels), 10):
        raise ValueError(f"{probabilities.shape} probabilities do not match {labels.shape} labels")
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(1)), 1)
    right, counts = confusion.diagonal(), confusion.sum(1)
    given_to_truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    table = reliability_table(probabilities.max(1), probabilities.argmax(1) == labels)
    return Evaluation(
        images=len(labels),
        accuracy=float(right.sum() / len(labels)),
        loss=float(-np.log(np.clip(given_to_truth, 1e-12, 1)).mean()),
        per_digit=[float(share) for share in right / np.maximum(counts, 1)],
        confusion_matrix=confusion.tolist(),
        ece=expected_calibration_error(table),
        reliability=table,
    )


def reliability_table(
    confidence: NDArray[np.floating], is_right: NDArray[np.bool_], bins: int = BINS
) -> list[dict[str, float]]:
    """Returns mean confidence and accuracy for equally wide ranges of confidence, each including its upper end.

    confidence: shape (n,), 0 to 1, of the digit read; is_right: shape (n,). Empty ranges have count 0.
    """
    place = np.clip(np.ceil(confidence.astype(np.float64) * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    sure = np.bincount(place, weights=confidence, minlength=bins) / np.maximum(counts, 1)
    right = np.bincount(place, weights=is_right, minlength=bins) / np.maximum(counts, 1)
    return [
        {
            "from": number / bins,
            "to": (number + 1) / bins,
            "count": int(counts[number]),
            "confidence": float(sure[number]),
            "accuracy": float(right[number]),
        }
        for number in range(bins)
    ]


def expected_calibration_error(table: list[dict[str, float]]) -> float:
    """Returns the mean difference between confidence and accuracy, weighted by the answers in each range.

    Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", 2017, with its 15 bins.
    """
    answers = sum(row["count"] for row in table)
    return float(sum(row["count"] * abs(row["accuracy"] - row["confidence"]) for row in table) / answers)


def confident_mistakes(probabilities: NDArray[np.float32], labels: NDArray[np.uint8], limit: int) -> list[Mistake]:
    """Returns the most confident wrong answers, the most confident first."""
    read, confidence = probabilities.argmax(1), probabilities.max(1)
    wrong = np.flatnonzero(read != labels)
    surest = wrong[np.argsort(-confidence[wrong], kind="stable")][:limit]
    return [Mistake(int(at), int(labels[at]), int(read[at]), float(confidence[at])) for at in surest]


ANSWERS = ("digit", "unsure")  # verdicts with a first choice; the others: not_a_digit, and error
ERROR = "error"  # rejected before the network: no ink, unreadable


@dataclass(frozen=True)
class Reading:
    """What the site reads on one example."""

    name: str
    label: str  # the digits written there, mostly one; empty if it is not a digit
    verdict: str  # digit, unsure, not_a_digit or error; for a number the worst of its digits'
    read: str = ""  # the first choices from left to right; empty for an error
    confidence: float = 0.0  # in what was read, 0 to 1
    reason: str = ""  # of classifier.recognition.verdict.REASONS, or the error's code

    @property
    def is_answer(self) -> bool:
        return self.verdict in ANSWERS

    @property
    def is_right(self) -> bool:
        """A refusal is wrong; an unsure answer counts by its first choice."""
        return self.is_answer and self.read == self.label


def report(readings: Sequence[Reading]) -> dict[str, Any]:
    """Returns the figures of a set as they are stored, printed and written as JSON; shares are 0 to 1.

    readings: at least one. Examples with a label give accuracy, per_digit, confusion_matrix (rows written, columns
    read; `not_read` counts the refused and those read as several), refused (with errors), unsure, ece and reliability
    of the answers, confidence_when_wrong, and mistakes, the most confident first. Examples without give `junk`.
    """
    if not readings:
        raise ValueError("A set without examples has no figures.")
    labelled = [each for each in readings if each.label]
    outliers = [each for each in readings if not each.label]
    errors = Counter(each.reason for each in readings if each.verdict == ERROR)
    figures: dict[str, Any] = {"images": len(readings), "labelled": len(labelled), "errors": dict(errors.most_common())}
    if labelled:
        figures |= _of_labelled(labelled)
    if numbers := [each for each in labelled if len(each.label) > 1]:
        sure = [each for each in numbers if each.verdict == Verdict.DIGIT]
        figures["numbers"] = {
            "images": len(numbers),
            "accuracy": _share(each.is_right for each in numbers),
            "sure": len(sure) / len(numbers),
            "sure_right": _share(each.is_right for each in sure) if sure else None,
            "cut_rightly": _share(len(each.read) == len(each.label) for each in numbers),
        }
    if outliers:
        figures["junk"] = _of_outliers(outliers)
    return figures


def _of_labelled(readings: Sequence[Reading]) -> dict[str, Any]:
    answered = [each for each in readings if each.is_answer]
    wrong = [each for each in answered if not each.is_right]
    table = reliability_table(
        np.array([each.confidence for each in answered], np.float64),
        np.array([each.is_right for each in answered], bool),
    )
    mistakes = sorted((each for each in readings if not each.is_right), key=lambda each: -each.confidence)
    return {
        "accuracy": _share(each.is_right for each in readings),
        "refused": 1 - len(answered) / len(readings),
        "unsure": _share(each.verdict == Verdict.UNSURE for each in readings),
        "ece": expected_calibration_error(table) if answered else None,
        "reliability": table,
        "confidence_when_wrong": float(np.mean([each.confidence for each in wrong])) if wrong else None,
        "mistakes": [asdict(each) for each in mistakes],
    } | _by_digit([each for each in readings if len(each.label) == 1])


def _by_digit(readings: Sequence[Reading]) -> dict[str, Any]:
    confusion, not_read = np.zeros((10, 10), int), np.zeros(10, int)
    for each in readings:
        if each.is_answer and len(each.read) == 1:
            confusion[int(each.label), int(each.read)] += 1
        else:
            not_read[int(each.label)] += 1
    counts = confusion.sum(1) + not_read
    shares = confusion.diagonal() / np.maximum(counts, 1)
    return {
        "per_digit": [float(share) if count else None for share, count in zip(shares, counts, strict=True)],
        "confusion_matrix": confusion.tolist(),
        "not_read": not_read.tolist(),
    }


def _of_outliers(readings: Sequence[Reading]) -> dict[str, Any]:
    """Pictures that are not digits count as caught if they are refused or marked unsure."""
    missed = sorted((each for each in readings if each.verdict == Verdict.DIGIT), key=lambda each: -each.confidence)
    return {
        "images": len(readings),
        "caught": 1 - len(missed) / len(readings),
        "refused": _share(each.verdict in (Verdict.NOT_A_DIGIT, ERROR) for each in readings),
        "unsure": _share(each.verdict == Verdict.UNSURE for each in readings),
        "reasons": dict(Counter(each.reason for each in readings if each.verdict != Verdict.DIGIT).most_common()),
        "missed": [asdict(each) for each in missed],
    }


def _share(which: Iterable[bool]) -> float:
    return float(np.mean(list(which)))
