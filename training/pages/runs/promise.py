"""How long a training will take, in a sentence that says what the figure rests on."""

from django.utils import timezone

from classifier.models import Correction
from training.models import TrainingRun
from training.runs.recipe import Recipe
from training.runs.timing.paces import Basis, Estimate, estimate, this_machine
from training.runs.timing.words import about, duration
from training.synthesis.steps import Step

DRAWING = (Step.DIGITS, Step.BOXED, Step.OUTLIERS, Step.DRAWINGS)


def promise(recipe: Recipe) -> str:
    expected = estimate(recipe, Correction.objects.to_train_on().count())
    takes = f"With these settings it takes {about(expected.seconds)}"
    if expected.basis == Basis.NONE:
        return f"{takes}. This is a rough figure from a short measurement: no training has been timed here yet."
    where = "on this machine" if expected.machine == this_machine() else f"on another machine ({expected.machine})"
    if expected.basis == Basis.SAME and expected.like:
        last = f"the last such run, on {_day(expected.like)}, took {_took(expected.like)} {where}"
        return f"{takes}: {last}{_other_drawing(expected, expected.like)}."
    runs = "earlier runs of this network" if expected.basis == Basis.NETWORK else "runs of another network"
    return f"{takes}, estimated from {runs} {where}."


def _other_drawing(expected: Estimate, like: TrainingRun) -> str:
    """Says why the last run took longer or shorter, if it drew pictures that are kept now, or the reverse."""
    now = sum(expected.work.get(step, 0) for step in DRAWING)
    then = sum(like.timings["steps"].get(step.value, {}).get("work", 0) for step in DRAWING)
    if now < then / 2:
        return ", but it had to draw pictures that are kept now"
    return ", but its pictures were kept from an earlier run, and now they have to be drawn" if now > 2 * then else ""


def _day(run: TrainingRun) -> str:
    return f"{timezone.localtime(run.finished):%-d %B}"


def _took(run: TrainingRun) -> str:
    assert run.started and run.finished  # noqa: S101 - for the type checker: it is done
    return duration(run.finished - run.started)
