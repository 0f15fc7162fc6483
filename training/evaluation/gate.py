"""The gate: whether a candidate may take the place of the version in service. It judges, and changes nothing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.wording import p_value, percent
from training.models import Measurement

from .fixed_sets import FIXED_SETS
from .measuring import Answers, answers_of
from .robustness import unpacked

SIGNIFICANT = 0.05  # one-sided
TITLES = {"mnist": "the MNIST test images", "strokes": "the generated strokes", "corrections": "held-back corrections"}


@dataclass(frozen=True)
class McNemar:
    """Two readers of the same images."""

    only_a: int  # images that a alone read rightly
    only_b: int
    p_value: float  # one-sided: the chance that a reader as good as b falls as far behind it as a does


@dataclass(frozen=True)
class Judgement:
    passed: bool
    sentences: list[str]
    sets: list[dict[str, Any]]  # name, only_candidate, only_in_service, p_value, significantly_worse


def mcnemar(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_]) -> McNemar:
    """Whether a reads worse than b, by the images that only one of them reads rightly.

    right_a, right_b: shape (n,), of the same images in the same order.
    Exact: if both were equally good, each such image would fall to either side like a coin. Source: McNemar,
    "Note on the sampling error of the difference between correlated proportions or percentages", 1947; for
    classifiers Dietterich, "Approximate statistical tests", 1998.
    """
    if right_a.shape != right_b.shape:
        raise ValueError(f"{right_a.shape} answers cannot be paired with {right_b.shape}")
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return McNemar(only_a, only_b, at_most(only_a, only_a + only_b))


def at_most(heads: int, tosses: int) -> float:
    """The chance of at most so many heads in so many tosses of a fair coin."""
    total, ways = 0, 1  # whole numbers: exact for any number of tosses
    for count in range(heads + 1):
        total += ways
        ways = ways * (tosses - count) // (count + 1)
    return float(total / 2**tosses)


def compared(new: dict[str, Any], old: dict[str, Any]) -> McNemar:
    """The same for two figures of a card, a level of robustness or a configured set, of the same pictures.

    It marks a fall and refuses nothing: of twenty levels on which two versions are equally good, one may be marked.
    """
    return mcnemar(*(unpacked(each["right"], each["images"]) for each in (new, old)))


def judge(candidate: Measurement, in_service: Measurement | None) -> Judgement:
    """Refuse a candidate that is significantly worse than the version in service on a fixed set.

    What corrections say is reported beside it and never excuses a fall on these.
    """
    if in_service is None:
        return Judgement(True, ["No version is in service, so there is nothing to be worse than."], [])
    sets, sentences = [], []
    for name in FIXED_SETS:
        ours, theirs = answers_of(candidate, name), answers_of(in_service, name)
        if ours is None or theirs is None:
            sentences.append(f"The two were not both measured on {TITLES[name]}, so these were not compared.")
            continue
        found = _compared(name, ours, theirs)
        sets.append(found)
        sentences.append(_in_words(found, ours.images))
    if not sets:
        sentences.append("Without a set to compare them on, the gate cannot let it pass.")
    passed = bool(sets) and not any(found["significantly_worse"] for found in sets)
    if words := _about_corrections(candidate, in_service):
        sentences.append(words)
    return Judgement(passed, sentences, sets)


def _compared(name: str, ours: Answers, theirs: Answers) -> dict[str, Any]:
    test = mcnemar(ours.is_right, theirs.is_right)
    return {
        "name": name,
        "only_candidate": test.only_a,
        "only_in_service": test.only_b,
        "p_value": test.p_value,
        "significantly_worse": test.p_value < SIGNIFICANT,
    }


def _in_words(found: dict[str, Any], images: int) -> str:
    verdict = "is significantly worse" if found["significantly_worse"] else "is not significantly worse"
    return (
        f"On {TITLES[found['name']]} ({images:,}) the candidate {verdict}: it alone reads "
        f"{found['only_candidate']:,} rightly, the version in service alone {found['only_in_service']:,} "
        f"(McNemar's test, {p_value(found['p_value'])})."
    )


def _about_corrections(candidate: Measurement, in_service: Measurement) -> str:
    ours, theirs = (measurement.figures.get("corrections") for measurement in (candidate, in_service))
    if not ours or not theirs:
        return ""
    candidates, in_services = percent(ours["accuracy"], 1), percent(theirs["accuracy"], 1)
    return (
        f"Of the held-back corrections the candidate reads {candidates} correctly, the version in service "
        f"{in_services}; this is only reported."
    )
