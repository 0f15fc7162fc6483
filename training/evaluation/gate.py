"""The gate: whether a candidate may replace the version in service. It compares their answers and changes nothing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.wording import p_value, percent
from training.models import Measurement

from .fixed_sets import COMPARED, FIXED_SETS, LINES, read_set
from .lines import right_of_lines
from .robustness.curves import unpacked

SIGNIFICANT = 0.05  # p-value, one-sided
TITLES = {
    "mnist": "the MNIST test images",
    "strokes": "the generated strokes",
    "corrections": "held-back corrections",
    LINES: "the held-out lines",
}


@dataclass(frozen=True)
class Answers:
    """The digits that a version read on a fixed set, with the labels."""

    read: NDArray[np.uint8]  # (n,)
    labels: NDArray[np.uint8]  # (n,)

    @property
    def is_right(self) -> NDArray[np.bool_]:
        return np.equal(self.read, self.labels)


@dataclass(frozen=True)
class McNemar:
    """The result of McNemar's test of two readers, a and b, of the same images."""

    only_a: int  # images that only a read correctly
    only_b: int
    p_value: float  # one-sided: the probability that an equally good reader falls as far behind b as a does


@dataclass(frozen=True)
class Judgement:
    passed: bool
    sentences: list[str]
    sets: list[dict[str, Any]]  # name, only_candidate, only_in_service, p_value, significantly_worse

    @property
    def headline(self) -> str:
        """What the tests show, without claiming more: a candidate that passes is often no better."""
        if not self.passed:
            reason = "It is significantly worse" if self.sets else "It cannot be compared"
            return f"{reason}: the gate refuses it"
        if not self.sets:
            return "No version is in service: it may be promoted"
        is_better = any(significantly_better(each) for each in self.sets)
        return f"It is {'significantly better' if is_better else 'not significantly worse'}: it may be promoted"


class GateRefused(Exception):
    """The candidate is significantly worse than the version in service; `judgement` has the figures."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(" ".join(judgement.sentences))
        self.judgement = judgement


def judge(candidate: Measurement, in_service: Measurement | None) -> Judgement:
    """Refuses a candidate that is significantly worse than the version in service on a fixed set.

    The result on corrections is only reported: it never makes up for a fall on a fixed set.
    """
    if in_service is None:
        return Judgement(True, ["No version is in service to compare the candidate with."], [])
    sets, sentences = [], []
    for name in COMPARED[candidate.version.kind]:
        ours, theirs = right_of(candidate, name), right_of(in_service, name)
        if ours is None or theirs is None:
            sentences.append(f"The two versions were not both measured on {TITLES[name]}, so these are not compared.")
            continue
        test = mcnemar(ours, theirs)
        comparison = {
            "name": name,
            "only_candidate": test.only_a,
            "only_in_service": test.only_b,
            "p_value": test.p_value,
            "significantly_worse": test.p_value < SIGNIFICANT,
        }
        sets.append(comparison)
        sentences.append(_in_words(comparison, len(ours)))
    if not sets:
        sentences.append("There is no set to compare the versions on, so the candidate does not pass.")
    passed = bool(sets) and not any(each["significantly_worse"] for each in sets)
    if sentence := _about_corrections(candidate, in_service):
        sentences.append(sentence)
    return Judgement(passed, sentences, sets)


def right_of(measurement: Measurement, name: str) -> NDArray[np.bool_] | None:
    """Returns whether a version read each image of a fixed set right; None unless it was measured on that set."""
    if name == LINES:
        return right_of_lines(measurement)
    answers = answers_of(measurement, name)
    return answers.is_right if answers else None


def answers_of(measurement: Measurement, name: str) -> Answers | None:
    """Returns a version's answers to a fixed set; None unless the set it was measured on is available."""
    read = np.frombuffer(getattr(measurement, FIXED_SETS[name]), np.uint8)
    images = read_set(name)
    if images is None or len(read) != len(images.labels):
        return None
    measured_on = measurement.figures.get(name, {}).get("sha256")
    return Answers(read, images.labels) if measured_on in (None, images.sha256) else None


def mcnemar(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_]) -> McNemar:
    """Tests whether reader a is worse than b, using the images that only one of them reads correctly.

    right_a, right_b: shape (n,), for the same images in the same order.
    The test is exact: for equally good readers each such image is the toss of a fair coin. Source: McNemar, "Note on
    the sampling error of the difference between correlated proportions or percentages", 1947; for classifiers
    Dietterich, "Approximate statistical tests", 1998.
    """
    if right_a.shape != right_b.shape:
        raise ValueError(f"{right_a.shape} answers cannot be paired with {right_b.shape}")
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return McNemar(only_a, only_b, at_most(only_a, only_a + only_b))


def at_most(heads: int, tosses: int) -> float:
    """Returns the probability of at most `heads` heads in `tosses` tosses of a fair coin."""
    total, ways = 0, 1  # whole numbers: exact for any number of tosses
    for count in range(heads + 1):
        total += ways
        ways = ways * (tosses - count) // (count + 1)
    return float(total / 2**tosses)


def significantly_better(comparison: dict[str, Any]) -> bool:
    """Whether the candidate is better by more than chance explains. comparison: one of a Judgement's `sets`."""
    return p_value_of_better(comparison) < SIGNIFICANT


def p_value_of_better(comparison: dict[str, Any]) -> float:
    """The probability that an equally good reader falls as far behind the candidate as the version in service does."""
    only_candidate, only_in_service = comparison["only_candidate"], comparison["only_in_service"]
    return at_most(only_in_service, only_candidate + only_in_service)


def compared(new: dict[str, Any], old: dict[str, Any]) -> McNemar:
    """Tests two figures of a robustness report: a level, or a configured set, on the same pictures.

    The result marks a fall and refuses nothing: of twenty levels on which two versions are equally good, one may be
    marked by chance.
    """
    return mcnemar(*(unpacked(each["right"], each["images"]) for each in (new, old)))


def _in_words(comparison: dict[str, Any], images: int) -> str:
    verdict, p = "is neither significantly better nor worse", comparison["p_value"]
    if comparison["significantly_worse"]:
        verdict = "is significantly worse"
    elif significantly_better(comparison):
        verdict, p = "is significantly better", p_value_of_better(comparison)
    return (
        f"On {TITLES[comparison['name']]} ({images:,}) the candidate {verdict}: it alone reads "
        f"{comparison['only_candidate']:,} correctly, the version in service alone {comparison['only_in_service']:,} "
        f"(McNemar's test, {p_value(p)})."
    )


def _about_corrections(candidate: Measurement, in_service: Measurement) -> str:
    ours, theirs = (measurement.figures.get("corrections") for measurement in (candidate, in_service))
    if not ours or not theirs:
        return ""
    return (
        f"Of the held-back corrections the candidate reads {percent(ours['accuracy'])} correctly, the version in "
        f"service {percent(theirs['accuracy'])}. The gate does not use this."
    )
