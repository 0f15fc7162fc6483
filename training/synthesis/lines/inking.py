"""The ink of a composed line as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from classifier.recognition.lines.pen_direction import APART, draw_directions
from training.synthesis.curves import resample

from .composition import Line

OVERSAMPLING = 2
POINT_EVERY = 0.05  # heights of a digit


def ink_of(line: Line, height: float, margin: float) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Draws a line. height: of a digit, px; margin: px on each side.

    Returns the ink, (rows, columns), 0 to 255, and the boxes of the characters, (n, 4): left, top, right, bottom, px.
    """
    points = [character.points() for character in line.characters]
    boxes = np.array([np.r_[part.min(0), part.max(0)] for part in points])
    pen = line.pen / 2
    boxes += [-pen, -pen, pen, pen]
    low = boxes[:, :2].min(0)
    size = boxes[:, 2:].max(0) - low
    columns, rows = (max(1, round(side * height + 2 * margin)) for side in size)
    scale = height * OVERSAMPLING
    corner = margin * OVERSAMPLING - low * scale
    canvas = Image.new("L", (columns * OVERSAMPLING, rows * OVERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    width = max(1, round(line.pen * scale))
    radius = width / 2 - 0.5
    for character in line.characters:
        for path in character.paths:
            placed = resample(path * character.size + [character.x, character.y], POINT_EVERY) * scale + corner
            flat = placed.ravel().tolist()
            if len(placed) > 1:
                draw.line(flat, fill=255, width=width, joint="curve" if width > 7 else None)
            for x, y in (placed[0], placed[-1]):
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    ink = np.array(canvas.reduce(OVERSAMPLING) if OVERSAMPLING > 1 else canvas)
    for character in line.characters:
        if character.scan:
            tall = character.scan.height * character.size * height
            wide = tall * character.scan.ink.shape[1] / character.scan.ink.shape[0]
            shape = max(1, round(wide)), max(2, round(tall))
            drawn = np.asarray(Image.fromarray(character.scan.ink).resize(shape, Image.Resampling.BILINEAR))
            left = round((character.x - low[0]) * height + margin - shape[0] / 2)
            top = round((character.y - low[1]) * height + margin - shape[1] / 2)
            left, top = max(0, left), max(0, top)
            part = ink[top : top + shape[1], left : left + shape[0]]
            np.maximum(part, drawn[: part.shape[0], : part.shape[1]], out=part)
    return ink, (boxes - np.r_[low, low]) * height + margin


def directions_of(line: Line, shape: tuple[int, int], height: float, margin: float) -> NDArray[np.uint8]:
    """The direction of the pen in the ink of a line without scans, `shape`, see `draw_directions`.

    height, margin: as of the ink, px.
    """
    points = [character.points() for character in line.characters]
    corner = margin - (np.vstack(points).min(0) - line.pen / 2) * height
    placed = (path * each.size + [each.x, each.y] for each in line.characters for path in each.paths)
    return draw_directions([resample(path, APART) * height + corner for path in placed], shape, height)
