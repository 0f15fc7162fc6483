"""Finding and erasing the lines of ruled and squared paper."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .arrays import Levels, Mask
from .background import Foreground
from .components import Components, Runs
from .stroke_width import stroke_width

LINE_LENGTH = 0.6  # of the picture's side: the least of a ruled line in a photograph; in a flat picture, all of it
LINE_THICKNESS = 0.6  # of the digit's strokes: a ruled line is thinner, or fainter
ALONE_LENGTH = 0.85  # of the picture's side: the least of one or two ruled lines
NEAR_BORDER = 0.12  # of the picture's side
THIN_LINE = 0.012  # of the picture's longer side: several such are ruled, however thin the pen
FAINT_LINE = 0.1  # of the strongest ink
MOST_LINES = 80


@dataclass(frozen=True)
class Line:
    at: float  # px from the top where it meets the left border
    slope: float  # px down for each to the right
    thickness: float  # px

    def crosses(self, upright: Runs) -> NDArray[np.bool_]:
        """Which upright runs of a mask lie on it. upright: of the turned mask, row is the column, left the top."""
        middle = self.at + self.slope * upright.row
        slack = 1.5 + self.thickness / 2
        return np.asarray((upright.left <= middle + slack) & (upright.right >= middle - slack))


def remove_ruled_lines(seen: Foreground, strong: Mask) -> tuple[Mask, int]:
    """The strong ink without ruled lines, and how many there were. What crosses a line stays whole."""
    lines = 0
    # A line that is hardly strong enough is there in dashes: it is looked for where it is whole.
    weak = seen.ink > max(4 * seen.noise, FAINT_LINE * seen.peak) if seen.is_photo else strong
    for turned in (False, True):
        mask, whole, ink = (strong.T, weak.T, seen.ink.T) if turned else (strong, weak, seen.ink)
        if not _may_have_lines(whole, seen.is_photo):
            continue
        found = find_lines(whole, seen.is_photo)
        if not found:
            continue
        cleaned = erase_lines(mask, found)
        if _are_ruled(mask, cleaned, ink, found):
            strong, lines = cleaned.T if turned else cleaned, lines + len(found)
    return strong, lines


def _may_have_lines(mask: Mask, is_photo: bool) -> bool:
    """A quick look: rows of ink at both sides (in a photograph, anywhere) of the picture."""
    side = max(2, mask.shape[1] // 40)
    if is_photo:
        return bool(mask.any(0).mean() > LINE_LENGTH)
    return bool(mask[:, :side].any() and mask[:, -side:].any() and mask.any(0).all())


def find_lines(mask: Mask, is_photo: bool) -> list[Line]:
    """Straight lines across the picture, nearly level: rows of the mask, slightly slanted, that are full of ink."""
    height, width = mask.shape
    share = LINE_LENGTH if is_photo else 0.9
    rows, columns = np.nonzero(mask)
    if len(rows) > 60_000:
        rows, columns = rows[::4], columns[::4]
        share /= 4
    least = share * width
    slope, profile = _fullest(rows, columns, height, np.linspace(-0.1, 0.1, 41 if width > 60 else 1))
    slope, profile = _fullest(rows, columns, height, slope + np.linspace(-0.004, 0.004, 9))
    upright = Runs.of(np.ascontiguousarray(mask.T))
    of_run = upright.right - upright.left
    lift = (len(profile) - height) // 2
    lines: list[Line] = []
    while len(lines) < MOST_LINES and profile.max() >= least:
        at = int(np.argmax(profile))
        line = Line(at - lift + 0.5, slope, 1)
        crossing = of_run[line.crosses(upright)]
        thickness = float(np.median(crossing)) if len(crossing) else 1.0
        lines.append(replace(line, thickness=thickness))
        reach = 3 + int(thickness)
        profile[max(0, at - reach) : at + reach + 1] = 0
    return lines


def _fullest(
    rows: NDArray[np.intp], columns: NDArray[np.intp], height: int, slopes: NDArray[np.float64]
) -> tuple[float, NDArray[np.intp]]:
    """The slope along which ink gathers most in single rows, and how much lies in each of them.

    The rows begin above the picture, as far as they end below it.
    """
    lift = int(0.11 * float(columns.max(initial=0))) + 2
    profiles = [
        np.bincount((rows - slope * columns + lift).astype(int), minlength=height + 2 * lift) for slope in slopes
    ]
    best = int(np.argmax([(profile.astype(float) ** 2).sum() for profile in profiles]))
    return float(slopes[best]), profiles[best][: height + 2 * lift]


def erase_lines(mask: Mask, lines: list[Line]) -> Mask:
    """Take lines out of a mask, but for where something thicker lies across them."""
    runs = Runs.of(np.ascontiguousarray(mask.T))
    length = runs.right - runs.left
    gone = np.zeros(len(length), bool)
    for line in lines:
        hit = line.crosses(runs)
        usual = min(line.thickness, float(np.median(length[hit]))) if hit.any() else line.thickness
        gone |= hit & (length <= 1.6 * usual + 1)
    cleaned = mask.T.copy()
    flat = cleaned.ravel()
    starts = (runs.row * mask.shape[0] + runs.left)[gone]
    lengths = (runs.right - runs.left)[gone]
    places = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(int(lengths.sum()))
    flat[places] = False
    return np.ascontiguousarray(flat.reshape(cleaned.shape).T)


def _are_ruled(mask: Mask, cleaned: Mask, ink: Levels, lines: list[Line]) -> bool:
    """Whether lines are the paper's, not strokes of a digit that fills the picture: thinner, fainter or many."""
    shapes = Components.of(cleaned, ink)
    if not len(shapes):
        return False
    main = int(np.argmax(shapes.mass))
    if max(shapes.width[main], shapes.height[main]) < 0.12 * min(mask.shape):
        return False
    taken = mask & ~cleaned
    height, width = mask.shape
    away = [min(line.at + line.slope * width / 2, height - line.at - line.slope * width / 2) for line in lines]
    if len(lines) < 3 and taken.any(0).mean() < ALONE_LENGTH and max(away) > NEAR_BORDER * height:
        return (
            False  # in the middle, unless it crosses the picture, it may be a digit's; near the border, a paper's edge
        )
    strokes = shapes.labels == main
    thickness = float(np.median([line.thickness for line in lines]))
    thin = thickness < LINE_THICKNESS * stroke_width(strokes.astype(np.float32))
    faint = ink[taken].mean() < LINE_THICKNESS * ink[strokes].mean() if taken.any() else False
    many = len(lines) >= 3 and thickness <= 1 + THIN_LINE * max(mask.shape)
    return bool(thin or faint or many)
