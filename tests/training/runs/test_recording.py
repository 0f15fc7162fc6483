"""What the process of a run writes into its row, and when."""

import pytest
from django.db import OperationalError
from django.utils import timezone

from training.models import RunPoint, TrainingRun
from training.networks.fitting import Progress
from training.runs import lifecycle, recording
from training.runs.recipe import Recipe
from training.runs.timing.clock import Pace
from training.runs.timing.paces import Basis, Estimate, estimate, this_machine
from training.synthesis.steps import Step

pytestmark = [pytest.mark.django_db, pytest.mark.postgres, pytest.mark.usefixtures("own_folders")]
Status = TrainingRun.Status


def a_progress(epoch: int, batch: int, done: bool = False, **given: float) -> Progress:
    return Progress(epoch, 3, batch, 100, loss=1 / epoch, accuracy=0.9, epoch_done=done, **given)


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(recording.time, "monotonic", lambda: now[0])
    return now


def test_progress_is_recorded_at_most_twice_a_second(running, clock, django_assert_max_num_queries):
    recorder = recording.Recorder(running)
    recorder.progress(a_progress(1, 1))
    with django_assert_max_num_queries(0):
        for batch in range(2, 50):
            clock[0] += 0.01
            recorder.progress(a_progress(1, batch))
    clock[0] += 0.02
    recorder.progress(a_progress(1, 50))
    running.refresh_from_db()
    assert (running.epoch, running.epochs, running.batch, running.batches) == (1, 3, 50, 100)
    assert [point.at for point in running.points.all()] == [batch / 100 for batch in range(1, 51)]


def test_a_long_fit_has_about_as_many_points_as_a_short_one(running):
    recorder = recording.Recorder(running)
    for epoch in range(1, 31):
        for batch in range(1, 101):
            recorder.progress(Progress(epoch, 30, batch, 100, loss=1.0, accuracy=0.5))
        recorder.progress(Progress(epoch, 30, 100, 100, loss=1.0, accuracy=0.5, epoch_done=True))
    recorder.record()
    assert recording.POINTS <= running.points.count() <= 1.2 * recording.POINTS


def test_the_first_batches_of_later_epochs_are_not_plotted(running, clock):
    """Keras reports the mean since the epoch began, which jumps at first."""
    recorder = recording.Recorder(running)
    for batch in (1, 4, 5, 6):
        clock[0] += 1
        recorder.progress(a_progress(2, batch))
    assert [point.at for point in running.points.all()] == [1.05, 1.06]
    running.refresh_from_db()
    assert running.batch == 6


EXPECTED = Estimate(
    {Step.START: 1, Step.DIGITS: 1_000, Step.FIT: 300, Step.FILES: 1},
    {Step.START: Pace(5), Step.DIGITS: Pace(0.01), Step.FIT: Pace(0.5), Step.FILES: Pace(35)},
    Basis.NETWORK,
    "",
    None,
)


def test_each_step_says_how_far_it_and_the_run_are(running, clock):
    TrainingRun.objects.update(started=timezone.now())
    running.refresh_from_db()
    recorder = recording.Recorder(running)
    recorder.expect(EXPECTED)
    clock[0] += 5
    drawn = recorder.begin(Step.DIGITS, 1_000)
    clock[0] += 5
    drawn(500)
    running.refresh_from_db()
    assert running.step == {"name": "digits", "number": 2, "of": 4, "share": 0.5, "seconds_left": pytest.approx(5)}
    assert running.seconds_left == pytest.approx(5 + 150 + 35, abs=0.1)
    assert running.share == pytest.approx(10 / 200, abs=0.01)


def test_the_timings_of_a_run_are_kept_for_the_next(running, clock):
    recorder = recording.Recorder(running)
    recorder.expect(EXPECTED)
    clock[0] += 5
    fitted = recorder.begin(Step.FIT, 300)
    for done in (1, 300):
        clock[0] += 30 if done == 1 else 598
        fitted(done)
    recorder.keep_timings()
    assert lifecycle.end_run(running, Status.DONE)
    running.refresh_from_db()
    assert running.timings["steps"]["fit"] == {"seconds": 628, "work": 300, "unit_s": 2, "overhead_s": 28}
    assert "Time by step: Starting" in running.log
    again = estimate(Recipe.from_json(running.recipe), corrections=0)
    assert again.paces[Step.FIT] == Pace(2, 28)
    assert (again.basis, again.like, again.machine) == (Basis.SAME, running, this_machine())
    assert estimate(Recipe.from_json(running.recipe), 0, machine="Abacus, 2 cores").basis == Basis.NONE


def test_the_curve_and_the_log_have_every_epoch(running, clock):
    recorder = recording.Recorder(running)
    for epoch in (1, 2, 3):
        recorder.progress(a_progress(epoch, 100, done=True, val_loss=0.5, val_accuracy=0.8))
    recorder.record()
    running.refresh_from_db()
    assert [(point.at, point.val_accuracy) for point in running.points.all()] == [(1, 0.8), (2, 0.8), (3, 0.8)]
    assert "Epoch   2/3  loss 0.5000, accuracy 0.9000; held out: loss 0.5000, accuracy 0.8000" in running.log


def test_a_second_fit_has_its_own_curve(running, clock):
    recorder = recording.Recorder(running)
    for epoch in (1, 2, 1, 2):
        clock[0] += 1
        recorder.progress(a_progress(epoch, 100, done=True))
    assert list(RunPoint.objects.values_list("stage", "at")) == [(0, 1), (0, 2), (1, 1), (1, 2)]


def database_away(*_: object, **__: object) -> None:
    raise OperationalError("server closed the connection")


def test_no_point_is_lost_while_the_database_is_away(running, clock, monkeypatch):
    recorder = recording.Recorder(running)
    with monkeypatch.context() as patch:
        patch.setattr(RunPoint.objects, "bulk_create", database_away)
        recorder.progress(a_progress(1, 10))
    clock[0] += 1
    recorder.progress(a_progress(1, 20))
    assert [point.at for point in running.points.all()] == [0.1, 0.2]


def test_the_training_stops_when_its_run_is_ended_elsewhere(running):
    recorder = recording.Recorder(running)
    assert not recorder.callbacks.should_stop()
    lifecycle.end_run(running, Status.FAILED, error="The worker stopped.")
    recorder.log("still here")
    assert recorder.callbacks.should_stop()
    running.refresh_from_db()
    assert "still here" not in running.log
