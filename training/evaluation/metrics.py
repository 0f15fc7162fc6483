"""What a network gets right on labelled images: overall, digit by digit, what it takes for what, and whether it
is as sure as it is right. `evaluate` is of a network's probabilities; `report` of all that the site says of a set:
answers, refusals, numbers, and of pictures that are no digits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.classes import Verdict

BINS = 15


@dataclass(frozen=True)
class Evaluation:
    """Figures of one network on one set of images."""

    images: int
    accuracy: float  # 0 to 1
    loss: float  # mean cross-entropy in nats
    per_digit: list[float]  # share read rightly of each digit; 0 where there is none
    confusion_matrix: list[list[int]]  # rows true, columns read
    ece: float  # expected calibration error, 0 to 1
    reliability: list[dict[str, float]]  # by confidence: from, to, count, confidence, accuracy


@dataclass(frozen=True)
class Mistake:
    index: int
    label: int
    read: int
    confidence: float  # in what was read, 0 to 1


def evaluate(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> Evaluation:
    """Compare answers with the truth.

    probabilities: shape (n, 10), n at least 1; labels: shape (n,), 0 to 9.
    """
    if len(labels) == 0 or probabilities.shape != (len(labels), 10):
        raise ValueError(f"{probabilities.shape} probabilities do not answer {labels.shape} labels")
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
    """Mean confidence and share of right answers, by equally wide ranges of confidence; a range owns its upper end.

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
    """How far confidence is from accuracy, weighted by how many answers there are of each confidence.

    Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", 2017, with its 15 bins.
    """
    answers = sum(row["count"] for row in table)
    return float(sum(row["count"] * abs(row["accuracy"] - row["confidence"]) for row in table) / answers)


def confident_mistakes(probabilities: NDArray[np.float32], labels: NDArray[np.uint8], limit: int) -> list[Mistake]:
    """The wrong answers the network was surest of, surest first."""
    read, confidence = probabilities.argmax(1), probabilities.max(1)
    wrong = np.flatnonzero(read != labels)
    surest = wrong[np.argsort(-confidence[wrong], kind="stable")][:limit]
    return [Mistake(int(at), int(labels[at]), int(read[at]), float(confidence[at])) for at in surest]


ANSWERS = ("digit", "unsure")  # verdicts with a first choice; the others: not_a_digit, and error
ERROR = "error"  # turned away before a network saw it: no ink, unreadable


@dataclass(frozen=True)
class Reading:
    """What the site says of one example."""

    name: str
    label: str  # the figures that are written there, mostly one; empty: it is no digit
    verdict: str  # digit, unsure, not_a_digit or error; of a number the worst of its digits'
    read: str = ""  # the first choices from left to right; empty for an error
    confidence: float = 0.0  # in what was read, 0 to 1
    reason: str = ""  # of classifier.recognition.verdict.REASONS, or the error's code

    @property
    def is_answer(self) -> bool:
        return self.verdict in ANSWERS

    @property
    def is_right(self) -> bool:
        """A refusal is wrong; one that is unsure counts by its first choice."""
        return self.is_answer and self.read == self.label


def report(readings: Sequence[Reading]) -> dict[str, Any]:
    """The figures of a set as they are kept, printed and written as JSON; shares are 0 to 1.

    readings: at least one. Of examples with a label: accuracy, per_digit, confusion_matrix (rows written, columns
    read; `not_read` has what was refused or read as several), refused (errors too), unsure, ece and reliability of
    what was answered, confidence_when_wrong, mistakes, the surest first. Of those without: `junk`.
    """
    if not readings:
        raise ValueError("A set without examples has no figures.")
    labelled = [each for each in readings if each.label]
    junk = [each for each in readings if not each.label]
    errors = Counter(each.reason for each in readings if each.verdict == ERROR)
    found: dict[str, Any] = {"images": len(readings), "labelled": len(labelled), "errors": dict(errors.most_common())}
    if labelled:
        found |= _of_labelled(labelled)
    if numbers := [each for each in labelled if len(each.label) > 1]:
        found["numbers"] = {
            "images": len(numbers),
            "accuracy": _share(each.is_right for each in numbers),
            "cut_rightly": _share(len(each.read) == len(each.label) for each in numbers),
        }
    if junk:
        found["junk"] = _of_junk(junk)
    return found


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


def _of_junk(readings: Sequence[Reading]) -> dict[str, Any]:
    """What is no digit should be refused or at least marked unsure."""
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
