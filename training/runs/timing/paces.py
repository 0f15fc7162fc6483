"""How long the steps of a run take on this machine: from earlier runs, or else roughly, and what that promises."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet

from training.models import TrainingRun
from training.runs.recipe import Recipe
from training.synthesis.drawing import digits
from training.synthesis.steps import Step

from .amounts import work_of
from .clock import Pace

CPUINFO = Path("/proc/cpuinfo")
LOOKED_AT = 30  # earlier runs
NETWORK = ("architecture", "augmentation")
SIZE = (*NETWORK, "mnist", "corrections", "generated", "boxed", "junk", "epochs", "batch_size")
OF_NETWORK = {Step.TRIAL, Step.FIT, Step.SCORE, Step.TEST, Step.FILES, Step.MEASURE}  # others are alike for all

PROBED, PROBED_S = 40, 0.0033  # digits drawn to see how fast a machine is, and seconds for each on the one below
PROBE_KEPT_S = 300

# Rough figures, measured on 2 free cores of a virtual machine in November 2026.
ROUGH = {
    Step.START: Pace(4),
    Step.READ: Pace(1),
    Step.DIGITS: Pace(0.0017, 3),
    Step.BOXED: Pace(0.0031, 5),
    Step.OUTLIERS: Pace(0.004, 3),
    Step.LINES: Pace(0.0025, 5),
    Step.LOAD: Pace(5),
    Step.DRAWINGS: Pace(0.0028, 6),
    Step.PHOTOGRAPHS: Pace(0.004, 10),
    Step.SCORE: Pace(5),
    Step.TEST: Pace(2),
    Step.FILES: Pace(6),
    Step.REGISTER: Pace(1),
    Step.MEASURE: Pace(6),
}
ROUGH_OF_LINES = {Step.SCORE: Pace(380), Step.FILES: Pace(15)}
ROUGH_FIT = {"first_cnn": Pace(0.00012, 4), "deeper_cnn": Pace(0.00055, 6), "line_reader": Pace(0.0017, 8)}


class Basis(StrEnum):
    """What an estimate rests on."""

    SAME = "same"  # the last run with the same settings
    NETWORK = "network"  # runs of the same network, with other settings
    OTHER = "other"  # runs of other networks
    NONE = "none"  # nothing timed yet: rough figures, and a short measurement of how fast the machine is


@dataclass(frozen=True)
class Estimate:
    """How long a run takes, step by step."""

    work: dict[Step, float]
    paces: dict[Step, Pace]
    basis: Basis
    machine: str  # that the runs were measured on; empty without any
    like: TrainingRun | None  # the last run with the same settings

    @property
    def seconds(self) -> float:
        return sum(self.paces[step].seconds(amount) for step, amount in self.work.items())


def this_machine() -> str:
    """Names the processor and the number of cores, which determine how long a training takes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{_processor()}, {cores} core{'' if cores == 1 else 's'}"


def _processor() -> str:
    try:
        lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.machine() or "unknown processor"


def estimate(recipe: Recipe, corrections: int, machine: str | None = None) -> Estimate:
    """Estimates a run of this recipe.

    corrections: how many there are to learn from. machine: as `this_machine` names it; by default the one that did
    the last run, because a web process may run on another one.
    """
    paces: dict[Step, Pace] = {}
    like, basis, speed = None, Basis.NONE, None
    for run, steps in _timed_runs():
        machine = machine or run.timings["machine"]
        if run.timings["machine"] != machine:
            continue
        is_same_network = _agrees(run, recipe, NETWORK)
        if like is None and _agrees(run, recipe, SIZE):
            like = run
        if speed is None:
            speed, basis = _speed(run, steps), Basis.OTHER
        for step, pace in steps.items():
            if is_same_network or step not in OF_NETWORK:
                paces.setdefault(step, pace)
    fit = paces.get(Step.FIT) or paces.get(Step.TRIAL)
    if fit:
        basis = Basis.SAME if like else Basis.NETWORK
        paces |= {Step.FIT: paces.get(Step.FIT, fit), Step.TRIAL: paces.get(Step.TRIAL, fit)}
    if speed is None:
        speed = cache.get_or_set("training:speed", _probe, PROBE_KEPT_S) or 1.0
    rough = rough_paces(recipe, speed)
    return Estimate(work_of(recipe, corrections), rough | paces, basis, machine or "", like)


def rough_paces(recipe: Recipe, speed: float = 1.0) -> dict[Step, Pace]:
    """Returns the rough figures. speed: how much longer everything takes than where they were measured."""
    return {step: _times(pace, speed) for step, pace in _rough(recipe.architecture).items()}


def _probe() -> float:
    """Returns how much longer drawing a few digits takes now than where the rough figures were measured."""
    begun = time.monotonic()
    digits(PROBED, 1, 0)
    return (time.monotonic() - begun) / (PROBED * PROBED_S)


def _agrees(run: TrainingRun, recipe: Recipe, names: tuple[str, ...]) -> bool:
    # A run from before a setting existed has its default.
    return all(run.recipe.get(name, getattr(Recipe, name)) == getattr(recipe, name) for name in names)


def _timed_runs() -> Iterator[tuple[TrainingRun, dict[Step, Pace]]]:
    """Yields the done runs that were timed, the newest first, with the pace of each of their steps."""
    done: QuerySet[TrainingRun] = TrainingRun.objects.filter(status=TrainingRun.Status.DONE)
    for run in done.only("recipe", "timings", "started", "finished").order_by("-pk")[:LOOKED_AT]:
        if steps := _paces_of(run.timings):
            yield run, steps


def _paces_of(timings: dict[str, Any]) -> dict[Step, Pace]:
    known = {step.value for step in Step}
    return {
        Step(name): Pace(timed["unit_s"], timed["overhead_s"])
        for name, timed in timings.get("steps", {}).items()
        if name in known
    }


def _speed(run: TrainingRun, steps: dict[Step, Pace]) -> float:
    """Returns how much longer a run took than the rough figures say."""
    rough = _rough(run.recipe.get("architecture", ""))
    work = {step: run.timings["steps"][step]["work"] for step in steps}
    usual = sum(rough[step].seconds(amount) for step, amount in work.items() if step in rough)
    took = sum(pace.seconds(work[step]) for step, pace in steps.items() if step in rough)
    return took / usual if usual and took else 1.0


def _rough(architecture: str) -> dict[Step, Pace]:
    fit = ROUGH_FIT.get(architecture, ROUGH_FIT["deeper_cnn"])
    of_lines = ROUGH_OF_LINES if architecture == "line_reader" else {}
    return ROUGH | of_lines | {Step.TRIAL: fit, Step.FIT: fit}


def _times(pace: Pace, speed: float) -> Pace:
    return Pace(pace.unit_s * speed, pace.overhead_s * speed)
