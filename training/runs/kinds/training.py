"""What a kind of network provides to be trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from training.runs.callbacks import Callbacks
from training.runs.recipe import Recipe
from training.synthesis.steps import Advance

if TYPE_CHECKING:
    import keras


class Evaluation(Protocol):
    """How much of the test images a network reads right: a dataclass, whose fields are stored."""

    @property
    def images(self) -> int: ...

    @property
    def accuracy(self) -> float: ...

    @property
    def in_words(self) -> str: ...


class Training(Protocol):
    """The training of one network. `execution.make_model` calls the methods in this order."""

    def __init__(self, recipe: Recipe, data: Any, callbacks: Callbacks) -> None:
        """data: what the kind learns from; see `runs.data`."""

    def fit(self) -> keras.Model: ...

    def evaluate(self) -> Evaluation:
        """Reads the test images, which no choice depends on."""

    def calibrate(self) -> dict[str, Any] | None:
        """Returns what the reader of the answers needs to doubt and refuse, as it is stored."""

    def export(self, model: keras.Model, path: Path, advance: Advance) -> dict[str, Any]:
        """Writes the file that serves, checks that it agrees with the network, and describes it for the metadata."""

    @property
    def description(self) -> dict[str, Any]:
        """The data and the fit for the metadata."""
