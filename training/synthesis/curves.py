"""The pen's path as an array of points: smooth curves through nodes, and what a hurried hand makes of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.synthesis.glyphs.shapes import Stroke

Path = NDArray[np.float64]  # (n, 2): x, y

GRAIN = 0.02  # distance between two points of a stroke while it is shaped, in heights of the digit
T = np.linspace(0, 1, 10, endpoint=False)[:, None, None]


def trace(stroke: Sequence[Path] | Stroke, stiffness: float = 0.0) -> Path:
    """The pen's path through a stroke: smooth along each run, with a corner between two runs."""
    pieces: list[Path] = []
    for run in stroke:
        nodes = np.asarray(run, float)
        if pieces:
            nodes = np.vstack([pieces[-1][-1], nodes])
        pieces.append(smooth(nodes, stiffness))
    return np.vstack(pieces)


def smooth(nodes: Path, stiffness: float = 0.0) -> Path:
    """A curve through all nodes. Source: Catmull and Rom, "A class of local interpolating splines", 1974.

    stiffness: from 0, the curve, to 1, straight lines.
    """
    if len(nodes) < 3:
        return nodes
    # A mirrored node beyond each end lets the curve reach the ends.
    padded = np.vstack([2 * nodes[0] - nodes[1], nodes, 2 * nodes[-1] - nodes[-2]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    curve = 0.5 * (
        2 * start
        + (end - before) * T
        + (2 * before - 5 * start + 4 * end - after) * T**2
        + (3 * start - before - 3 * end + after) * T**3
    )  # (points of a piece, pieces, 2)
    if stiffness:
        curve += stiffness * (start + (end - start) * T - curve)
    return np.vstack([curve.transpose(1, 0, 2).reshape(-1, 2), nodes[-1]])


def resample(path: Path, step: float) -> Path:
    """The same path with points `step` apart. A path without length becomes one point."""
    pieces = np.diff(path, axis=0)
    lengths = np.concatenate([[0.0], np.cumsum(np.sqrt((pieces**2).sum(1)))])
    count = max(2, round(lengths[-1] / step) + 1) if lengths[-1] else 1
    at = np.linspace(0, lengths[-1], count)
    return np.column_stack([np.interp(at, lengths, path[:, 0]), np.interp(at, lengths, path[:, 1])])


def cut_corners(path: Path, reach: int) -> Path:
    """Replaces each point with the mean of itself and the `reach` points on either side; the ends stay."""
    if reach < 1:
        return path
    padded = np.vstack([2 * path[0] - path[reach:0:-1], path, 2 * path[-1] - path[-2 : -reach - 2 : -1]])
    sums = np.vstack([np.zeros(2), np.cumsum(padded, 0)])
    width = 2 * reach + 1
    mean: Path = (sums[width:] - sums[:-width]) / width
    return mean


def extend(path: Path, length: float) -> Path:
    """Continues the end of a stroke straight on by `length`, or cuts it short if `length` is negative."""
    count = round(abs(length) / GRAIN)
    if length < 0:
        return path[: len(path) - min(count, len(path) // 8)]
    if not count:
        return path
    direction = path[-1] - path[-4]
    direction = direction / max(float(np.hypot(*direction)), 1e-6)
    return np.vstack([path, path[-1] + direction * GRAIN * np.arange(1, count + 1)[:, None]])


def with_hook(path: Path, rng: np.random.Generator) -> Path:
    """The stroke with a short tick at its end, at a sharp angle to it."""
    back = path[-4] - path[-1]
    angle = np.arctan2(back[1], back[0]) + rng.choice([-1, 1]) * rng.uniform(0.3, 1.4)
    length = rng.uniform(0.02, 0.08)
    return np.vstack([path, path[-1] + length * np.array([np.cos(angle), np.sin(angle)])])
