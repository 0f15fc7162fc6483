"""Where a page may lie in a picture, without regard to its printing: the paper's edges, or the whole picture."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import quadrilateral

Grey = NDArray[np.uint8]
Quad = NDArray[np.float32]  # (4, 2): corners clockwise, px
SIDE = 300  # px of the longer side of the picture in which paper is sought
LEAST = 0.15  # share of the picture that the paper covers
PRINT = 7  # px: what is printed or written is narrower
LINES = 16  # straight edges of the picture that are tried
VOTES = 35  # px of an edge
APART = 7.0, 0.06  # px and radians between two edges
SAMPLES = 40  # points of a side
GRAIN = 20.0  # how much a standard deviation of one grey level darkens a picture of the grain
CONTRAST = 0.02  # least change of brightness across a paper's edge, per px, as a share
SUPPORTED = 0.55  # share of the sides that is an edge
QUADS = 3  # returned at most
SKEWS = np.arange(-6, 6.1, 0.5)  # degrees


def papers(small: Grey) -> list[Quad]:
    """The corners of what may be a sheet of paper on a table, the most probable first.

    small: (height, width), longer side about SIDE. Paper is lighter than the table, or at least smoother.
    """
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((PRINT, PRINT), np.uint8))
    smooth = np.asarray(cv2.GaussianBlur(closed, (0, 0), 1.0), np.uint8)
    mean = cv2.blur(closed.astype(np.float32), (PRINT, PRINT))
    grain = cv2.blur((closed.astype(np.float32) - mean) ** 2, (PRINT, PRINT))
    even = np.clip(255 - GRAIN * np.sqrt(grain), 30, 255).astype(np.uint8)
    found = [each for picture in (smooth, even) for each in _sheets(picture)]
    distinct: list[tuple[float, NDArray[np.float64]]] = []
    for support, quad in sorted(found, key=lambda each: -each[0]):
        if len(distinct) < QUADS and all(float(np.abs(quad - other).max()) > APART[0] for _, other in distinct):
            distinct.append((support, quad))
    return [np.asarray(quad, np.float32) for _, quad in distinct]


def _sheets(picture: Grey) -> list[tuple[float, NDArray[np.float64]]]:
    """Quadrilaterals that are lighter than what is around them, each with its support."""
    lines = _edges(picture)
    quads = _quads(lines, picture.shape)
    if not len(quads):
        return []
    support = _support(quads, np.log(picture.astype(np.float32) + 8))
    best = np.argsort(-support)[: 8 * QUADS]
    return [(float(support[each]), quads[each]) for each in best if support[each] >= SUPPORTED]


def _edges(smooth: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Straight edges and the sides of the picture, as (n, 3): a x + b y + c = 0 with a² + b² = 1."""
    height, width = smooth.shape
    found = cv2.HoughLines(cv2.Canny(smooth, 8, 24), 1, np.pi / 180, VOTES)
    kept: list[tuple[float, float]] = []
    for rho, theta in [] if found is None else np.asarray(found).reshape(-1, 2)[:300].tolist():
        if len(kept) < LINES and not any(_are_alike((rho, theta), other) for other in kept):
            kept.append((rho, theta))
    lines = [(np.cos(theta), np.sin(theta), -rho) for rho, theta in kept]
    return np.array([*lines, (1, 0, 0), (1, 0, 1 - width), (0, 1, 0), (0, 1, 1 - height)], float)


def _are_alike(line: tuple[float, float], other: tuple[float, float]) -> bool:
    turn = abs(line[1] - other[1])
    rho = -other[0] if turn > np.pi / 2 else other[0]
    return min(turn, np.pi - turn) < APART[1] and abs(line[0] - rho) < APART[0]


def _quads(lines: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Quadrilaterals between two pairs of edges that are nearly parallel, (n, 4, 2), clockwise from the left top."""
    height, width = shape
    angles = np.arctan2(lines[:, 1], lines[:, 0])
    alike = [
        (first, second)
        for first, second in combinations(range(len(lines)), 2)
        if abs(np.sin(angles[first] - angles[second])) < 0.4
    ]
    meetings = np.cross(lines[:, None], lines[None])
    with np.errstate(divide="ignore", invalid="ignore"):
        points = meetings[..., :2] / meetings[..., 2:]
    chosen = []
    for (a, b), (c, d) in combinations(alike, 2):
        if len({a, b, c, d}) == 4 and abs(np.sin(angles[a] - angles[c])) > 0.8:
            chosen.append((points[a, c], points[a, d], points[b, d], points[b, c]))
    if not chosen:
        return np.empty((0, 4, 2))
    quads = np.array(chosen)
    near = (quads > -0.06 * max(shape)).all((1, 2)) & (quads < np.array([width, height]) + 0.06 * max(shape)).all(
        (1, 2)
    )
    quads = quads[near]
    order = np.argsort(np.arctan2(*np.moveaxis(quads - quads.mean(1, keepdims=True), 2, 0)[::-1]), axis=1)
    quads = np.take_along_axis(quads, order[..., None], axis=1)
    x, y = quads[..., 0], quads[..., 1]
    area = 0.5 * (x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(1)
    sides = np.linalg.norm(quads - np.roll(quads, -1, 1), axis=2)
    like_paper = (np.minimum(sides[:, :2], sides[:, 2:]) / np.maximum(np.maximum(sides[:, :2], sides[:, 2:]), 1)).min(
        1
    ) > 0.55
    return np.asarray(quads[(area > LEAST * height * width) & like_paper])


def _support(quads: NDArray[np.float64], light: NDArray[np.floating]) -> NDArray[np.float64]:
    """How much of the sides of each quadrilateral is an edge of paper, (n,), 0 to 1. light: logarithm of brightness."""
    height, width = light.shape
    ends = np.roll(quads, -1, 1)
    share = ((np.arange(SAMPLES) + 0.5) / SAMPLES)[None, None, :, None]
    points = quads[:, :, None] * (1 - share) + ends[:, :, None] * share  # (n, 4, SAMPLES, 2)
    along = ends - quads
    inwards = np.stack([-along[..., 1], along[..., 0]], -1) / np.linalg.norm(along, axis=-1, keepdims=True)
    across = [points + step * inwards[:, :, None] for step in (2.0, -2.0)]
    levels = []
    for each in across:
        flat = each.reshape(len(quads), -1, 2).astype(np.float32)
        levels.append(cv2.remap(light.astype(np.float32), flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderValue=-9))
    change = ((levels[0] - levels[1]) / 4).reshape(len(quads), 4, SAMPLES)
    outside = (levels[1] < 0).reshape(change.shape)  # beyond the picture: nothing says that paper ends here
    edge = np.where(outside, 0.35, change > CONTRAST)
    sides = edge.mean(2)
    middle = np.abs(quads.mean(1) - np.array([width, height]) / 2).max(1) / max(height, width)
    return np.asarray(0.6 * sides.mean(1) + 0.4 * sides.min(1) - 0.1 * middle)


def is_filled(small: Grey) -> bool:
    """Whether paper fills the picture, as in most scans: its edges are as light as its middle."""
    edges = np.concatenate([small[:2].ravel(), small[-2:].ravel(), small[:, :2].ravel(), small[:, -2:].ravel()])
    paper, edge = np.percentile(small, 75), np.percentile(edges, 25)
    return bool(paper - edge < 12)


def whole(small: Grey, dark: Grey) -> Quad:
    """The page of a scan: the whole picture, turned about its middle as its printing is."""
    quad = quadrilateral(small.shape)
    middle = quad.mean(0)
    angle = np.deg2rad(skew(dark))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    return np.asarray((quad - middle) @ turn.T + middle, np.float32)


def skew(dark: Grey) -> float:
    """How far the lines of a picture are turned clockwise, degrees within SKEWS, apart from quarter turns."""
    height, width = dark.shape
    best = []
    for degrees in SKEWS:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(degrees), 1)
        level = cv2.warpAffine(dark, turn, (width, height)).astype(np.float32)
        best.append(max(float(np.diff(level.mean(axis)).std()) for axis in (0, 1)))
    return float(SKEWS[int(np.argmax(best))])
