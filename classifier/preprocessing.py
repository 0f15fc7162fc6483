"""How any picture of a digit becomes the 28×28 input of the network, framed as MNIST was made.

Pure steps from array to array; training, worker and API share them. VERSION is stored with each
prediction and goes up whenever a step changes what comes out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .errors import NoInk
from .strokes import Sketch, Way, draw_way

VERSION = 2
SIDE = 28  # px of the network's input
BOX = 20  # px of the box that the digit is scaled into
PEN = 0.13  # of the box: the pen with which sketches are drawn, 2.6 px as the middle of MNIST's strokes
CENTRE = 14.0  # where the centre of mass goes, as a pixel index

WORK_SIDE = 640  # px; larger pictures are shrunk first: the digit ends as 20 px anyway
LEAST_CONTRAST = 24  # grey levels between ground and ink below which nothing was drawn
FULL_CONTRAST = 250  # MNIST's darkest pixel is always 254 or 255; fainter digits are brought up
STRONG_INK = 0.25  # share of the strongest ink from which a pixel is ink beyond doubt
SOFT_EDGE = 2  # px beside it that may hold faint ink
FLAT_BORDER = 3.0  # grey levels; a border that varies more is a photograph's: uneven light, noise

Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]


def to_grey(image: Image.Image) -> Grey:
    """Colour to luminance; what is transparent becomes white, or black behind light ink.

    image: any size and mode. Returns shape (height, width), 0 black to 255 white.
    """
    if image.mode.startswith("I;16"):
        return (np.asarray(image) >> 8).astype(np.uint8)
    if image.mode in ("I", "F"):  # 32 bits a pixel hold 8, 16 or, as fractions, 0 to 1
        values = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
        highest = float(values.max(initial=0))
        top = 65535.0 if highest > 255 else 255.0 if highest > 1 else 1.0
        grey: Grey = np.clip(values * np.float32(255 / top), 0, 255).astype(np.uint8)
        return grey
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))
    if image.mode not in ("LA", "La", "RGBA", "RGBa", "PA") and "transparency" not in image.info:
        return np.asarray(image.convert("L"))
    image = image.convert("RGBA")
    if image.getchannel("A").getextrema() == (255, 255):  # a browser's canvas: opaque all the same
        return np.asarray(image.convert("RGB").convert("L"))
    alpha = np.asarray(image.getchannel("A"), np.float32) / 255
    opaque = np.asarray(image.convert("L"), np.float32)
    weight = alpha.sum()
    ink_is_light = weight > 0 and alpha.min() < 0.5 and (opaque * alpha).sum() / weight > 160
    ground = 0.0 if ink_is_light else 255.0
    return np.rint(opaque * alpha + ground * (1 - alpha)).astype(np.uint8)


def shrink(grey: Grey) -> Grey:
    """Average large pictures down to at most WORK_SIDE px a side, by a whole factor."""
    factor = -(-max(grey.shape) // WORK_SIDE)
    return np.asarray(Image.fromarray(grey).reduce(factor)) if factor > 1 else grey


@dataclass(frozen=True)
class Ground:
    """What lies behind the ink, as the picture's border shows it."""

    level: float  # grey level, 0 to 255
    noise: float  # standard deviation in grey levels, estimated robustly
    is_light: bool


def find_ground(grey: Grey) -> Ground:
    """Read the ground off the border: its level, how much it varies, and whether ink is darker than it."""
    level, noise = _border_spread(grey)
    low, high = np.percentile(grey, [0.5, 99.5]) if noise else (grey.min(), grey.max())
    return Ground(level, noise, is_light=bool(level - low > high - level))


def _border_spread(values: NDArray[Any]) -> tuple[float, float]:
    """Median and standard deviation (by the median of deviations) of a picture's outermost pixels."""
    edge = max(1, min(values.shape) // 40)
    sides = (values[:edge], values[-edge:], values[:, :edge], values[:, -edge:])
    border = np.concatenate([side.ravel() for side in sides]).astype(np.float32)
    level = float(np.median(border))
    return level, 1.4826 * float(np.median(np.abs(border - level)))


def find_ink(grey: Grey, ground: Ground) -> Ink:
    """How much darker (or, on dark ground, lighter) than the ground each pixel is.

    Over a flat ground this is the plain difference; over an uneven one (a photograph) the light is evened
    out first. Faint ink counts only beside strong ink, where it is a stroke's soft edge: elsewhere it is
    paper, dust or what JPEG left.
    Returns shape (height, width), 0 ground upwards. Raises NoInk when nothing stands out.
    """
    values = grey.astype(np.float32)
    level: Ink | np.float32 = np.float32(ground.level)
    noise = ground.noise
    if noise > FLAT_BORDER:
        values = np.asarray(Image.fromarray(grey).filter(ImageFilter.MedianFilter(3)), np.float32)  # grain
        level = local_ground(grey, ground.is_light)
        if ground.is_light:  # in the shade, paper and ink lose the same share of light
            values, level = (values * 255 / np.maximum(level, 1)).astype(np.float32), np.float32(255)
        noise = _border_spread(values - level)[1]
    ink = np.clip(level - values if ground.is_light else values - level, 0, None)
    peak = float(np.percentile(ink, 99.8)) if noise else float(ink.max())
    if peak < max(LEAST_CONTRAST, 4 * noise):
        raise NoInk("There is nothing to read here: no ink stands out from the background. Draw or photograph a digit.")
    strong = ink > max(STRONG_INK * peak, 3 * noise)
    return np.where(_grow(strong, SOFT_EDGE), ink, 0).astype(np.float32)


def _grow(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Every pixel within `reach` px of the mask, along both axes."""
    for axis in (0, 1):
        grown = mask.copy()
        for step in range(1, reach + 1):
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
            grown[tuple(ahead)] |= mask[tuple(behind)]
            grown[tuple(behind)] |= mask[tuple(ahead)]
        mask = grown
    return mask


def local_ground(grey: Grey, is_light: bool) -> Ink:
    """The light across an unevenly lit picture: strokes are closed over by what is beside them.

    A morphological closing (for light ink an opening) on a copy of about 48 px, with a window wider than
    any stroke, smoothed.
    """
    height, width = grey.shape
    factor = max(1, max(grey.shape) // 48)
    small = Image.fromarray(grey).reduce(factor).filter(ImageFilter.MedianFilter(3))
    reach = max(3, (min(small.size) // 3) | 1)
    steps = (ImageFilter.MaxFilter(reach), ImageFilter.MinFilter(reach))
    for step in steps if is_light else reversed(steps):
        small = small.filter(step)
    smooth = small.filter(ImageFilter.GaussianBlur(reach / 4))
    return np.asarray(smooth.resize((width, height), Image.Resampling.BILINEAR), np.float32)


def ink_box(ink: Ink) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (exclusive) of all ink, in px."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def scale_to_box(ink: Ink, box: int = BOX) -> Ink:
    """Crop to the ink and scale it to fit box × box px, its aspect kept, edges averaged.

    A digit that fits already to a pixel is left as it is: resampling would only blur it.
    """
    left, top, right, bottom = ink_box(ink)
    crop = ink[top:bottom, left:right]
    longest = max(crop.shape)
    if box - 1 <= longest <= box:
        return crop
    width, height = (max(1, round(side * box / longest)) for side in (right - left, bottom - top))
    # Averaging by a whole factor first is quick, and leaves the resampling two to four times the size.
    resized = Image.fromarray(crop).resize(
        (width, height), Image.Resampling.BOX if longest > 8 * box else Image.Resampling.HAMMING
    )
    return np.asarray(resized, np.float32)


def full_contrast(ink: Ink) -> Ink:
    """Bring the strongest ink to 255, unless it is there already."""
    peak = float(ink.max())
    return ink if peak >= FULL_CONTRAST else ink * (255 / peak)


def place_by_mass(ink: Ink) -> NDArray[np.uint8] | None:
    """Shift by whole pixels so that the centre of mass lies within half a pixel of (14.0, 14.0).

    ink: at most 28 px a side. Returns shape (28, 28), 0 to 255; None when ink would fall off the edge.
    """
    height, width = ink.shape
    mass = float(ink.sum())
    top = round(CENTRE - float(ink.sum(1) @ np.arange(height)) / mass)
    left = round(CENTRE - float(ink.sum(0) @ np.arange(width)) / mass)
    if top < 0 or left < 0 or top + height > SIDE or left + width > SIDE:
        return None
    placed = np.zeros((SIDE, SIDE), np.uint8)
    placed[top : top + height, left : left + width] = np.rint(np.clip(ink, 0, 255))
    return placed


def frame(ink: Ink) -> NDArray[np.uint8]:
    """Scale and place ink as MNIST's digits were: in a 20×20 box, by their centre of mass.

    A digit so lopsided that centring it would push ink off the 28×28 grid is scaled a little smaller.
    Returns shape (28, 28), 0 ground to 255 ink.
    Source: the MNIST page (LeCun, Cortes, Burges), on size normalisation and centring.
    """
    for box in range(BOX, 0, -1):
        placed = place_by_mass(full_contrast(scale_to_box(ink, box)))
        if placed is not None:
            return placed
    raise AssertionError("one pixel always fits")


@dataclass(frozen=True)
class Found:
    """One digit as it was found in a picture or sketch."""

    pixels: NDArray[np.uint8]  # (28, 28), 0 ground to 255 ink
    box: tuple[int, int, int, int]  # left, top, right, bottom (exclusive) in px of what was given
    hints: dict[str, Any]  # JSON: what was noticed, for the verdict and for advice


@dataclass(frozen=True)
class Step:
    """What one step of the pipeline made, for people to look at."""

    name: str  # stable, such as "ground"
    title: str  # for people
    picture: Grey  # (height, width), as it should be shown
    advice: str = ""  # a sentence, where something was off


def find_digits(grey: Grey, *, one_digit: bool = False, steps: list[Step] | None = None) -> list[Found]:
    """The digits of a picture, from left to right.

    grey: shape (height, width), any size. one_digit: do not cut it into several. steps: gets each step's picture.
    Raises NoInk.
    """
    height, width = grey.shape
    return [Found(to_model_input(grey), (0, 0, width, height), {})]


def find_digits_in_sketch(sketch: Sketch, *, one_digit: bool = False, steps: list[Step] | None = None) -> list[Found]:
    """The digits of strokes on a pad, from left to right; boxes in px of the pad. Raises NoInk."""
    way = Way.of(sketch)
    if way is None:
        raise NoInk("There is nothing to read here: no stroke lies on the pad. Draw a digit.")
    return [Found(frame_way(way, sketch.pen), (0, 0, sketch.width, sketch.height), {"is_sketch": True})]


def to_model_input(grey: Grey) -> NDArray[np.uint8]:
    """Place a digit as the training images were placed.

    grey: shape (height, width), any size, dark ink on light ground or the reverse.
    Returns shape (28, 28), 0 ground to 255 ink. Raises NoInk when nothing stands out from the ground.
    """
    small = shrink(grey)
    return frame(find_ink(small, find_ground(small)))


def sketch_to_model_input(sketch: Sketch) -> NDArray[np.uint8]:
    """All strokes of a sketch as one digit, drawn anew with a pen of MNIST's width.

    Returns shape (28, 28), 0 ground to 255 ink. Raises NoInk when no stroke lies on the pad.
    """
    return find_digits_in_sketch(sketch, one_digit=True)[0].pixels


def frame_way(way: Way, pen: float) -> NDArray[np.uint8]:
    """Draw the pen's way into a 20×20 box and place it by its centre of mass, as `frame` does with ink.

    The way alone decides, so that place, size and the pen's width on the pad make no difference. Only a way
    shorter than the pen, a tap or a blot, is measured by the pen. pen: its width, in the way's unit.
    Returns shape (28, 28), 0 ground to 255 ink.
    """
    longest = max(float(way.size.max()), pen)
    for box in range(BOX, 0, -1):
        placed = place_by_mass(draw_way(way, (1 - PEN) * box / longest, PEN * box))
        if placed is not None:
            return placed
    raise AssertionError("one pixel always fits")


def to_network_scale(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The only place where pixels are divided by 255.

    pixels: shape (n, 28, 28). Returns shape (n, 28, 28, 1), 0 to 1.
    """
    return (pixels.astype(np.float32) / np.float32(255))[..., np.newaxis]
