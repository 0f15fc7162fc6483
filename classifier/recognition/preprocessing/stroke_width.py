"""The width of strokes, and how to change it."""

import math

import numpy as np
from PIL import Image

from .arrays import Ink, Levels

STRIP = 2**14  # px that are worked on at a time, in whole rows: they fit into the processor's cache


def stroke_width(ink: Levels) -> float:
    """The mean width of the strokes in px: twice their area divided by the length of their edges.

    The length of the edges is the total variation of the picture divided by its height, so blurred strokes have the
    width at half their ink. A straight line of 2.8 px measures 2.5. ink: shape (height, width).
    """
    edges = (_gradient_of_levels(ink) if ink.dtype == np.uint8 else _gradient(ink)).sum() / 2
    return float(2 * np.float32(ink.sum()) / edges) if edges else 0.0


def _gradient(ink: Levels) -> Ink:
    """The magnitude of the gradient between each four pixels, with background around the picture.

    ink: shape (height, width). Returns shape (height + 1, width + 1), in half levels per px.
    """
    height, width = ink.shape
    gradient = np.empty((height + 1, width + 1), np.float32)
    strip = max(1, STRIP // (width + 2))
    for top in range(0, height + 1, strip):
        part = ink[max(top - 1, 0) : top + strip]
        rows = np.zeros((min(strip, height + 1 - top) + 1, width + 2), np.float32)
        first = 1 if top == 0 else 0  # above the first row and below the last is background
        rows[first : first + len(part), 1:-1] = part
        across, down = rows[:, 1:] - rows[:, :-1], rows[1:] - rows[:-1]
        sideways, downwards = across[1:] + across[:-1], down[:, 1:] + down[:, :-1]
        sideways *= sideways
        downwards *= downwards
        sideways += downwards
        np.sqrt(sideways, out=gradient[top : top + strip])
    return gradient


def _gradient_of_levels(ink: Levels) -> Ink:
    """As `_gradient`, for whole grey levels: most of a drawing is even, so only its edges are computed."""
    height, width = ink.shape
    line, count = width + 1, (height + 1) * (width + 1)
    flat = np.zeros(count + line + 1, np.uint8)  # rows one after another, with a px of background between
    flat[line + 1 : -line].reshape(height, line)[:, :-1] = ink
    corners = [flat[start : start + count] for start in (0, 1, line, line + 1)]
    uneven = corners[0] != corners[1]
    for corner in corners[2:]:
        uneven |= corners[0] != corner
    at = np.flatnonzero(uneven)
    upper_left, upper_right, lower_left, lower_right = (corner[at].astype(np.float32) for corner in corners)
    falling, rising = lower_right - upper_left, upper_right - lower_left
    gradient = np.zeros(count, np.float32)
    gradient[at] = np.sqrt(2 * (falling * falling + rising * rising))
    return gradient.reshape(height + 1, line)


def widen(ink: Levels, radius: float) -> Ink:
    """Makes strokes wider by `radius` px on each side: a grey dilation by a disc.

    A fractional radius mixes the results of the two whole ones. The picture grows by ceil(radius) px on each side.
    """
    whole, share = int(radius), radius - int(radius)
    padded = _padded(ink, whole + (share > 0))
    grown = _around(padded, whole, np.maximum)
    return grown if not share else (1 - share) * grown + share * _around(padded, whole + 1, np.maximum)


def narrow(ink: Levels, radius: float) -> Ink:
    """Makes strokes narrower by `radius` px on each side: a grey erosion that keeps thinner strokes unchanged."""
    pad = int(radius) + 2
    padded = _padded(ink, pad)
    whole, share = int(radius), radius - int(radius)
    eroded, next_eroded = _around(padded, whole, np.minimum), _around(padded, whole + 1, np.minimum)
    if share:
        eroded = (1 - share) * eroded + share * next_eroded
    thin = padded - np.minimum(_around(next_eroded, whole + 1, np.maximum), padded)  # what would nearly vanish
    return np.maximum(eroded, np.where(thin > 0.5 * padded, thin, 0))[pad:-pad, pad:-pad]


def _padded(ink: Levels, pad: int) -> Ink:
    """Ink with `pad` px of background on each side, as float32."""
    height, width = ink.shape
    padded = np.zeros((height + 2 * pad, width + 2 * pad), np.float32)
    padded[pad : pad + height, pad : pad + width] = ink
    return padded


def _around(values: Ink, radius: int, choose: np.ufunc) -> Ink:
    """The maximum (np.maximum) or minimum (np.minimum) within a disc of `radius` px.

    values: with at least `radius` px of background on each side, so all rows can be handled as one line: what a pixel
    receives from beyond the end of its row is background.
    """
    if radius <= 0:
        return values
    line, flat = values.shape[1], values.ravel()
    row, chosen, reach = flat.copy(), flat.copy(), 0
    for step in range(radius, -1, -1):  # from the disc's first row, the shortest, to its middle
        wanted = int(math.sqrt((radius + 0.5) ** 2 - step**2))
        while reach < wanted:
            reach += 1
            choose(row[reach:], flat[:-reach], out=row[reach:])
            choose(row[:-reach], flat[reach:], out=row[:-reach])
        if step:
            choose(chosen[step * line :], row[: -step * line], out=chosen[step * line :])
            choose(chosen[: -step * line], row[step * line :], out=chosen[: -step * line])
        else:
            choose(chosen, row, out=chosen)
    return chosen.reshape(values.shape)


def reduce_keeping_lines(ink: Levels, factor: int, thin: bool) -> Levels:
    """Shrinks by a whole factor, by the mean, or by the maximum if strokes are `thin`: under one pixel afterwards."""
    if factor == 1:
        return ink
    if not thin:
        return np.asarray(as_image(ink).reduce(factor))
    height, width = (-(-side // factor) for side in ink.shape)
    padded = np.zeros((height * factor, width * factor), ink.dtype)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    return np.asarray(padded.reshape(height, factor, width, factor).max((1, 3)))


def as_image(ink: Levels) -> Image.Image:
    """Ink as an image in mode F."""
    image = Image.fromarray(ink)
    return image.convert("F") if ink.dtype == np.uint8 else image  # a quarter to copy
