"""Recovers from a picture of a written digit how the pen may have moved: few strokes, in order, as most people write.

Nothing in the picture tells the direction of the pen. It is a guess: straight on at a crossing, from the top, and what
people are taught for each digit. Source: Kato, Yasuhara, "Recovery of drawing order from single-stroke handwriting
images", 2000, for going straight on; the rules for each digit are our own.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.synthesis.curves import Path, cut_corners, resample

from .skeletons import Edge, Skeleton, skeleton_of

LARGER = 2  # a picture is enlarged before it is thinned
INK = 0.4  # least share of the darkest ink that is ink
BRIDGE = 1.1  # length between two junctions that are one crossing, in widths of the pen
BRIDGES = {4: 1.7, 7: 1.7, 8: 3.0}  # the same for digits whose strokes cross
NEAR, FAR = 0.5, 2.0  # of a junction: where the direction of a line is measured, in widths of the pen
SHARPEST = 1.9  # turn at a junction that a stroke still takes, radians
ACROSS = 0.4  # advantage of a line on the other side of a crossing, radians
CORNER = 0.6  # turn at which the bar of a 5 is a stroke of its own, radians
SMOOTH = 2  # points on either side of a point that is replaced by their mean
CONTINUED = 0.16  # gap that the pen crosses on the paper, in heights of the digit
CUSPS = {2: 0.8, 3: 0.8, 4: 0.3, 5: 0.3, 6: 0.3}  # the same for digits in which the pen goes on to an end, and back
APART = 0.04  # points of a path, in heights of the digit

End = tuple[Edge, int]  # an edge, and which of its nodes


def trace_digit(image: NDArray[np.uint8], digit: int) -> list[Path]:
    """The strokes of a digit in the order and direction of the pen.

    image: (height, width), 0 background to 255 ink; digit: what it is. Returns paths (n, 2), x to the right and y
    downwards, in heights of the digit about its centre. Empty if there is no ink.
    """
    height, width = image.shape
    large = Image.fromarray(np.pad(image, 2)).resize(((width + 4) * LARGER, (height + 4) * LARGER))
    ink = np.asarray(large) > INK * image.max()
    ink[[0, -1]] = ink[:, [0, -1]] = False
    if not ink.any():
        return []
    skeleton = skeleton_of(ink)
    skeleton.simplify(BRIDGES.get(digit, BRIDGE))
    strokes = [_smooth(stroke) for stroke in _strokes(skeleton, digit)]
    everything = np.vstack(strokes)
    low, size = everything.min(0), np.ptp(everything, 0)
    unit = max(size[1], 0.6 * size[0], 1.0)  # a flat scrawl is not blown up
    strokes = [(stroke - low - size / 2) / unit for stroke in strokes]
    return [resample(stroke, APART) for stroke in _in_order(_split(strokes, digit), digit)]


def _smooth(stroke: Path) -> Path:
    """The stroke without the steps of the pixels, its points 1 px apart."""
    even = resample(stroke, 1.0)
    return cut_corners(even, min(SMOOTH, (len(even) - 1) // 2))


def _strokes(skeleton: Skeleton, digit: int) -> list[Path]:
    """The lines between ends of strokes, each of one or more edges."""
    following: dict[End, End] = {}
    for node in skeleton.nodes:
        for first, second in _continued(skeleton, node, digit):
            following[first], following[second] = second, first
    left = list(skeleton.edges)
    starts = [(edge, end) for edge in left for end in (0, 1) if (edge, end) not in following]
    strokes = []
    while left:
        start = next((each for each in starts if each[0] in left), (left[0], 0))
        strokes.append(_followed(start, following, left, skeleton.width))
    return strokes


def _followed(start: End, following: dict[End, End], left: list[Edge], width: float) -> Path:
    """The points of a stroke; its edges are no longer left."""
    pieces: list[Path] = []
    here: End | None = start
    while here is not None and here[0] in left:
        edge, end = here
        left.remove(edge)
        piece, leaving = edge.from_end(end), (edge, 1 - end)
        reach = round(min(NEAR * width, len(piece) / 3))  # thinning bends lines at a crossing
        piece = piece[reach if pieces else 0 :]
        here = following.get(leaving)
        pieces.append(piece[: len(piece) - reach] if here and here[0] in left else piece)
    return np.vstack(pieces)


def _continued(skeleton: Skeleton, node: int, digit: int) -> list[tuple[End, End]]:
    """The pairs of edges between which the pen goes straight on at a node."""
    ends = skeleton.at(node)
    if len(ends) < 3:
        return [(ends[0], ends[1])] if len(ends) == 2 else []
    if len(ends) == 3 and digit in (6, 9) and (loop := _lollipop(ends)):
        return _into_loop(*loop) if digit == 6 else []
    directions = np.array([_direction(edge.from_end(end), skeleton.width) for edge, end in ends])
    if len(ends) == 3 and (digit == 3 or (digit == 2 and _is_low(skeleton, ends[0]))):  # to the left and back
        above = int(np.sin(directions).argmin())
        left = int(np.where(np.arange(3) == above, np.inf, np.cos(directions)).argmin())
        return [(ends[above], ends[left])]
    places = np.argsort(np.argsort(directions))
    turns = []
    for first, second in combinations(range(len(ends)), 2):
        turn = np.pi - abs((directions[first] - directions[second] + np.pi) % (2 * np.pi) - np.pi)
        is_across = len(ends) == 4 and abs(places[first] - places[second]) == 2
        turns.append((turn - ACROSS * is_across, first, second))
    pairs, used = [], set[int]()
    for turn, first, second in sorted(turns):
        if turn < SHARPEST and not {first, second} & used:
            used |= {first, second}
            pairs.append((ends[first], ends[second]))
    return pairs


def _is_low(skeleton: Skeleton, end: End) -> bool:
    """Whether a junction is in the lower half of the digit."""
    y = np.concatenate([edge.points[:, 1] for edge in skeleton.edges])
    return bool(end[0].from_end(end[1])[0, 1] > (y.min() + y.max()) / 2)


def _direction(points: Path, width: float) -> float:
    """The angle at which a line leaves a junction, radians."""
    lengths = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    near, far = (int(np.searchsorted(lengths, min(part * width, lengths[-1]))) for part in (NEAR, FAR))
    x, y = points[far] - points[min(near, max(far - 3, 0))]
    return float(np.arctan2(y, x))


def _lollipop(ends: list[End]) -> tuple[Edge, End] | None:
    """The loop at a junction and the stem that leads to it, if there is such a loop."""
    for edge, _ in ends:
        if edge.nodes[0] == edge.nodes[1]:
            return edge, next(each for each in ends if each[0] is not edge)
    return None


def _into_loop(loop: Edge, stem: End) -> list[tuple[End, End]]:
    return [(stem, (loop, 0 if _turns_left(loop.points) else 1))]


def _turns_left(path: Path) -> bool:
    """Whether the pen moves to the left where the path is highest."""
    top = int(path[:, 1].argmin())
    reach = max(2, len(path) // 10)
    if len(path) > 3 and np.allclose(path[0], path[-1]):
        path, top = np.roll(path[:-1], len(path) // 2 - top, 0), len(path) // 2
    return bool(path[max(top - reach, 0), 0] > path[min(top + reach, len(path) - 1), 0])


def _split(strokes: list[Path], digit: int) -> list[Path]:
    """The strokes, with the two of a 4 or 5 apart that touch at their beginning."""
    parts = []
    for path in strokes:
        corner = _corner_of_four(path) if digit == 4 else _corner_of_five(path) if digit == 5 else 0
        parts += [path[: corner + 1][::-1], path[corner:]] if corner else [path]
    return parts


def _corner_of_four(path: Path) -> int:
    """The top of a path that falls far on both sides of it, else 0."""
    top = int(path[:, 1].argmin())
    return top if min(path[0, 1], path[-1, 1]) - path[top, 1] > 0.3 else 0


def _corner_of_five(path: Path) -> int:
    """The sharp corner at the top left of a path, else 0."""
    reach = 6  # points, 1 px of the enlarged picture apart
    is_above = path[reach:-reach, 1] < -0.2
    if not is_above.any():
        return 0
    corner = reach + int(np.where(is_above, path[reach:-reach].sum(1), np.inf).argmin())
    before, after = path[corner - reach] - path[corner], path[corner + reach] - path[corner]
    turn = np.pi - np.arccos(np.clip(before @ after / (np.hypot(*before) * np.hypot(*after) + 1e-9), -1, 1))
    return corner if turn > CORNER else 0


def _in_order(strokes: list[Path], digit: int) -> list[Path]:
    """The strokes from their beginning, the first one first. The pen stays down between two that nearly touch."""
    strokes = [_from_start(path, digit) for path in strokes]
    strokes.sort(key=lambda path: _turn_of(path, digit))
    if digit == 6:  # the rest of its loop goes up on the right
        strokes[1:] = [path[::-1] if -0.2 < path[0, 1] < path[-1, 1] else path for path in strokes[1:]]
    joined, reach = strokes[:1], CUSPS.get(digit, CONTINUED)
    for path in strokes[1:]:
        if np.hypot(*(path[0] - joined[-1][-1])) < reach:
            joined[-1] = np.vstack([joined[-1], path])
        else:
            joined.append(path)
    return joined


def _turn_of(path: Path, digit: int) -> tuple[float, float]:
    """Sorts the strokes of a digit: the left part of a 4 first, the bar of a 5 last, loops before their stem."""
    if digit == 4:
        return 0.0, float(path[:, 0].mean())
    if digit in (2, 3, 5, 6, 9):
        is_bar = digit == 5 and np.ptp(path[:, 0]) > np.ptp(path[:, 1]) and path[:, 1].mean() < -0.2
        return float(is_bar), float(path[:, 1].min())
    return 0.0, -float(len(path))


def _from_start(path: Path, digit: int) -> Path:
    """The path in the direction in which people write it."""
    is_ring = len(path) > 3 and bool(np.allclose(path[0], path[-1]))
    if is_ring and digit != 9:
        path = np.roll(path[:-1], -int((path[:-1] @ [-0.3, 1]).argmin()), 0)
        path = np.vstack([path, path[:1]])
    if is_ring or digit in (0, 8):
        is_right = _turns_left(path)
    else:
        where = [0.0 if digit == 6 else 0.4, 1.0]  # from the top, rather than from the left
        is_right = bool(path[0] @ where <= path[-1] @ where)
    return path if is_right else path[::-1]
