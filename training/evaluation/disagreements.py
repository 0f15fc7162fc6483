"""The images of the fixed sets that two versions read differently."""

from typing import Any

import numpy as np

from training.models import Measurement

from .fixed_sets import FIXED_SETS, read_set
from .gate import answers_of
from .measuring import as_base64


def disagreements(a: Measurement, b: Measurement, limit: int) -> list[dict[str, Any]]:
    """Returns the first `limit` images that a and b read differently; those that one of them reads correctly go first.

    Keys: set, index, label, candidate (the digit that a read), in_service (that b read), pixels (base64 of 784 bytes).
    """
    rows: list[tuple[bool, dict[str, Any]]] = []
    for name in FIXED_SETS:
        ours, theirs, images = answers_of(a, name), answers_of(b, name), read_set(name)
        if ours is None or theirs is None or images is None:
            continue
        for index in np.flatnonzero(ours.read != theirs.read).tolist():
            row = {
                "set": name,
                "index": index,
                "label": int(images.labels[index]),
                "candidate": int(ours.read[index]),
                "in_service": int(theirs.read[index]),
            }
            rows.append((not (ours.is_right[index] or theirs.is_right[index]), row))
    rows.sort(key=lambda pair: pair[0])
    pictures = {name: images.images for name in FIXED_SETS if (images := read_set(name)) is not None}
    return [row | {"pixels": as_base64(pictures[row["set"]][row["index"]])} for _, row in rows[:limit]]
