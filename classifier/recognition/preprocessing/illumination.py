"""The light across an unevenly lit picture."""

import numpy as np
from PIL import Image, ImageFilter

from .arrays import Grey, Ink

LIGHT_SIDE = 320  # px of the copy, at most, in which the light is estimated


def find_light(grey: Grey) -> tuple[Ink, bool]:
    """Estimates the light across an unevenly lit picture, and whether the background is lighter than the ink.

    Uses a morphological closing (an opening for light ink) of a small copy, with a window wider than any stroke: it
    removes strokes and keeps the edges of shadows.
    grey: shape (height, width). Returns shape (height, width), in grey levels.
    """
    height, width = grey.shape
    factor = -(-max(grey.shape) // LIGHT_SIDE)
    small = Image.fromarray(grey).reduce(factor).filter(ImageFilter.MedianFilter(3))
    values = np.asarray(small, np.float32)
    reach = max(1, min(values.shape) // 6)
    is_light = _background_is_light(values, reach)
    envelope = _closed(values, reach) if is_light else -_closed(-values, reach)
    light = Image.fromarray(_blurred(envelope))
    return np.asarray(light.resize((width, height), Image.Resampling.BILINEAR), np.float32), is_light


def _background_is_light(values: Ink, reach: int) -> bool:
    """Whether light pixels are the majority where light and dark ones meet: there is more background than ink.

    Pixels near the border, where background is likelier, count twice.
    """
    highest, lowest = values, -values
    for axis in (0, 1):
        highest, lowest = _running_max(highest, reach, axis), _running_max(lowest, reach, axis)
    span = highest + lowest
    weight = np.where(span > 0.3 * span.max(), span, 0)
    edge = max(1, min(values.shape) // 20)
    weight[edge:-edge, edge:-edge] *= 0.5
    share = (values + lowest) / np.maximum(span, 1)
    return bool((share * weight).sum() > 0.5 * weight.sum())


def _blurred(values: Ink) -> Ink:
    """The mean of each pixel and its eight neighbours."""
    padded = np.pad(values, 1, mode="edge")
    across = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return np.asarray((across[:-2] + across[1:-1] + across[2:]) / np.float32(9))


def _closed(values: Ink, reach: int) -> Ink:
    """Morphological closing with a square window of 2 × reach + 1 px."""
    padded = np.pad(values, reach, mode="edge")
    for sign in (1, -1):
        for axis in (0, 1):
            padded = sign * _running_max(sign * padded, reach, axis)
    return padded[reach:-reach, reach:-reach]


def _running_max(values: Ink, reach: int, axis: int) -> Ink:
    """The maximum within `reach` px of each pixel along an axis, from windows that double their length."""
    values = np.moveaxis(values, axis, 0)
    padded = np.concatenate([np.repeat(values[:1], reach, 0), values, np.repeat(values[-1:], reach, 0)])
    length, wanted = 1, 2 * reach + 1
    while length < wanted:
        step = min(length, wanted - length)
        padded = np.maximum(padded[:-step], padded[step:])
        length += step
    return np.moveaxis(padded, 0, axis)
