"""The width of strokes, and making them wider or narrower."""

import math

import numpy as np
from PIL import Image

from .arrays import Ink, Levels
from .components import STRIP


def stroke_width(ink: Levels) -> float:
    """Mean width of the strokes in px: twice their area for the length of their edges, both by grey levels.

    The length of the edges is the picture's total variation over its height, so that blurred and soft strokes
    count with the width they have at half their ink. A straight line of 2.8 px has 2.5 by this measure.
    """
    edges = (_steepness_of_levels(ink) if ink.dtype == np.uint8 else _steepness(ink)).sum() / 2
    return float(2 * np.float32(ink.sum()) / edges) if edges else 0.0


def _steepness(ink: Levels) -> Ink:
    """How steeply the ink rises between each four pixels, those of ground around it included.

    ink: shape (height, width). Returns shape (height + 1, width + 1), twice the levels for a px.
    """
    height, width = ink.shape
    steepness = np.empty((height + 1, width + 1), np.float32)
    strip = max(1, STRIP // (width + 2))
    for top in range(0, height + 1, strip):
        part = ink[max(top - 1, 0) : top + strip]
        rows = np.zeros((min(strip, height + 1 - top) + 1, width + 2), np.float32)
        first = 1 if top == 0 else 0  # above the first row and below the last there is ground
        rows[first : first + len(part), 1:-1] = part
        across, down = rows[:, 1:] - rows[:, :-1], rows[1:] - rows[:-1]
        sideways, downwards = across[1:] + across[:-1], down[:, 1:] + down[:, :-1]
        sideways *= sideways
        downwards *= downwards
        sideways += downwards
        np.sqrt(sideways, out=steepness[top : top + strip])
    return steepness


def _steepness_of_levels(ink: Levels) -> Ink:
    """The same of whole grey levels, where most of a drawing is even and only its edges need to be looked at."""
    height, width = ink.shape
    line, count = width + 1, (height + 1) * (width + 1)
    flat = np.zeros(count + line + 1, np.uint8)  # one row after another, a px of ground between them
    flat[line + 1 : -line].reshape(height, line)[:, :-1] = ink
    corners = [flat[start : start + count] for start in (0, 1, line, line + 1)]
    uneven = corners[0] != corners[1]
    for corner in corners[2:]:
        uneven |= corners[0] != corner
    at = np.flatnonzero(uneven)
    upper_left, upper_right, lower_left, lower_right = (corner[at].astype(np.float32) for corner in corners)
    falling, rising = lower_right - upper_left, upper_right - lower_left
    steepness = np.zeros(count, np.float32)
    steepness[at] = np.sqrt(2 * (falling * falling + rising * rising))
    return steepness.reshape(height + 1, line)


def widen(ink: Levels, radius: float) -> Ink:
    """Grow strokes by `radius` px on each side: the highest ink within a round neighbourhood.

    Between whole radii the two results are mixed. The picture grows by ceil(radius) px on each side.
    """
    whole, share = int(radius), radius - int(radius)
    padded = _with_ground(ink, whole + (share > 0))
    grown = _around(padded, whole, np.maximum)
    return grown if not share else (1 - share) * grown + share * _around(padded, whole + 1, np.maximum)


def narrow(ink: Levels, radius: float) -> Ink:
    """Take `radius` px off each side of the strokes; what is too narrow for that stays as it was."""
    pad = int(radius) + 2
    padded = _with_ground(ink, pad)
    whole, share = int(radius), radius - int(radius)
    less, gone = _around(padded, whole, np.minimum), _around(padded, whole + 1, np.minimum)
    if share:
        less = (1 - share) * less + share * gone
    thin = padded - np.minimum(_around(gone, whole + 1, np.maximum), padded)  # what would vanish, or all but
    return np.maximum(less, np.where(thin > 0.5 * padded, thin, 0))[pad:-pad, pad:-pad]


def _with_ground(ink: Levels, pad: int) -> Ink:
    """With `pad` px of ground on each side."""
    height, width = ink.shape
    padded = np.zeros((height + 2 * pad, width + 2 * pad), np.float32)
    padded[pad : pad + height, pad : pad + width] = ink
    return padded


def _around(values: Ink, radius: int, choose: np.ufunc) -> Ink:
    """The highest (by np.maximum) or lowest (np.minimum) value within a disc of `radius` px.

    values: with at least `radius` px of ground on each side, so that rows can be worked on as one line: what is
    taken over the end of one is ground, as that pixel is itself.
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
    """Shrink by a whole factor: by averages, or, where strokes are thinner than a pixel to be, by the highest ink."""
    if factor == 1:
        return ink
    if not thin:
        return np.asarray(as_image(ink).reduce(factor))
    height, width = (-(-side // factor) for side in ink.shape)
    padded = np.zeros((height * factor, width * factor), ink.dtype)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    return np.asarray(padded.reshape(height, factor, width, factor).max((1, 3)))


def as_image(ink: Levels) -> Image.Image:
    """For Pillow, in fractions."""
    image = Image.fromarray(ink)
    return image.convert("F") if ink.dtype == np.uint8 else image  # a quarter to copy
