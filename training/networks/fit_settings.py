"""The settings of a fit, and the learning-rate schedule that follows from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class FitSettings:
    """How to fit. Source of the weight decay: Loshchilov, Hutter, "Decoupled weight decay regularization", 2019."""

    epochs: int
    schedule_epochs: int  # that the learning-rate schedule spans; the fit runs the first `epochs` of them
    batch_size: int = 128
    learning_rate: float = 0.006  # at its peak
    warm_up: float = 0.05  # share of the schedule
    weight_decay: float = 0.0  # share of each weight that a step removes, times the learning rate
    seed: int = 1
    augmentation: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.epochs <= self.schedule_epochs:
            raise ValueError("epochs must be at least 1 and at most schedule_epochs")
        if self.batch_size < 1 or self.learning_rate <= 0 or not 0 <= self.warm_up < 1:
            raise ValueError("batch_size and learning_rate must be positive, and warm_up a share below 1")
        if not 0 <= self.weight_decay * self.learning_rate < 1:
            raise ValueError("weight_decay times learning_rate must be a share below 1")

    def to_json(self) -> dict[str, Any]:
        """The settings under the keys of the stored metadata, where `schedule_epochs` is `course`."""
        return {{"schedule_epochs": "course"}.get(name, name): value for name, value in asdict(self).items()}


def learning_rate_schedule(settings: FitSettings, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """The learning rate of each step: it rises linearly to its peak, then falls to 0 along a cosine.

    steps: of an epoch. Source: Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
    """
    import keras  # only the process that trains loads TensorFlow

    all_steps = settings.schedule_epochs * steps
    warm_up = round(settings.warm_up * all_steps)
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warm_up else settings.learning_rate,
        all_steps - warm_up,
        warmup_target=settings.learning_rate if warm_up else None,
        warmup_steps=warm_up,
    )
