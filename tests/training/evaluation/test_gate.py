"""McNemar's test and the judgement of the gate."""

import itertools
from typing import Any

import numpy as np
import pytest

from classifier.models import ModelVersion
from classifier.recognition.wording import percent
from training.evaluation import fixed_sets, gate
from training.evaluation.gate import Answers, at_most, judge, mcnemar
from training.models import Measurement


@pytest.mark.parametrize(
    ("heads", "tosses", "chance"),
    [
        (0, 0, 1.0),
        (0, 1, 0.5),
        (1, 1, 1.0),
        (0, 5, 1 / 32),
        (2, 10, 56 / 1024),
        (1, 8, 9 / 256),
        (5, 10, 638 / 1024),
        (10, 10, 1.0),
        (500, 1000, 0.512612509),
    ],
)
def test_the_probability_of_few_heads_is_exact(heads: int, tosses: int, chance: float) -> None:
    assert at_most(heads, tosses) == pytest.approx(chance, rel=1e-8)


def test_the_probability_agrees_with_counting_all_tosses() -> None:
    for heads in range(7):
        few = sum(sum(each) <= heads for each in itertools.product((0, 1), repeat=6))
        assert at_most(heads, 6) == few / 64


def test_thousands_of_disagreements_do_not_overflow() -> None:
    assert at_most(4_000, 10_000) == pytest.approx(0, abs=1e-80)
    assert at_most(5_000, 10_000) == pytest.approx(0.504, abs=1e-3)


def test_only_images_that_one_alone_reads_correctly_count() -> None:
    right_a = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1], bool)
    right_b = np.array([1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0], bool)
    test = mcnemar(right_a, right_b)
    assert (test.only_a, test.only_b) == (2, 7)
    assert test.p_value == 46 / 512
    assert mcnemar(right_b, right_a).p_value == 502 / 512


def test_answers_of_different_images_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        mcnemar(np.ones(3, bool), np.ones(4, bool))


Reader = dict[str, list[int]]  # by set, the misread images


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Any:
    """judged(candidate, in_service) of readers of two sets of 1,000 images."""
    readers: dict[int, Reader] = {}

    def answers_of(measurement: Measurement, name: str) -> Answers | None:
        wrong = readers[id(measurement)].get(name)
        labels = np.zeros(1000, np.uint8)
        if wrong is None:
            return None
        read = labels.copy()
        read[wrong] = 1
        return Answers(read, labels)

    def judged(candidate: Reader, in_service: Reader, **figures: Any) -> gate.Judgement:
        new, old = (Measurement(version=ModelVersion(), figures=figures.get(name, {})) for name in ("new", "old"))
        readers.update({id(new): candidate, id(old): in_service})
        return judge(new, old)

    monkeypatch.setattr(gate, "answers_of", answers_of)
    return judged


NONE: list[int] = []
FIVE, FOUR = list(range(5)), list(range(4))


@pytest.mark.parametrize(
    ("mnist", "strokes", "passes"),
    [
        (NONE, NONE, True),
        (FOUR, FOUR, True),  # p = 1/16: chance explains it
        (FIVE, NONE, False),  # p = 1/32
        (NONE, FIVE, False),
        (FIVE, FIVE, False),
    ],
)
def test_a_candidate_is_refused_when_worse_on_either_set(
    judged: Any, mnist: list[int], strokes: list[int], passes: bool
) -> None:
    judgement = judged({"mnist": mnist, "strokes": strokes}, {"mnist": NONE, "strokes": NONE})
    assert judgement.passed is passes
    worse = {each["name"]: each["significantly_worse"] for each in judgement.sets}
    assert worse == {"mnist": mnist == FIVE, "strokes": strokes == FIVE}
    assert ("is significantly worse" in " ".join(judgement.sentences)) is not passes


@pytest.mark.parametrize(
    ("ours", "theirs", "headline", "words"),
    [
        (NONE, NONE, "It is not significantly worse: it may be promoted", "neither significantly better nor worse"),
        (FOUR, NONE, "It is not significantly worse: it may be promoted", "neither significantly better nor worse"),
        (NONE, FOUR, "It is not significantly worse: it may be promoted", "neither significantly better nor worse"),
        (NONE, FIVE, "It is significantly better: it may be promoted", "is significantly better"),
        (FIVE, NONE, "It is significantly worse: the gate refuses it", "is significantly worse"),
    ],
)
def test_the_gate_claims_no_more_than_the_test_shows(
    judged: Any, ours: list[int], theirs: list[int], headline: str, words: str
) -> None:
    judgement = judged({"mnist": ours, "strokes": NONE}, {"mnist": theirs, "strokes": NONE})
    assert judgement.headline == headline
    assert words in judgement.sentences[0]


def test_the_p_value_of_a_better_candidate_is_that_of_being_better(judged: Any) -> None:
    judgement = judged({"mnist": NONE, "strokes": NONE}, {"mnist": FIVE, "strokes": NONE})
    assert "p = 0.031" in judgement.sentences[0]


def test_being_better_passes(judged: Any) -> None:
    judgement = judged({"mnist": NONE, "strokes": NONE}, {"mnist": list(range(50)), "strokes": FIVE})
    assert judgement.passed
    assert [each["only_candidate"] for each in judgement.sets] == [50, 5]
    assert judgement.sets[0]["p_value"] == 1


def test_as_many_mistakes_on_other_images_are_not_a_fall(judged: Any) -> None:
    judgement = judged({"mnist": [1, 2, 3, 4], "strokes": NONE}, {"mnist": [5, 6, 7], "strokes": NONE})
    assert judgement.passed


def test_corrections_are_reported_and_not_used_by_the_gate(judged: Any) -> None:
    figures = {"new": {"corrections": {"accuracy": 1.0}}, "old": {"corrections": {"accuracy": 0.25}}}
    judgement = judged({"mnist": FIVE, "strokes": NONE}, {"mnist": NONE, "strokes": NONE}, **figures)
    assert not judgement.passed
    assert f"{percent(1)} correctly, the version in service {percent(0.25)}. The" in judgement.sentences[-1]


def test_without_mnist_the_strokes_decide_and_it_says_so(judged: Any) -> None:
    worse = judged({"strokes": FIVE}, {"mnist": NONE, "strokes": NONE})
    same = judged({"strokes": NONE}, {"strokes": NONE})
    assert (worse.passed, same.passed) == (False, True)
    assert "not both measured on the MNIST test images" in same.sentences[0]


def test_nothing_to_compare_on_does_not_pass(judged: Any) -> None:
    assert not judged({}, {}).passed


def test_the_first_version_passes() -> None:
    assert judge(Measurement(figures={}), None).passed


def test_the_sets_of_the_gate_have_titles() -> None:
    assert set(gate.TITLES) == {*fixed_sets.FIXED_SETS, fixed_sets.CORRECTIONS, fixed_sets.LINES}
