"""Whether a check box is marked."""

from __future__ import annotations

import numpy as np

from classifier.sheets.fields.description import Field
from classifier.sheets.fields.rules import MARKED

from .ink import FieldInk
from .reads import Read

INSIDE = 0.12  # of the box's shorter side: what is left of its frame lies at its rim
MARK = 0.025  # share of the inside that the ink of a mark covers, at least
FULL, AROUND = 0.6, 0.35  # shares of ink inside and around the box from which a mark is crossed out
CLOSE = 0.8


def read_check(field: Field, ink: FieldInk) -> Read:
    """Reads a check box. Its confidence says how far its ink is from the least of a mark."""
    left, top, right, bottom = ink.field
    rim = INSIDE * min(right - left, bottom - top)
    inside = np.zeros(ink.dark.shape, bool)
    inside[round(top + rim) : round(bottom - rim), round(left + rim) : round(right - rim)] = True
    share = float(ink.dark[inside].mean()) if inside.any() else 0.0
    around = float(ink.dark[~inside].mean()) if not inside.all() else 0.0
    is_marked = share >= MARK
    confidence = float(1 / (1 + np.exp(-abs(np.log((share + 0.002) / (MARK + 0.002))) * 3)))
    if share >= FULL and around >= AROUND:
        return Read(MARKED, 0.0, [""], "crossed_out", ())
    reason = "faint" if confidence < CLOSE or (not is_marked and ink.is_faint and share > 0) else ""
    if not is_marked and field.rules.is_required:
        return Read("", 0.0, [MARKED], "empty", ())
    return Read(MARKED if is_marked else "", confidence, ["" if is_marked else MARKED], reason, ())
