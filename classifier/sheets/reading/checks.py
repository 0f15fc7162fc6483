"""Whether a check box is marked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Field
from classifier.sheets.fields.rules import MARKED
from classifier.sheets.imaging.ink import shift_of_printing, without_printing

from .crops import crop_box
from .ink import written_ink
from .reads import Read

Grey = NDArray[np.uint8]

INSIDE = 0.12  # of the box's shorter side: what is left of its frame lies at its rim
AROUND = 1.0  # of the box's longer side: how far from the box the paper is measured
LEAST_DARK = 20.0  # grey levels that ink is darker than the paper, at least
NOISES = 4.5  # standard deviations of the paper's grain that ink is darker, at least
MARK, EXTENT = 0.02, 0.35  # of a mark, at least: the share of the inside that its ink covers, and its longer side
STEEP = 3.0  # how fast doubt falls with the distance from MARK and EXTENT
FULL, SPILT = 0.45, 0.3  # shares of ink inside and around the box from which a mark is crossed out
CLOSE = 0.9  # confidence below which there is something that may be dirt


def read_check(field: Field, page: Grey, reference: Grey | None) -> Read:
    """Reads a check box. page: laid straight; reference: its empty page, of the same shape, or None."""
    share, extent, around = measure(field, page, reference)
    nearest = min(np.log((share + 0.004) / (MARK + 0.004)), np.log((extent + 0.05) / (EXTENT + 0.05)))
    is_marked = nearest >= 0
    confidence = float(1 / (1 + np.exp(-STEEP * abs(nearest))))
    if not is_marked and field.rules.is_required:
        return Read("", 0.0, [MARKED], "empty")
    is_crossed_out = share >= FULL and around >= SPILT
    reason = "crossed_out" if is_crossed_out else "faint" if confidence < CLOSE else ""
    evidence = (abs(nearest), float(is_marked), around, share * around, float(is_crossed_out), extent * is_marked)
    return Read(MARKED if is_marked else "", confidence, ["" if is_marked else MARKED], reason, evidence)


def measure(field: Field, page: Grey, reference: Grey | None) -> tuple[float, float, float]:
    """What ink there is: the share of the inside that it covers, its longer side in sides of the box, and the share of
    the surroundings that it covers."""
    height, width = page.shape
    place = crop_box(field.box, width, height)
    grey = without_printing(page, reference, place)
    left, top = field.box[0] * width - place[0], field.box[1] * height - place[1]
    across, down = field.box[2] * width, field.box[3] * height
    reach = round(AROUND * max(across, down))
    window = page[max(0, place[1] - reach) : place[3] + reach, max(0, place[0] - reach) : place[2] + reach]
    paper = float(np.percentile(window, 75))
    steps = np.abs(np.diff(window.astype(np.int16), axis=1))
    noise = float(np.median(steps)) / 0.954  # of two pixels' difference, by the MAD
    least = max(LEAST_DARK, NOISES * noise)
    dark = grey < paper - least
    if reference is not None:
        ink, printed = written_ink(page, reference, place, follows_lines=False)
        if printed is not None:
            dark &= ~printed | (ink > least)
        right, lower = shift_of_printing(page, reference, place)
        left, top = left + right, top + lower
    rim = INSIDE * min(across, down)
    rows, columns = (
        slice(round(top + rim), round(top + down - rim)),
        slice(round(left + rim), round(left + across - rim)),
    )
    inside = dark[rows, columns]
    if not inside.size:
        return 0.0, 0.0, 0.0
    outside = np.ones(dark.shape, bool)
    outside[
        round(top - rim / 2) : round(top + down + rim / 2), round(left - rim / 2) : round(left + across + rim / 2)
    ] = False
    ys, xs = np.nonzero(inside)
    longer = max(np.ptp(ys), np.ptp(xs)) + 1 if len(ys) else 0
    around = float(dark[outside].mean()) if outside.any() else 0.0
    return float(inside.mean()), float(longer / max(inside.shape)), around
