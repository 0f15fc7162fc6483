"""The clock of a run: how long each step took, how much of the run is done, and how long the rest will take.

It knows neither rows nor pages. What it expects comes from `paces`; what it measures corrects that.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from training.synthesis.steps import Advance, Step

TRUSTED_FROM = 0.25  # of a step: from here on its own pace alone says how long the rest takes
FEW = 0.1  # of a step: its first count may come so late that it says nothing about the start of the step
PRIOR_S = 10.0  # seconds for which the expectation counts when the machine's speed is judged
SLOWEST, FASTEST = 8.0, 0.125  # times the expected duration
UNCOUNTED = 0.5  # of what is left, at least, however long nothing was counted
LAST = 0.05  # of what a step was expected to take, which is left if it takes longer


@dataclass(frozen=True)
class Pace:
    """The duration of a step: seconds for each unit of its work, after some that do not depend on it."""

    unit_s: float
    overhead_s: float = 0.0

    def seconds(self, work: float) -> float:
        return self.overhead_s + self.unit_s * work if work else 0.0


@dataclass
class Timed:
    """A step that has begun."""

    step: Step
    work: float
    began: float
    done: float = 0.0
    first: tuple[float, float] | None = None  # seconds and work when it was first counted
    seconds: float = 0.0  # when it was last counted

    def pace(self, seconds: float) -> Pace:
        """Returns its pace, had it done all its work after this many seconds."""
        if self.first is not None and 0 < self.first[1] <= FEW * self.work:
            begun_s, counted = self.first
            unit_s = (seconds - begun_s) / (self.work - counted)
            return Pace(unit_s, max(0.0, begun_s - unit_s * counted))
        return Pace(seconds / self.work)


@dataclass(frozen=True)
class Reading:
    """What the clock shows."""

    step: Step
    number: int  # of the step, from 1
    steps: int
    step_share: float | None  # done of the step; None if it cannot be counted
    step_left_s: float
    share: float  # done of the run; it never falls
    left_s: float


class Clock:
    """Follows the steps of one run.

    work: of each step that is expected, in their order. paces: of each step that may come.
    """

    def __init__(self, work: Mapping[Step, float], paces: Mapping[Step, Pace]) -> None:
        self._work = dict(work)
        self._paces = dict(paces)
        self._timed: list[Timed] = []
        self._measured_now: set[Step] = set()
        self._share = 0.0

    def begin(self, step: Step, work: float, *, ago_s: float = 0.0) -> Advance:
        """Ends the step before and begins this one, which takes the place of what was expected until now.

        ago_s: how long ago it began.
        """
        self._end_step()
        order = list(Step)
        passed = {timed.step for timed in self._timed} | {step}
        coming = set(order[order.index(step) :])
        # One assignment: another thread may be reading.
        self._work = {each: amount for each, amount in self._work.items() if each in passed or each in coming} | {
            step: work
        }
        timed = Timed(step, work, time.monotonic() - max(ago_s, 0.0))
        self._timed.append(timed)
        return lambda done: self._count(timed, done)

    def _count(self, timed: Timed, done: float) -> None:
        timed.done = min(done, timed.work)
        timed.seconds = time.monotonic() - timed.began
        if timed.first is None and done > 0:
            timed.first = (timed.seconds, done)

    def _end_step(self) -> None:
        if not self._timed:
            return
        timed = self._timed[-1]
        timed.seconds, timed.done = time.monotonic() - timed.began, timed.work
        if timed.step == Step.TRIAL:  # the fit that follows has the same pace
            self._paces[Step.FIT] = timed.pace(timed.seconds)
            self._measured_now.add(Step.FIT)

    def timings(self) -> dict[str, dict[str, float]]:
        """Returns the duration of each step that has ended, for the paces of later runs; ends the present step."""
        self._end_step()
        return {
            timed.step.value: {
                "seconds": round(timed.seconds, 2),
                "work": round(timed.work),
                "unit_s": timed.pace(timed.seconds).unit_s,
                "overhead_s": round(timed.pace(timed.seconds).overhead_s, 2),
            }
            for timed in self._timed
            if timed.work
        }

    def read(self) -> Reading | None:
        """Returns what it shows now; None before the first step."""
        if not self._timed:
            return None
        now = self._timed[-1]
        spent = sum(timed.seconds for timed in self._timed[:-1]) + time.monotonic() - now.began
        step_left = self._left_of(now)
        begun = {timed.step for timed in self._timed}
        left = step_left + sum(self._expected(step) for step in self._work if step not in begun)
        self._share = max(self._share, spent / (spent + left) if spent + left else 0.0)
        shown = sorted(self._work, key=list(Step).index)
        return Reading(
            now.step,
            shown.index(now.step) + 1,
            len(shown),
            now.done / now.work if now.first and now.work else None,
            step_left,
            self._share,
            left,
        )

    def _left_of(self, timed: Timed) -> float:
        """Returns the seconds left of the present step: at first as expected, then more and more at its own pace."""
        spent = time.monotonic() - timed.began
        expected = self._expected(timed.step)
        if not timed.first or not timed.work:
            return max(expected - spent, LAST * expected)
        share = timed.done / timed.work
        at_its_pace = timed.seconds * (1 - share) / share
        at_its_pace = max(at_its_pace - (spent - timed.seconds), at_its_pace * UNCOUNTED)
        trust = min(1.0, share / TRUSTED_FROM)
        return trust * at_its_pace + (1 - trust) * max(expected - spent, (1 - share) * expected)

    def _expected(self, step: Step) -> float:
        """Returns how long a step takes in all, at the speed that the machine has shown."""
        seconds = self._usual(step)
        return seconds if step in self._measured_now else seconds * self._slowness()

    def _usual(self, step: Step) -> float:
        pace = self._paces.get(step)
        return pace.seconds(self._work.get(step, 0.0)) if pace else 0.0

    def _slowness(self) -> float:
        """Returns how much longer the steps so far took than expected."""
        took = usual = PRIOR_S
        for timed in self._timed:
            if timed.step not in self._measured_now and timed.work:
                took += timed.seconds
                usual += self._usual(timed.step) * timed.done / timed.work
        return min(max(took / usual, FASTEST), SLOWEST)
