"""The ink in the crop of a field: how much darker than the paper each pixel is, without what the form has printed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Box
from classifier.sheets.imaging.ink import shift_of_printing, without_printing

from .crops import MARGIN, crop_box
from .printed_lines import lines_on

Grey = NDArray[np.uint8]

WIDEST_STROKE = 31  # px: what is wider counts as paper, such as a shadow
LEAST_CONTRAST = 12.0  # grey levels from which something is written
GRAINY = 20.0  # grey levels of grain that hide faint writing in half of the cases
NOISES = 5.0  # standard deviations of the paper's grain from which something is written
STRONG = 0.3  # share of the usual ink from which a pixel certainly is ink
LEAST_PRINT = 20.0  # grey levels of printing in the reference
SPREAD = 5  # px: printing may be 2 px wider, or off by so much
SLACK = 1.1  # printing may be so much darker than it mostly is
LEAST_LIGHT = 0.25  # share of the light that printing leaves; where it leaves less, ink is not amplified more
BLURS = 0.0, 1.0, 1.7, 2.5, 3.5  # px, standard deviations, of a page compared with its reference
ZONE = 15  # px around printing in which they are compared
MOST_OFF = 0.5  # share of the printing's darkness
BETTER = 0.9  # share of the error of a sharper reference, for a blurred one to be better
ACROSS = 9  # px of printing that strokes are followed across
SMOOTHING = 1.5  # px
LEAST_FAINT, FAINT_NOISES = 2.0, 4.0  # grey levels and standard deviations of the smoothed paper
UPPER = 0.52  # standard deviations from the median to the 70th percentile
FAINT_SIDE = 0.25  # of the field's height: the longer side of a digit


@dataclass(frozen=True)
class FieldInk:
    """The crop of a field and the ink in it."""

    ink: Grey  # (height, width), 0 paper upwards
    strong: NDArray[np.bool_]  # the same shape, what certainly is ink
    peak: float  # the usual ink, grey levels; 0 if nothing is written
    noise: float  # standard deviation of the paper's grain, grey levels
    field: tuple[float, float, float, float]  # left, top, right and bottom of the field itself, px of the crop
    is_faint: bool  # whether something that is hardly darker than the paper is as large as a digit

    @property
    def emptiness(self) -> float:
        """The confidence that a field without ink is empty, 0 to 1: grain may hide faint writing."""
        return 1 / (1 + (self.noise / GRAINY) ** 2)

    @classmethod
    def of(cls, page: Grey, reference: Grey | None, box: Box, margin: float = MARGIN) -> FieldInk:
        """page: (height, width), laid straight; reference: its empty page, of the same shape, or None; margin: of the
        crop, see `crop_box`.
        """
        height, width = page.shape
        place = crop_box(box, width, height, margin)
        if reference is None:
            hollow, printed = _hollow(without_printing(page, None, place)), None
        else:
            hollow, printed = written_ink(page, reference, place)
        paper = hollow[::2, ::2] if printed is None or printed.all() else hollow[~printed]
        lighter, offset = np.percentile(paper, [16, 50]).tolist()
        noise = offset - lighter
        ink = np.clip(hollow - np.float32(offset), 0, 255).astype(np.uint8)
        left, top = box[0] * width - place[0], box[1] * height - place[1]
        field = left, top, left + box[2] * width, top + box[3] * height
        least = max(LEAST_CONTRAST, NOISES * noise)
        written = ink[ink > least]
        peak = float(np.percentile(written, 75)) if len(written) else 0.0
        strong = ink > max(least, STRONG * peak)
        return cls(ink, strong, peak, noise, field, _is_faint(ink, strong, field))


def _hollow(grey: Grey) -> NDArray[np.float32]:
    """How much darker each pixel is than the paper around it, grey levels."""
    kernel = np.ones((WIDEST_STROKE, WIDEST_STROKE), np.uint8)
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel), np.float32)


def written_ink(
    page: Grey, reference: Grey, place: tuple[int, int, int, int], *, follows_lines: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """The darkness of what was written in a rectangle of a page, grey levels, (height, width), and where there is
    printing, of the same shape; None if nothing is printed there.

    Ink shows on printed lines as long as it is darker than they are; on black ones it is assumed to go on between
    strokes that end on both sides of the line. place: left, top, right, bottom, px. follows_lines: whether printed
    lines are as dark as they mostly are along themselves; not so if most of a line may be written over.
    """
    left, top, right, bottom = place
    x, y = shift_of_printing(page, reference, place)
    rows = np.clip(np.arange(top - y, bottom - y), 0, page.shape[0] - 1)
    columns = np.clip(np.arange(left - x, right - x), 0, page.shape[1] - 1)
    crop = np.ascontiguousarray(page[top:bottom, left:right])
    dark = _hollow(crop)
    printing = _as_sharp_as(dark, np.ascontiguousarray(reference[rows[:, None], columns]))
    core = printing > max(LEAST_PRINT, float(printing.max()) / 2)
    if not core.any():
        return dark, None
    near = np.asarray(cv2.dilate(dark, np.ones((3, 3), np.uint8)), np.float32)
    gain = float(np.median(near[core])) / float(np.median(printing[core]))  # most of the printing is not written over
    expected = gain * np.asarray(cv2.dilate(printing, np.ones((SPREAD, SPREAD), np.uint8)), np.float32)
    if follows_lines:
        lines, is_line = lines_on(dark, printing, printing > LEAST_PRINT)  # lines may be paler than words
        expected = np.where(is_line, lines, np.maximum(lines, expected))
    paper = max(1.0, float(np.percentile(crop, 90)))
    ink = np.maximum(dark - SLACK * expected, 0) / np.clip(1 - expected / paper, LEAST_LIGHT, 1)
    printed = expected > gain * LEAST_PRINT / 2
    closed = [
        np.asarray(cv2.morphologyEx(np.where(printed, 0, ink), cv2.MORPH_CLOSE, np.ones(side, np.uint8)))
        for side in ((ACROSS, 1), (1, ACROSS))
    ]
    bridged = np.minimum(np.maximum(*closed), dark)
    return np.asarray(np.where(printed, np.maximum(ink, bridged), ink), np.float32), printed


def _as_sharp_as(dark: NDArray[np.float32], reference: Grey) -> NDArray[np.float32]:
    """The darkness of the printing, as blurred as it is on the page: a camera makes lines wide and pale.

    dark: of the page, (height, width); reference: the crop of the empty page, of the same shape.
    """
    best, least = _hollow(reference), np.inf
    zone = np.asarray(cv2.dilate(best, np.ones((ZONE, ZONE), np.uint8))) > LEAST_PRINT
    if not zone.any():
        return best
    for blur in BLURS:
        blurred = _hollow(np.asarray(cv2.GaussianBlur(reference, (0, 0), blur), np.uint8)) if blur else best
        core = blurred > blurred.max() / 2
        gain = float(np.median(dark[core])) / max(1.0, float(np.median(blurred[core])))
        off = np.abs(dark[zone] - gain * blurred[zone]) / max(1.0, gain * float(blurred.max()))
        error = float(np.minimum(off, MOST_OFF).mean())  # what is written over the printing counts little
        if error < BETTER * least:
            best, least = blurred, error
    return best


def _is_faint(ink: Grey, strong: NDArray[np.bool_], field: tuple[float, float, float, float]) -> bool:
    """Whether the field has a shape as large as a digit that stands out only when the grain is smoothed."""
    left, top, right, bottom = (round(side) for side in field)
    part = np.s_[max(0, top) : bottom, max(0, left) : right]
    smooth = cv2.GaussianBlur(ink[part].astype(np.float32), (0, 0), SMOOTHING)
    if not smooth.size or _longest(strong[part]) >= FAINT_SIDE * (bottom - top):
        return False
    middle, upper = np.percentile(smooth, [50, 70]).tolist()  # of what is darker, much may be writing
    weak = smooth > middle + max(LEAST_FAINT, FAINT_NOISES * (upper - middle) / UPPER)
    return _longest(weak) >= FAINT_SIDE * (bottom - top)


def _longest(mask: NDArray[np.bool_]) -> int:
    """The longest side of a connected component, px."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    return int(stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(initial=0))
