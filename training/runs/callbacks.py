"""How a training reports its progress and hears that it must stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.synthesis.steps import Advance, Begin, Step, not_followed

if TYPE_CHECKING:  # web processes import this module and fit nothing
    from training.networks.fitting import Progress


@dataclass(frozen=True)
class Callbacks:
    """Functions that a training calls; by default nobody listens and nobody stops it."""

    stage: Callable[[str], None] = lambda _: None  # receives a sentence when something new begins
    progress: Callable[[Progress], None] = lambda _: None  # receives every batch and epoch
    should_stop: Callable[[], bool] = lambda: False  # asked after every batch
    begin: Begin = not_followed  # is told each step with its work, and returns what receives how much is done
    end: Callable[[str], None] = lambda _: None  # receives the last sentence; raises RunIsOver if it comes too late

    def enter(self, step: Step, sentence: str, work: float = 1) -> Advance:
        """Says in a sentence what begins, and begins it as a step."""
        self.stage(sentence)
        return self.begin(step, work)


class TrainingStopped(Exception):
    """The training was stopped before its end; nothing was written."""

    def __init__(self) -> None:
        super().__init__("The training was stopped; nothing was written.")
