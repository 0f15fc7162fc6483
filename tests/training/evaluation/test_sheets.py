"""The bounds behind the promise about sheets' values: published figures, and simulated readers that are checked."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from benchmarks.sheets.reading import bundled_reader, scans_of
from classifier.sheets.fields.description import Kind
from classifier.sheets.reading.promise import Promise
from training.evaluation.sheets.bounds import by_page, clopper_pearson
from training.evaluation.sheets.outcomes import outcomes
from training.evaluation.sheets.promising import risks_of


@pytest.mark.parametrize(
    ("wrong", "count", "bound"),
    [(0, 3000, 0.000998), (0, 59, 0.0495), (1, 10, 0.3942), (5, 100, 0.1023), (10, 10, 1.0)],
)
def test_the_exact_bound(wrong, count, bound) -> None:
    assert clopper_pearson(wrong, count) == pytest.approx(bound, rel=2e-3)


def test_errors_that_come_page_by_page_widen_the_bound() -> None:
    is_wrong = np.zeros(2000, bool)
    is_wrong[:20] = True
    takes = np.array([2000])
    scattered, together = np.random.default_rng(1).permutation(2000) // 20, np.arange(2000) // 20
    assert by_page(together, is_wrong, takes)[0] > by_page(scattered, is_wrong, takes)[0]


def simulated(rng, count=2000):
    """Confidences that mean what they say, and whether each value is right."""
    confidences = 1 - rng.beta(0.4, 8, count)
    return confidences, rng.random(count) < confidences, np.arange(count) // 12


def test_the_promise_holds_on_other_values_in_most_simulations() -> None:
    kept = []
    for seed in range(10):
        thresholds, risks = risks_of(*simulated(np.random.default_rng(seed)))
        others, is_right, _ = simulated(np.random.default_rng(1000 + seed), 200_000)
        at = next(number for number, risk in enumerate(risks) if risk <= 0.02)
        kept.append((~is_right[others >= thresholds[at]]).mean() <= 0.02)
    assert np.mean(kept) >= 0.9


def test_more_is_taken_where_more_is_tolerated() -> None:
    thresholds, risks = risks_of(*simulated(np.random.default_rng(1)))
    assert thresholds == sorted(thresholds)
    assert risks == sorted(risks, reverse=True)
    assert min(risks) > 2.9 / 2000


def test_values_of_one_confidence_are_taken_together() -> None:
    confidences = np.array([1.0] * 500 + [0.5] * 500)
    is_right = np.ones(1000, bool)
    is_right[[10, 700]] = False
    thresholds, _ = risks_of(confidences, is_right, np.arange(1000) // 10)
    assert set(thresholds) <= {1.0, 0.5}


@pytest.mark.slow
@pytest.mark.django_db
def test_the_command_writes_what_the_reader_parses(settings, tmp_path) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT, settings.MNIST_PATH = tmp_path, tmp_path / "media", ""
    with pytest.raises(CommandError, match="register_bundled"):
        call_command("calibrate_sheets", stdout=StringIO())
    call_command("register_bundled", verbosity=0)
    path = tmp_path / "promise.json"
    call_command("calibrate_sheets", out=path, share=0.02, stdout=StringIO())
    stored = json.loads(path.read_text())
    promise = Promise.of(stored)
    assert stored["made"]["digit_version"].startswith("deeper_cnn")
    assert set(stored["sorts"]) >= {"boxes", "line", "check", "empty"}
    assert 0 < promise.risk_of("check", 1.0) < 0.2


def test_pages_are_the_same_in_any_number_of_processes() -> None:
    def told(processes):
        done: list[float] = []
        read = outcomes(bundled_reader(), Kind.BOXES, 3, 5, scans_of(None), done.append, processes)
        return [(each.page, each.sort, each.truth, each.read) for each in read], done

    assert told(1) == told(2)
    assert told(2)[1] == [1, 2, 3]
