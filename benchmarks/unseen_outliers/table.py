"""The table of kinds of unseen outliers. A module of kinds adds its makers with the decorator `kind`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.preprocessing.strokes import Sketch

Rng = np.random.Generator
Made = Sketch | NDArray[np.uint8]  # a picture: shape (height, width) or (height, width, 3)


@dataclass(frozen=True)
class Kind:
    name: str
    group: str
    make: Callable[[Rng], Made]


KINDS: dict[str, Kind] = {}


def kind(group: str) -> Callable[[Callable[[Rng], Made]], Callable[[Rng], Made]]:
    """Adds the decorated maker to the table, under its name."""

    def register(make: Callable[[Rng], Made]) -> Callable[[Rng], Made]:
        name = make.__name__.replace("_", " ")
        KINDS[name] = Kind(name, group, make)
        return make

    return register
