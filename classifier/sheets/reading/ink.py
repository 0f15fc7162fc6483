"""The ink in the crop of a field: how much darker than the paper each pixel is, without what the form has printed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Box
from classifier.sheets.imaging.ink import without_printing

from .crops import crop_box

Grey = NDArray[np.uint8]

WIDEST_STROKE = 31  # px: what is wider counts as paper, such as a shadow
LEAST_CONTRAST = 12.0  # grey levels from which something is written
NOISES = 5.0  # standard deviations of the paper's grain from which something is written
LEAST_DARK = 30.0  # grey levels from which a mark is dark
STRONG = 0.3  # share of the usual ink from which a pixel certainly is ink
SMOOTHING = 1.5  # px
LEAST_FAINT, FAINT_NOISES = 2.0, 3.0  # grey levels and standard deviations of the smoothed paper
FAINT_SIDE = 0.25  # of the field's height: the longer side of a digit


@dataclass(frozen=True)
class FieldInk:
    """The crop of a field and the ink in it."""

    grey: Grey  # (height, width), without printing, dark ink on light paper
    ink: Grey  # the same shape, 0 paper upwards
    strong: NDArray[np.bool_]  # the same shape, what certainly is ink
    peak: float  # the usual ink, grey levels; 0 if nothing is written
    noise: float  # standard deviation of the paper's grain, grey levels
    field: tuple[float, float, float, float]  # left, top, right and bottom of the field itself, px of the crop
    is_faint: bool  # whether something that is hardly darker than the paper is as large as a digit

    @property
    def dark(self) -> NDArray[np.bool_]:
        """What is clearly darker than the paper, however wide."""
        paper = float(np.percentile(self.grey, 85))
        return np.asarray(self.grey < paper - max(self.noise * NOISES, LEAST_DARK))

    @classmethod
    def of(cls, page: Grey, reference: Grey | None, box: Box) -> FieldInk:
        """page: (height, width), laid straight; reference: its empty page, of the same shape, or None."""
        height, width = page.shape
        place = crop_box(box, width, height)
        grey = without_printing(page, reference, place)
        hollow = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((WIDEST_STROKE, WIDEST_STROKE), np.uint8))
        lighter, offset = np.percentile(hollow[::2, ::2], [16, 50]).tolist()
        noise = offset - lighter
        ink = np.clip(hollow - np.float32(offset), 0, 255).astype(np.uint8)
        left, top = box[0] * width - place[0], box[1] * height - place[1]
        field = left, top, left + box[2] * width, top + box[3] * height
        least = max(LEAST_CONTRAST, NOISES * noise)
        written = ink[ink > least]
        peak = float(np.percentile(written, 75)) if len(written) else 0.0
        strong = ink > max(least, STRONG * peak)
        return cls(grey, ink, strong, peak, noise, field, _is_faint(ink, strong, field))


def _is_faint(ink: Grey, strong: NDArray[np.bool_], field: tuple[float, float, float, float]) -> bool:
    """Whether the field has a shape as large as a digit that stands out only when the grain is smoothed."""
    left, top, right, bottom = (round(side) for side in field)
    part = np.s_[max(0, top) : bottom, max(0, left) : right]
    smooth = cv2.GaussianBlur(ink[part].astype(np.float32), (0, 0), SMOOTHING)
    if not smooth.size or strong[part].any():
        return False
    middle, upper = np.percentile(smooth, [50, 84]).tolist()
    weak = smooth > middle + max(LEAST_FAINT, FAINT_NOISES * (upper - middle))
    _, _, stats, _ = cv2.connectedComponentsWithStats(weak.astype(np.uint8), connectivity=8)
    longer = np.maximum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    return bool((longer >= FAINT_SIDE * (bottom - top)).any())
