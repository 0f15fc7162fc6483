"""Removal of the lines of ruled and squared paper."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..arrays import Levels, Mask
from ..background import Foreground
from ..masks.components import Components
from ..masks.runs import Runs
from ..stroke_width import stroke_width

LINE_LENGTH = 0.6  # of the picture's side: the least length of a line in a photograph
FLAT_LINE_LENGTH = 0.9  # of the picture's side: the least length of a line in a flat picture
LINE_THICKNESS = 0.6  # of the digit's strokes: a ruled line is thinner, or fainter
ALONE_LENGTH = 0.85  # of the picture's side: the least length of one or two lines
NEAR_BORDER = 0.12  # of the picture's side
THIN_LINE = 0.012  # of the picture's longer side: several lines as thin as this are ruled, however thin the pen
FAINT_LINE = 0.1  # of the strongest ink
LEAST_DIGIT = 0.12  # of the picture's shorter side that must remain beside the lines
MOST_LINES = 80
MOST_PIXELS = 60_000  # of a mask; of more, every fourth is used


@dataclass(frozen=True)
class Line:
    """A nearly horizontal straight line."""

    at: float  # px from the top, at the left border
    slope: float  # px down for each px to the right
    thickness: float  # px

    def crosses(self, upright: Runs) -> NDArray[np.bool_]:
        """Which vertical runs of a mask lie on the line. upright: runs of the transposed mask."""
        middle = self.at + self.slope * upright.row
        slack = 1.5 + self.thickness / 2
        return np.asarray((upright.left <= middle + slack) & (upright.right >= middle - slack))


def remove_ruled_lines(foreground: Foreground, strong: Mask) -> tuple[Mask, int]:
    """Returns the strong ink without ruled lines, and the number of lines. What crosses a line stays whole."""
    count = 0
    # A line that is barely strong enough appears in dashes, so lines are searched in weaker ink, where they are whole.
    weak = strong
    if foreground.is_photo:
        weak = foreground.ink > max(4 * foreground.noise, FAINT_LINE * foreground.peak)
    for is_vertical in (False, True):
        mask, whole, ink = strong, weak, foreground.ink
        if is_vertical:
            mask, whole, ink = strong.T, weak.T, foreground.ink.T
        if not _may_have_lines(whole, foreground.is_photo):
            continue
        lines = find_lines(whole, foreground.is_photo)
        if not lines:
            continue
        cleaned = erase_lines(mask, lines)
        if _are_ruled(mask, cleaned, ink, lines):
            strong, count = cleaned.T if is_vertical else cleaned, count + len(lines)
    return strong, count


def _may_have_lines(mask: Mask, is_photo: bool) -> bool:
    """A quick test: ink in enough columns, and in a flat picture at both sides."""
    side = max(2, mask.shape[1] // 40)
    if is_photo:
        return bool(mask.any(0).mean() > LINE_LENGTH)
    return bool(mask[:, :side].any() and mask[:, -side:].any() and mask.any(0).all())


def find_lines(mask: Mask, is_photo: bool) -> list[Line]:
    """Straight, nearly horizontal lines across the picture: slanted rows of the mask that are full of ink."""
    height, width = mask.shape
    share = LINE_LENGTH if is_photo else FLAT_LINE_LENGTH
    rows, columns = np.nonzero(mask)
    if len(rows) > MOST_PIXELS:
        rows, columns = rows[::4], columns[::4]
        share /= 4
    least = share * width
    slope, profile = _best_slope(rows, columns, height, np.linspace(-0.1, 0.1, 41 if width > 60 else 1))
    slope, profile = _best_slope(rows, columns, height, slope + np.linspace(-0.004, 0.004, 9))
    upright = Runs.of(np.ascontiguousarray(mask.T))
    lengths = upright.right - upright.left
    lift = (len(profile) - height) // 2
    lines: list[Line] = []
    while len(lines) < MOST_LINES and profile.max() >= least:
        at = int(np.argmax(profile))
        line = Line(at - lift + 0.5, slope, 1)
        crossing = lengths[line.crosses(upright)]
        thickness = float(np.median(crossing)) if len(crossing) else 1.0
        lines.append(replace(line, thickness=thickness))
        reach = 3 + int(thickness)
        profile[max(0, at - reach) : at + reach + 1] = 0
    return lines


def _best_slope(
    rows: NDArray[np.intp], columns: NDArray[np.intp], height: int, slopes: NDArray[np.float64]
) -> tuple[float, NDArray[np.intp]]:
    """The slope along which single rows collect most ink, and the number of pixels in each of these rows.

    The rows begin as far above the picture as they end below it.
    """
    lift = int(0.11 * float(columns.max(initial=0))) + 2
    profiles = [
        np.bincount((rows - slope * columns + lift).astype(int), minlength=height + 2 * lift) for slope in slopes
    ]
    best = int(np.argmax([(profile.astype(float) ** 2).sum() for profile in profiles]))
    return float(slopes[best]), profiles[best][: height + 2 * lift]


def erase_lines(mask: Mask, lines: list[Line]) -> Mask:
    """Erases lines from a mask, except where something thicker crosses them."""
    runs = Runs.of(np.ascontiguousarray(mask.T))
    length = runs.right - runs.left
    erased = np.zeros(len(length), bool)
    for line in lines:
        hit = line.crosses(runs)
        usual = min(line.thickness, float(np.median(length[hit]))) if hit.any() else line.thickness
        erased |= hit & (length <= 1.6 * usual + 1)
    cleaned = mask.T.copy()
    flat = cleaned.ravel()
    starts = (runs.row * mask.shape[0] + runs.left)[erased]
    lengths = length[erased]
    places = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(int(lengths.sum()))
    flat[places] = False
    return np.ascontiguousarray(flat.reshape(cleaned.shape).T)


def _are_ruled(mask: Mask, cleaned: Mask, ink: Levels, lines: list[Line]) -> bool:
    """Whether lines belong to the paper, not to a digit that fills the picture: thinner, fainter or many."""
    components = Components.of(cleaned, ink)
    if not len(components):
        return False
    main = int(np.argmax(components.mass))
    if components.longer_side[main] < LEAST_DIGIT * min(mask.shape):
        return False
    removed = mask & ~cleaned
    height, width = mask.shape
    middles = [line.at + line.slope * width / 2 for line in lines]
    from_border = max(min(middle, height - middle) for middle in middles)
    if len(lines) < 3 and removed.any(0).mean() < ALONE_LENGTH and from_border > NEAR_BORDER * height:
        return False  # one or two short lines in the middle may belong to a digit, near the border to a paper's edge
    strokes = components.labels == main
    thickness = float(np.median([line.thickness for line in lines]))
    thin = thickness < LINE_THICKNESS * stroke_width(strokes.astype(np.float32))
    faint = ink[removed].mean() < LINE_THICKNESS * ink[strokes].mean() if removed.any() else False
    many = len(lines) >= 3 and thickness <= 1 + THIN_LINE * max(mask.shape)
    return bool(thin or faint or many)
