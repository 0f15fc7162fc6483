"""How long a training will take, in a sentence that says what the figure rests on."""

from django.utils import timezone

from classifier.models import Correction
from training.models import TrainingRun
from training.runs.recipe import Recipe
from training.runs.timing.paces import Basis, estimate, this_machine
from training.runs.timing.words import about, duration


def promise(recipe: Recipe) -> str:
    expected = estimate(recipe, Correction.objects.to_train_on().count())
    takes = f"With these settings it takes {about(expected.seconds)}"
    if expected.basis == Basis.NONE:
        return f"{takes}. This is a rough figure from a short measurement: no training has been timed here yet."
    where = "on this machine" if expected.machine == this_machine() else f"on another machine ({expected.machine})"
    if expected.basis == Basis.SAME and expected.like:
        return f"{takes}: the last such run, on {_day(expected.like)}, took {_took(expected.like)} {where}."
    runs = "earlier runs of this network" if expected.basis == Basis.NETWORK else "runs of another network"
    return f"{takes}, estimated from {runs} {where}."


def _day(run: TrainingRun) -> str:
    return f"{timezone.localtime(run.finished):%-d %B}"


def _took(run: TrainingRun) -> str:
    assert run.started and run.finished  # noqa: S101 - for the type checker: it is done
    return duration(run.finished - run.started)
