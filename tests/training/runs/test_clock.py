"""The clock of a run: what is done, and how long the rest will take."""

from itertools import pairwise

import pytest

from training.runs.timing import clock
from training.runs.timing.clock import Clock, Pace
from training.synthesis.steps import Step

PACES = {step: Pace(10) for step in Step} | {Step.FIT: Pace(1), Step.TRIAL: Pace(1), Step.DIGITS: Pace(0.1)}
WORK = {Step.START: 1, Step.DIGITS: 100, Step.FIT: 80, Step.FILES: 1}  # 10, 10, 80 and 10 s


@pytest.fixture
def now(monkeypatch) -> list[float]:
    at = [0.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: at[0])
    return at


def test_a_run_as_expected_is_read_from_the_first_second_to_the_last(now):
    watch = Clock(WORK, PACES)
    assert watch.read() is None
    shown = []
    for step, seconds in ((Step.START, 10), (Step.DIGITS, 10), (Step.FIT, 80), (Step.FILES, 10)):
        advance = watch.begin(step, WORK[step])
        for part in range(5):
            now[0] += seconds / 5
            if step != Step.START:  # which cannot be counted
                advance(WORK[step] * (part + 1) / 5)
            shown.append(watch.read())
    assert [each.number for each in shown[::5]] == [1, 2, 3, 4]
    assert {each.steps for each in shown} == {4}
    assert shown[0].step_share is None
    assert [each.step_share for each in shown[5:10]] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
    # "Starting" cannot be counted, so a little of it always seems to be left.
    assert [each.share for each in shown] == pytest.approx([each / 110 for each in times_of(5)], abs=0.006)
    assert [each.left_s for each in shown] == pytest.approx([110 - each for each in times_of(5)], abs=0.6)


def times_of(parts: int) -> list[float]:
    ends = [0, 10, 20, 100, 110]
    return [begin + (end - begin) * (part + 1) / parts for begin, end in pairwise(ends) for part in range(parts)]


def test_a_step_that_is_slower_than_expected_makes_the_later_ones_slower(now):
    watch = Clock(WORK, PACES)
    watch.begin(Step.START, 1)
    now[0] += 10
    drawn = watch.begin(Step.DIGITS, 100)
    now[0] += 50  # ten times as slow
    drawn(50)
    assert 50 + 2 * 90 < watch.read().left_s < 50 + 10 * 90
    now[0] += 50
    drawn(100)
    watch.begin(Step.FIT, 80)
    assert 2 * 90 < watch.read().left_s < 10 * 90


def test_a_step_is_soon_judged_by_its_own_pace(now):
    watch = Clock({Step.FIT: 80}, PACES)
    fitted = watch.begin(Step.FIT, 80)
    now[0] += 100
    fitted(20)  # five times as slow as expected
    assert watch.read().step_left_s == pytest.approx(300)
    now[0] += 30  # nothing was counted since
    assert watch.read().step_left_s == pytest.approx(270)


def test_the_fit_goes_at_the_pace_of_its_trial(now):
    watch = Clock({Step.TRIAL: 100, Step.FIT: 100}, PACES)
    fitted = watch.begin(Step.TRIAL, 100)
    for done in (1, 100):
        now[0] += 2 * done
        fitted(done)
    watch.begin(Step.FIT, 50)  # the trial chose half as many epochs
    assert watch.read().left_s == pytest.approx(100, rel=0.05)


def test_what_is_done_never_falls(now):
    watch = Clock(WORK, PACES)
    fitted = watch.begin(Step.FIT, 80)
    now[0] += 40
    fitted(40)
    now[0] += 60
    before = watch.read()
    now[0] += 200
    fitted(42)
    assert watch.read().left_s > before.left_s + 100
    assert watch.read().share == before.share


def test_steps_that_are_left_out_are_expected_no_longer(now):
    watch = Clock(WORK, PACES)
    watch.begin(Step.START, 1)
    now[0] += 10
    watch.begin(Step.FILES, 1)
    assert watch.read().steps == 2
    assert watch.read().left_s == pytest.approx(10, rel=0.05)


def test_pictures_that_are_kept_take_no_time(now):
    watch = Clock(WORK, PACES)
    watch.begin(Step.DIGITS, 0)
    assert watch.read().step_left_s == 0
    watch.begin(Step.FIT, 80)
    assert watch.timings() == {"fit": {"seconds": 0, "work": 80, "unit_s": 0, "overhead_s": 0}}


def test_the_pace_leaves_out_what_came_before_the_first_batch(now):
    watch = Clock({}, {})
    fitted = watch.begin(Step.FIT, 1_000)
    now[0] += 7
    fitted(10)
    now[0] += 99
    fitted(1_000)
    assert watch.timings()["fit"] == {"seconds": 106, "work": 1_000, "unit_s": pytest.approx(0.1), "overhead_s": 6}
    drawn = watch.begin(Step.DRAWINGS, 100)
    now[0] += 50
    drawn(50)  # too late to say what the beginning took
    now[0] += 1
    drawn(100)
    assert watch.timings()["drawings"] == {"seconds": 51, "work": 100, "unit_s": 0.51, "overhead_s": 0}
