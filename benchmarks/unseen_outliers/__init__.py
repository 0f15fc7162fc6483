"""Outliers of kinds that nothing in `training` contains, so no network and no threshold has seen them.

`training.synthesis.outliers` holds back kinds too, but draws them in the same manner. These are only measured with.
A maker takes a random generator and returns strokes for the pad, or a picture for the upload: grey (0 black to 255
white) or colour.
"""

from collections.abc import Iterator

import numpy as np

# The order of these imports is the order of the kinds, on which the pictures of a seed depend.
from . import drawn, patterns, pages, photographs  # isort: skip # noqa: F401
from .table import KINDS, Kind, Made

__all__ = ["KINDS", "Kind", "Made", "draw_unseen"]


def draw_unseen(count: int, seed: int) -> Iterator[tuple[Kind, Made]]:
    """Draws `count` outliers of each kind, the same ones for the same seed."""
    for number, each in enumerate(KINDS.values()):
        rng = np.random.default_rng((seed, number))
        for _ in range(count):
            yield each, each.make(rng)
