"""The ways in which the robustness report changes a digit: one change at a time, from level to level."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from classifier.recognition.preprocessing import framing
from classifier.recognition.preprocessing.strokes import Sketch
from classifier.recognition.wording import percent

PAD = 280  # px
DIGIT = 160  # px of a digit's longer side, unless it is scaled
PEN = 0.1  # of it

Ink = NDArray[np.uint8]  # (PAD, PAD), 0 background to 255 ink


@dataclass(frozen=True)
class Change:
    """One way of changing digits."""

    name: str
    title: str  # for people
    axis: str
    levels: tuple[float, ...]
    shown: Callable[[float], str]
    drawn_only: bool = False  # it needs the path of the pen


POLARITIES = ("dark on white", "white on black", "dark on grey", "light on grey")
CHANGES = (
    Change("shift", "Moved", "of the way to the edge", (0, 0.25, 0.5, 0.75, 1), lambda level: percent(level, 0)),
    Change("scale", "Scaled", "of its size", (0.35, 0.5, 0.7, 1, 1.2, 1.4), lambda level: f"{level:g}"),
    Change(
        "rotation",
        "Turned",
        "clockwise",
        (-30, -20, -10, 0, 10, 20, 30),
        lambda level: f"{level:+.0f}°" if level else "0°",
    ),
    Change(
        "pen",
        "Pen",
        "width, of the digit’s height",
        (0.03, 0.05, 0.07, 0.1, 0.14, 0.19, 0.25),
        lambda level: percent(level, 0),
        drawn_only=True,
    ),
    Change("contrast", "Contrast", "of black on white", (1, 0.5, 0.25, 0.15, 0.1), lambda level: percent(level, 0)),
    Change("noise", "Noise", "grey levels", (0, 15, 30, 45, 60), lambda level: f"{level:.0f}"),
    Change("blur", "Blur", "of the digit’s height", (0, 0.03, 0.06, 0.09, 0.12), lambda level: percent(level, 0)),
    Change("jpeg", "JPEG", "quality", (95, 60, 30, 15, 5, 2), lambda level: f"{level:.0f}"),
    Change("polarity", "Ink and paper", "", (0, 1, 2, 3), lambda level: POLARITIES[int(level)]),
)


@dataclass(frozen=True)
class Plain:
    """Place, size and rotation of a digit and the width of its pen; by default unchanged."""

    shift: float = 0.0
    scale: float = 1.0
    rotation: float = 0.0  # degrees clockwise
    pen: float = PEN


def _towards(number: int) -> tuple[int, int]:
    """Returns one of eight directions, the same for the same digit."""
    return ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))[number % 8]


def changed_sketch(strokes: list[list[list[float]]], number: int, how: Plain) -> Sketch:
    """Places a drawing in the middle of a pad, DIGIT px along its longer side, and changes it as `how` says."""
    points = np.array([point[:2] for stroke in strokes for point in stroke], np.float64)
    low, size = points.min(0), np.ptp(points, 0)
    scale = DIGIT / max(float(size.max()), 1.0) * how.scale
    angle = np.radians(how.rotation)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    pen = how.pen * DIGIT * how.scale
    paths = [
        (np.array([point[:2] for point in stroke], np.float64) - low - size / 2) * scale @ turn for stroke in strokes
    ]
    whole = np.vstack(paths)
    low, high = whole.min(0), whole.max(0)
    room = np.maximum((PAD - (high - low) - pen) / 2, 0)
    place = PAD / 2 - (low + high) / 2 + how.shift * room * _towards(number)
    return Sketch([(path + place).round(2).tolist() for path in paths], PAD, PAD, pen)


def enlarged_image(image: NDArray[np.uint8], number: int, how: Plain) -> Ink:
    """Enlarges an MNIST digit from 20 px to DIGIT px on a pad and changes it; its pen stays as it is."""
    side = round(framing.SIDE * DIGIT / framing.BOX * how.scale)
    large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    if how.rotation:
        large = large.rotate(-how.rotation, Image.Resampling.BICUBIC)
    left, top, right, bottom = large.getbbox() or (0, 0, side, side)
    digit = large.crop((left, top, right, bottom))
    x, y = (
        round((PAD - length) / 2 * (1 + how.shift * way))
        for length, way in zip(digit.size, _towards(number), strict=True)
    )
    pad = Image.new("L", (PAD, PAD))
    pad.paste(digit, (x, y))
    return np.asarray(pad)


def changed_picture(ink: Ink, change: str, level: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Returns dark ink on white paper, changed to a level: greyscale, 0 black to 255 white."""
    paper: NDArray[np.uint8] = 255 - ink
    if change == "contrast":
        paper = np.rint(255 - level * ink).astype(np.uint8)
    elif change == "noise":
        # The paper is a little darker than white, so noise goes both ways.
        paper = np.clip(0.85 * paper + 20 + rng.normal(0, level, paper.shape), 0, 255).astype(np.uint8)
    elif change == "blur":
        paper = np.asarray(Image.fromarray(paper).filter(ImageFilter.GaussianBlur(level * DIGIT)))
    elif change == "jpeg":
        file = io.BytesIO()
        Image.fromarray(paper).save(file, "JPEG", quality=int(level))
        paper = np.asarray(Image.open(file).convert("L"))
    elif change == "polarity":
        background, black = ((255, 0), (0, 255), (160, 25), (90, 230))[int(level)]
        paper = np.rint(background + (black - background) / 255 * ink.astype(np.float32)).astype(np.uint8)
    return paper


def levels(drawn: bool) -> list[tuple[str, float]]:
    return [(each.name, level) for each in CHANGES if drawn or not each.drawn_only for level in each.levels]
