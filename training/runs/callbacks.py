"""How a training reports its progress and hears that it must stop."""

from collections.abc import Callable
from dataclasses import dataclass

from training.networks.fitting import Progress
from training.synthesis.steps import Begin, not_followed


@dataclass(frozen=True)
class Callbacks:
    """Functions that a training calls; by default nobody listens and nobody stops it."""

    stage: Callable[[str], None] = lambda _: None  # receives a sentence when a new step begins
    progress: Callable[[Progress], None] = lambda _: None  # receives every batch and epoch
    should_stop: Callable[[], bool] = lambda: False  # asked after every batch
    begin: Begin = not_followed  # is told each step with its work, and returns what receives how much is done


class TrainingStopped(Exception):
    """The training was stopped before its end; nothing was written."""

    def __init__(self) -> None:
        super().__init__("The training was stopped; nothing was written.")
