"""What the pages of training runs show."""

from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from classifier.models import ModelVersion
from training.models import RunPoint, TrainingRun
from training.networks.architectures import ARCHITECTURES
from training.runs.recipe import Recipe
from training.runs.timing.words import TITLES, about, duration
from training.synthesis.steps import Step

from ..charts import Figure
from .charts import curve_figure
from .promise import promise

CURVE_POINTS = 300  # at most, of a line
LOG_CHARACTERS = 20_000  # shown of a run's log, from its end
ENDED_EARLY = "The run ended before its first batches, so there is no curve."
DATA_WORDS = {
    "mnist": "MNIST",
    "corrections": "accepted corrections",
    "generated": "generated digits",
    "boxed": "digits in boxes of sheets",
    "junk": "pictures that are not digits",
}
DATA_OF_LINES = {"mnist": "MNIST", "corrections": "accepted corrections of numbers", "generated": "generated lines"}


def recent_runs() -> QuerySet[TrainingRun]:
    return TrainingRun.objects.select_related("requested_by", "version", "same_as").defer("log", "timings")


def run_context(run: TrainingRun) -> dict[str, Any]:
    """Returns what the page of a run and its fragment show: progress, curves, log and recipe."""
    points = list(run.points.all())
    return {
        "run": run,
        "share": 1.0 if run.status == TrainingRun.Status.DONE else run.share,
        "time_left": _left(run.seconds_left),
        "step": _step(run),
        "promise": _promise(run) if run.status == "queued" else "",
        "took": _took(run),
        "ahead": TrainingRun.objects.unfinished().filter(pk__lt=run.pk).count() if run.status == "queued" else 0,
        "loss_figure": _curve(points, run, "loss") if points else None,
        "accuracy_figure": _curve(points, run, "accuracy") if points else None,
        "no_curve": ENDED_EARLY if run.is_final else "The curve begins with the first batches.",
        "last": points[-1] if points else None,
        "held_out": next((point for point in reversed(points) if point.val_accuracy is not None), None),
        "log": run.log[-LOG_CHARACTERS:],
        "log_is_cut": len(run.log) > LOG_CHARACTERS,
        "recipe": recipe_rows(run.recipe),
    }


def _step(run: TrainingRun) -> dict[str, Any] | None:
    """Returns the step that a running run is at; None before the first and after the last."""
    if run.status != TrainingRun.Status.RUNNING or run.step.get("name") not in list(Step):
        return None
    now: dict[str, Any] = run.step
    name = Step(now["name"])
    fits = name in (Step.TRIAL, Step.FIT)
    return now | {"title": TITLES[name], "time_left": _left(now["seconds_left"]), "fits": fits}


def _promise(run: TrainingRun) -> str:
    try:
        return promise(Recipe.from_json(run.recipe))
    except ValueError:  # settings that no longer exist; the run will fail and say so
        return ""


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"{about(seconds)} left"


def _took(run: TrainingRun) -> str:
    if run.started is None:
        return ""
    return duration((run.finished or timezone.now()) - run.started)


def _curve(points: list[RunPoint], run: TrainingRun, value: str) -> Figure:
    names = {0: "training"} if len({point.stage for point in points}) < 2 else {0: "trial", 1: "final fit"}
    lines = {}
    for stage, of_stage in groupby(points, lambda point: point.stage):
        thinned = _thin(list(of_stage))
        xs = [round(point.at, 3) for point in thinned]
        lines[names.get(stage, f"fit {stage + 1}")] = (xs, [round(getattr(point, value), 4) for point in thinned])
    held_out = [point for point in points if getattr(point, f"val_{value}") is not None]
    seen = ([round(point.at, 3) for point in held_out], [round(getattr(p, f"val_{value}"), 4) for p in held_out])
    return curve_figure(lines, seen, epochs=run.epochs, batches=run.batches, shares=value == "accuracy")


def _thin(points: list[RunPoint]) -> list[RunPoint]:
    """Returns every n-th point and always the last."""
    step = -(-len(points) // CURVE_POINTS)
    return points[:-1:step] + points[-1:] if step > 1 else points


def _how_many(count: object, noun: str) -> str:
    return noun if isinstance(count, bool) else f"{count:,} {noun}"


def recipe_rows(recipe: dict[str, Any]) -> list[dict[str, str]]:
    """Returns the rows of a recipe's table."""
    from_version = recipe.get("start_from")
    version = ModelVersion.objects.filter(public_id=from_version).first() if from_version else None
    network = ARCHITECTURES.get(recipe.get("architecture", ""))
    nouns = DATA_OF_LINES if network and network.kind == "line" else DATA_WORDS
    data = [_how_many(recipe[key], noun) for key, noun in nouns.items() if recipe.get(key)]
    rows = [
        ("Network", recipe.get("architecture", "?")),
        (
            "Starts from",
            f"the weights of {version}"
            if version
            else "the weights of a version"
            if from_version
            else "random weights",
        ),
        ("Learns from", ", ".join(data) or "nothing"),
        ("Varies the images", "yes" if recipe.get("augmentation") else "no"),
        ("Epochs", str(recipe.get("epochs") or "the number that does best on held-out images")),
        ("Batch size", str(recipe.get("batch_size", ""))),
        ("Learning rate", str(recipe.get("learning_rate", ""))),
        ("Seed", str(recipe.get("seed", ""))),
    ]
    return [{"name": name, "value": value} for name, value in rows]
