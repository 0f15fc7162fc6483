"""What in a picture is no digit: specks, the edges of paper, ruled lines, a neighbour's ink cut by the border."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .ground import Grey, Seen, more_than, touches_border
from .shapes import Levels, Mask, Runs, Shapes, gap_between, stroke_width

# Lengths are shares of the main shape's longer side unless they say otherwise.
SPECK_AREA = 0.012  # of the main shape's area
SPECK_SIDE = 0.1
SPECK_GAP = 0.15
NEIGHBOUR_MASS = 0.5  # of the main shape's ink: more than that at the border may be the digit itself
NEIGHBOUR_GAP = 0.08
WEAK_INK = 0.12  # of the strongest ink
WEAK_REACH = 6  # px
FAINT = 0.4  # of the main shape's ink for a pixel: shadows, what shows through the paper
DARKER = 0.65  # of the light behind the main shape: the table beside the paper has a grain, too
HUGGING = 0.4  # of its own longer side: how much of the border it holds
FAR = 0.5
SMALL = 0.3
EDGE_LENGTH = 0.3  # of the picture's side: how much of it must be inked to be no digit's stroke
LINE_LENGTH = 0.6  # of the picture's side: the least of a ruled line in a photograph; in a flat picture, all of it
LINE_THICKNESS = 0.6  # of the digit's strokes: a ruled line is thinner, or fainter
ALONE_LENGTH = 0.85  # of the picture's side: the least of one or two ruled lines
NEAR_BORDER = 0.12  # of the picture's side
THIN_LINE = 0.012  # of the picture's longer side: several such are ruled, however thin the pen
FAINT_LINE = 0.1  # of the strongest ink
MOST_LINES = 80
PAPER_AREA = 0.3  # of the picture
PAPER_FILL = 0.7  # of its box: a sheet is solid
PAPER_CORNERS = 0.9  # of it lies between its four corners: a digit of a thick pen is as solid, but round


@dataclass(frozen=True)
class Kept:
    """What of a picture's ink may be digits."""

    shapes: Shapes  # those kept alone
    ink: Levels  # (height, width), theirs alone with their soft edges
    others: int  # large shapes left out
    lines: int  # ruled lines taken out
    touches_edge: bool  # whether a kept shape reaches the border


def drop_clutter(seen: Seen, soft_edge: int) -> Kept:
    """Keep the main shape and what may belong to it or stand beside it."""
    strong, lines = without_lines(seen, without_edges(seen))
    shapes = Shapes.of(strong, seen.ink)
    margin = 1 if seen.is_photo else 0
    if len(shapes) == 1 and not lines:
        ink = only_where(_with_soft_edge(strong, seen, soft_edge), seen.ink)
        return Kept(shapes, ink, 0, 0, bool(touches_border(shapes, margin)[0]))
    touching = touches_border(shapes, margin)
    longer = np.maximum(shapes.width, shapes.height)
    hugging = np.zeros(len(shapes), bool)
    if seen.is_photo:  # what is left of the table beside the paper
        hugging = along_border(shapes) >= HUGGING * longer
    score = shapes.mass * np.where(hugging, 0.1, np.where(touching, 0.4, 1.0))
    light = _light_behind(shapes, seen)
    main = int(np.argmax(score * light**2))
    side, area, mass = longer[main], shapes.area[main], shapes.mass[main]
    gaps = gap_between(shapes.boxes, shapes.boxes[main])
    specks = (shapes.area < SPECK_AREA * area) & (longer < SPECK_SIDE * side)
    if not seen.noise:  # every mark was made: a speck is one only where it stands apart
        specks &= gaps > SPECK_GAP * side
    cut_off = touching & ~touching[main] & (shapes.mass < NEIGHBOUR_MASS * mass) & (gaps > NEIGHBOUR_GAP * side)
    strewn = (longer < SMALL * side) & (gaps > FAR * side)
    faint = (shapes.mass / shapes.area < FAINT * mass / area) & (gaps > NEIGHBOUR_GAP * side) & seen.is_photo
    dropped = specks | cut_off | strewn | faint | (hugging & ~hugging[main])
    dropped |= (light < DARKER * light[main]) & (gaps > 0)
    dropped[main] = False
    numbers = np.flatnonzero(~dropped)
    others = int((dropped & ~specks & (longer >= SMALL * side)).sum())
    kept = shapes.take(numbers)
    inked = _with_soft_edge(kept.labels >= 0, seen, soft_edge)
    if dropped.any():
        inked &= ~shapes.only(np.flatnonzero(dropped))
    if lines:
        inked &= (kept.labels >= 0) | ~seen.strong
    return Kept(kept, only_where(inked, seen.ink), others, lines, bool(touching[numbers].any()))


def keep_all(seen: Seen) -> Kept:
    """Of a picture without clutter."""
    shapes = Shapes.of(seen.strong, seen.ink)
    return Kept(shapes, seen.ink, 0, 0, bool(touches_border(shapes).any()))


def only_where(mask: Mask, ink: Levels) -> Levels:
    return np.asarray(ink * mask)  # several times as quick as to choose by the mask


def _with_soft_edge(strong: Mask, seen: Seen, reach: int) -> Mask:
    """Strong ink, the weaker close to it, and `reach` px around both; where no ink is, it may end sooner."""
    near = grow(strong, reach)
    if seen.is_photo or not only_where(~near, seen.ink).any():  # as of every clean drawing
        return near
    return grow(with_weak(strong, seen), reach)


def with_weak(strong: Mask, seen: Seen) -> Mask:
    """Strong ink and the weaker close to it: on a flat ground a stroke may run out softly.

    On an uneven ground what is weak may be paper as well, and only a stroke's own edge counts.
    """
    if seen.is_photo:
        return strong
    weak = more_than(seen.ink, max(WEAK_INK * seen.peak, 4 * seen.noise))
    return np.asarray(strong | (grow(strong, WEAK_REACH) & weak))


def _light_behind(shapes: Shapes, seen: Seen) -> NDArray[np.float64]:
    """The mean light of a photograph's ground where each shape is, shape (n,); of a dark ground all the same."""
    if seen.level is None or not seen.is_light:
        return np.ones(len(shapes))
    return np.bincount(shapes.labels[shapes.labels >= 0], seen.level[shapes.labels >= 0]) / shapes.area


def along_border(shapes: Shapes) -> NDArray[np.intp]:
    """How many px of one side of the picture each shape holds, shape (n,)."""
    labels = shapes.labels
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return np.asarray(np.max([np.bincount(side[side >= 0], minlength=len(shapes)) for side in sides], axis=0))


def grow(mask: Mask, reach: int) -> Mask:
    """Every pixel within `reach` px of the mask, along both axes: by windows of doubling length."""
    height, width = mask.shape
    line, window = width + 2 * reach, 2 * reach + 1
    padded = np.zeros((height + 2 * reach, line), bool)
    padded[reach : reach + height, reach : reach + width] = mask
    # Row after row in one line: long runs are quick. A window that begins in its row's first `width` px ends there.
    grown = padded.ravel()
    for stride in (1, line):
        length = 1
        while length < window:
            step = min(length, window - length)
            grown = grown[: -step * stride] | grown[step * stride :]
            length += step
    whole = np.zeros(height * line, bool)
    whole[: len(grown)] = grown[: height * line]
    return whole.reshape(height, line)[:, :width]


# --- the edges of the paper ---------------------------------------------------------------------


def without_edges(seen: Seen) -> Mask:
    """The strong ink of a photograph without what lies along its border: the table beside the paper, a frame.

    Such ink, its gaps bridged, holds a long stretch of the border, where a digit that is cut holds as much as its
    strokes are wide. Nothing is taken away unless something sizeable is left.
    """
    strong = seen.strong
    if not seen.is_photo:
        return strong
    factor = max(1, max(strong.shape) // 160)
    small = np.asarray(Image.fromarray(strong.astype(np.uint8) * 255).reduce(factor)) > 0
    joined = Shapes.of(grow(small, 2), small.astype(np.float32))
    along = np.zeros(len(joined), bool)
    for side, of_side in ((strong, joined.labels), (strong.T, joined.labels.T)):
        for edge in (0, -1):
            inked = np.flatnonzero(side[edge])
            held = np.bincount(of_side[edge][inked // factor], minlength=len(joined))
            along |= held >= EDGE_LENGTH * side.shape[1]
    if not along.any():
        return strong
    shapes = Shapes.of(strong, seen.ink)
    rows, columns = np.nonzero(strong)
    first = np.unique(shapes.labels[rows, columns], return_index=True)[1]  # one pixel of each shape
    of_joined = joined.labels[rows[first] // factor, columns[first] // factor]
    longer = np.maximum(shapes.width, shapes.height)
    loose = ~touches_border(shapes, 2) & (longer > 0.08 * max(strong.shape))
    gone = along[of_joined] & ~loose
    if gone.all() or longer[~gone].max() < 0.06 * max(strong.shape):
        return strong
    return shapes.only(np.flatnonzero(~gone))


# --- a sheet on something darker ----------------------------------------------------------------


def find_sheet(seen: Seen, grey: Grey) -> tuple[Grey, tuple[int, int]] | None:
    """The inside of a sheet of paper (or a screen, a slate) that was taken for ink, if there is one.

    Returns it with what lies outside its edges filled with its own ground, and its left and top in the picture.
    """
    if np.count_nonzero(seen.strong) < PAPER_AREA * PAPER_FILL * seen.strong.size:
        return None
    shapes = Shapes.of(seen.strong, seen.ink)
    main = int(np.argmax(shapes.area))
    left, top, right, bottom = (int(value) for value in shapes.boxes[main])
    box = (right - left) * (bottom - top)
    if box < PAPER_AREA * grey.size or min(right - left, bottom - top) < 20:
        return None
    inside = shapes.labels[top:bottom, left:right] == main
    columns = np.arange(right - left)
    first, last = inside.argmax(1), inside.shape[1] - 1 - inside[:, ::-1].argmax(1)
    inset = max(2, min(inside.shape) // 40)
    hull = (columns >= first[:, None] + inset) & (columns <= last[:, None] - inset)
    hull[:inset] = hull[-inset:] = False
    if (
        inside.sum() < PAPER_FILL * box
        or inside[hull].mean() < PAPER_FILL
        or _between_corners(first, last) < PAPER_CORNERS
    ):
        return None
    sheet = grey[top:bottom, left:right].copy()
    sheet[~hull] = np.median(sheet[hull & inside])
    return sheet, (left, top)


def _between_corners(first: NDArray[np.intp], last: NDArray[np.intp]) -> float:
    """The share of an outline's area that its four outermost corners span: 1 of a sheet, also of one slightly turned.

    first, last: the outline's leftmost and rightmost px of each row, shape (height,).
    """
    rows, right = np.arange(len(first)), last + 1
    corners = [
        (first[row := int(np.argmin(first + rows))], row),  # clockwise from the upper left
        (right[row := int(np.argmax(right - rows))], row),
        (right[row := int(np.argmax(right + rows))], row + 1),
        (first[row := int(np.argmin(first - rows))], row + 1),
    ]
    x, y = np.array(corners, float).T
    spanned = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    return spanned / float((right - first).sum())


# --- ruled and squared paper --------------------------------------------------------------------


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


def without_lines(seen: Seen, strong: Mask) -> tuple[Mask, int]:
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
    shapes = Shapes.of(cleaned, ink)
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
