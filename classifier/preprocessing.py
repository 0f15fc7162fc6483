"""How any picture of a digit becomes the 28×28 input of the network, framed as MNIST was made.

Pure steps from array to array; training, worker and API share them. VERSION is stored with each
prediction and goes up whenever a step changes what comes out.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .clutter import Kept, drop_clutter, find_sheet, grow, keep_all, only_where
from .errors import NoInk
from .ground import Grey as Grey
from .ground import Seen, find_ink
from .grouping import ALONE, SLANTS, Grouping, Parts, group
from .grouping import MAX_DIGITS as MAX_DIGITS
from .shapes import Ink, Levels, Shapes, as_image, narrow, reduce_keeping_lines, stroke_width, widen
from .strokes import Sketch, Way, draw_way, render

VERSION = 3
SIDE = 28  # px of the network's input
BOX = 20  # px of the box that the digit is scaled into
PEN = 0.13  # of the box: the pen with which sketches are drawn, 2.6 px as the middle of MNIST's strokes
CENTRE = 14.0  # where the centre of mass goes, as a pixel index
CENTRED = 0.55  # px either way from there: half a pixel, and what rounding adds

WORK_SIDE = 640  # px; larger pictures are shrunk first: the digit ends as 20 px anyway
SOFT_EDGE = 2  # px beside strong ink that may hold faint ink
ROOM = 16  # px around the ink of a flat picture that are looked at
FULL_CONTRAST = 250  # MNIST's darkest pixel is always 254 or 255; fainter digits are brought up

# Widths of strokes as `shapes.stroke_width` measures them, in px of the 20 px box. MNIST's middle half lies
# between 2.1 and 2.8, nine tenths between 1.8 and 3.7.
NARROWEST, WIDEST = 2.1, 3.2
CLEAR_BRIGHTNESS = 80  # grey levels from ink to ground that need no help from colours
THIN_PEN, THICK_PEN = 0.03, 0.2  # stroke width for the digit's longer side: there is advice beyond
SHOWN = 8 * BOX  # px of the box in the picture of a sketch drawn anew
WIDTH_SIDE = 4 * BOX  # px at least of the longer side at which strokes are made wider or narrower


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
        return _luminance(image)
    image = image.convert("RGBA")
    if image.getchannel("A").getextrema() == (255, 255):  # a browser's canvas: opaque all the same
        return _luminance(image.convert("RGB"))
    alpha = np.asarray(image.getchannel("A"), np.float32) / 255
    opaque = np.asarray(image.convert("L"), np.float32)
    weight = alpha.sum()
    ink_is_light = weight > 0 and alpha.min() < 0.5 and (opaque * alpha).sum() / weight > 160
    ground = 0.0 if ink_is_light else 255.0
    return np.rint(opaque * alpha + ground * (1 - alpha)).astype(np.uint8)


def _luminance(image: Image.Image) -> Grey:
    """Brightness as the eye sees it; where that hardly differs, the colour that differs most (yellow on white).

    Returns shape (height, width), 0 black to 255 white.
    """
    if image.mode == "L":
        return np.asarray(image)
    grey = image.convert("L")
    if image.mode in ("1", "I", "F"):
        return np.asarray(grey)
    low, high = _spread(grey)
    if high - low >= CLEAR_BRIGHTNESS:
        return np.asarray(grey)
    bands = image.convert("RGB").split()
    spreads = [_spread(band) for band in bands]
    best = int(np.argmax([top - bottom for bottom, top in spreads]))
    clearer = spreads[best][1] - spreads[best][0] > 2 * (high - low)
    return np.asarray(bands[best] if clearer else grey)


def _spread(band: Image.Image) -> tuple[float, float]:
    """Nearly the darkest and the lightest of a band, 0 to 255."""
    factor = max(1, max(band.size) // 160)
    low, high = np.percentile(np.asarray(band.reduce(factor) if factor > 1 else band), [0.5, 99.5])
    return float(low), float(high)


def shrink(grey: Grey) -> Grey:
    """Average large pictures down to at most WORK_SIDE px a side, by a whole factor."""
    factor = -(-max(grey.shape) // WORK_SIDE)
    return np.asarray(Image.fromarray(grey).reduce(factor)) if factor > 1 else grey


@dataclass(frozen=True)
class Found:
    """One digit as it was found in a picture or sketch.

    hints: `is_sketch` bool; `shapes` int: large separate shapes read as this one digit (1 as a rule);
    `others` int: large shapes left out; `touches_edge` bool; `aspect` float: width for its height;
    `stroke_width` float: share of the digit's longer side, before it was changed; `ink` float: share of the
    20 px box covered, after; `contrast` float 0 to 1: ink against ground. Of sketches also `strokes` int and
    `way` float: the pen's way over the digit's longer side. Of pictures also `is_photo` bool, `lines` int:
    ruled lines taken out, `size` float: the digit's longer side as a share of the picture's.
    """

    pixels: NDArray[np.uint8]  # (28, 28), 0 ground to 255 ink
    box: tuple[int, int, int, int]  # left, top, right, bottom (exclusive) in px of what was given
    hints: dict[str, Any]  # JSON: what was noticed, for the verdict and for advice


@dataclass(frozen=True)
class Step:
    """What one step of the pipeline made, for people to look at."""

    name: str  # stable, such as "ground"; of a single digit's steps with its position from 0: "crop-0"
    title: str  # for people
    picture: Grey  # (height, width), as it should be shown
    advice: str = ""  # a sentence, where something was off


# --- pictures -----------------------------------------------------------------------------------


def find_digits(grey: Grey, *, one_digit: bool = False, steps: list[Step] | None = None) -> list[Found]:
    """The digits of a picture, from left to right.

    grey: shape (height, width), any size. one_digit: do not cut it into several. steps: gets each step's
    picture, also when no ink is found. Raises NoInk.
    """
    small = shrink(grey)
    if steps is not None:
        steps.append(Step("grey", "Your picture in shades of grey", small))
    seen = find_ink(small)
    corner = (0, 0)
    sheet = find_sheet(seen, small)
    if sheet is not None:
        with suppress(NoInk):  # a plain block: it is what was drawn
            seen, corner = find_ink(sheet[0]), sheet[1]
            if steps is not None:
                steps.append(Step("sheet", "The sheet on which it stands", sheet[0]))
    if is_framed(seen):
        kept = keep_all(seen)
        grouping = ALONE
        if len(kept.shapes) > 1:
            grouping = replace(group(_parts(kept.shapes), one_digit=True), digits=[np.arange(len(kept.shapes))])
    else:
        seen, corner = _around_ink(seen, corner)
        kept = drop_clutter(seen, SOFT_EDGE)
        grouping = ALONE if len(kept.shapes) == 1 else group(_parts(kept.shapes), one_digit=one_digit)
    if steps is not None:
        steps += _picture_steps(seen, kept)
    found = []
    for position, numbers in enumerate(grouping.digits):
        ink = _ink_of(kept, numbers, seen)
        left, top, right, bottom = ink_box(ink)
        zoom = (grey.shape[1] / small.shape[1], grey.shape[0] / small.shape[0]) * 2
        inside = (left + corner[0], top + corner[1], right + corner[0], bottom + corner[1])
        box = tuple(round(edge * factor) for edge, factor in zip(inside, zoom, strict=True))
        hints = _picture_hints(seen, kept, grouping)
        hints["size"] = round(max(right - left, bottom - top) / max(small.shape), 3)
        found.append(_frame_digit(ink[top:bottom, left:right], box, hints, position, steps))
    return found


def is_framed(seen: Seen) -> bool:
    """Whether a picture is framed as MNIST's are, as the network's input is: one digit, and every mark belongs to it.

    All of MNIST's are. What is drawn, cut out or shrunk in another way is hardly ever as large and centred as that.
    """
    if seen.ink.shape != (SIDE, SIDE) or seen.noise:
        return False
    left, top, right, bottom = ink_box(seen.ink)
    if not BOX - 1 <= max(right - left, bottom - top) <= BOX:
        return False
    return max(abs(place - CENTRE) for place in centre_of_mass(seen.ink)) <= CENTRED


def _parts(shapes: Shapes) -> Parts:
    return Parts(shapes.boxes.astype(float), shapes.spans)


def _around_ink(seen: Seen, corner: tuple[int, int]) -> tuple[Seen, tuple[int, int]]:
    """The part of a flat picture that holds its ink, with some room, and its left and top: the rest is only work.

    Ink touches the part's border where it touches the picture's, and nowhere else.
    """
    if seen.is_photo:
        return seen, corner
    left, top, right, bottom = ink_box(seen.strong)
    part = (slice(max(0, top - ROOM), bottom + ROOM), slice(max(0, left - ROOM), right + ROOM))
    return replace(seen, ink=seen.ink[part], strong=seen.strong[part]), (
        corner[0] + part[1].start,
        corner[1] + part[0].start,
    )


def to_model_input(grey: Grey) -> NDArray[np.uint8]:
    """A picture of one digit, placed as the training images were.

    grey: shape (height, width), any size, dark ink on light ground or the reverse.
    Returns shape (28, 28), 0 ground to 255 ink. Raises NoInk when nothing stands out from the ground.
    """
    return find_digits(grey, one_digit=True)[0].pixels


def _ink_of(kept: Kept, numbers: NDArray[np.intp], seen: Seen) -> Levels:
    """The ink of some of the kept shapes; of a photograph with its strokes' usual ink brought to 255.

    A pencil's strokes are grained, and a photograph blurs them: MNIST's are black throughout.
    """
    shapes = kept.shapes
    own = shapes.only(numbers)
    ink = kept.ink
    if len(numbers) < len(shapes):
        ink = only_where(grow(own, SOFT_EDGE) & ((shapes.labels < 0) | own), ink)
    if not seen.noise:
        return ink
    usual = float(np.percentile(ink[own], 75))
    return np.minimum(np.where(ink > 2 * seen.noise, ink, 0) * np.float32(255 / usual), 255)


def _picture_hints(seen: Seen, kept: Kept, grouping: Grouping) -> dict[str, Any]:
    return {
        "is_sketch": False,
        "is_photo": seen.is_photo,
        "shapes": grouping.large if len(grouping.digits) == 1 else 1,
        "others": kept.others,
        "lines": kept.lines,
        "touches_edge": kept.touches_edge,
        "contrast": round(min(seen.peak / 255, 1), 3),
    }


def _share_of_ink(pixels: NDArray[np.uint8]) -> float:
    return round(float(pixels.sum()) / 255 / BOX**2, 3)


def _on_paper(ink: Levels) -> Grey:
    """Ink as dark on white, for people to look at."""
    return 255 - np.clip(full_contrast(ink.astype(np.float32, copy=False)), 0, 255).astype(np.uint8)


def _picture_steps(seen: Seen, kept: Kept) -> list[Step]:
    """The whole picture's steps, after its shades of grey."""
    made = []
    if seen.level is not None:
        made.append(Step("light", "How the light falls", seen.level, "The light is uneven; it was evened out."))
    made.append(Step("ink", "What stands out from the ground", _on_paper(seen.ink), _contrast_advice(seen)))
    advice = []
    if kept.lines:
        advice.append("Ruled lines were taken out.")
    if kept.others:
        advice.append(f"{_COUNTS.get(kept.others + 1, 'Many')} shapes were found; the larger was read.")
    made.append(Step("kept", "Without specks, lines and edges", _on_paper(kept.ink), " ".join(advice)))
    return made


_COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}


def _contrast_advice(seen: Seen) -> str:
    return "The ink is faint: a darker pen or more light helps." if seen.peak < 60 else ""


def _advice(hints: dict[str, Any]) -> str:
    """What was off with one digit, in sentences for its writer."""
    sentences = []
    if hints["touches_edge"]:
        sentences.append("The digit touches the edge of the picture.")
    if hints["stroke_width"] < THIN_PEN:
        sentences.append("The pen is very thin.")
    if hints["stroke_width"] > THICK_PEN:
        sentences.append("The pen is very thick.")
    if hints["shapes"] > 1:
        sentences.append(f"{_COUNTS.get(hints['shapes'], 'Many')} shapes were found and read as one digit.")
    if hints.get("size", 1) < 0.1:
        sentences.append("The digit is very small.")
    if hints.get("is_sketch") and hints["others"]:
        sentences.append("A small dot beside it was left out.")
    return " ".join(sentences)


# --- sketches -----------------------------------------------------------------------------------


def find_digits_in_sketch(sketch: Sketch, *, one_digit: bool = False, steps: list[Step] | None = None) -> list[Found]:
    """The digits of strokes on a pad, from left to right; boxes in px of the pad. Raises NoInk.

    The person's pen makes no difference: each digit is drawn anew from the pen's way.
    """
    way = Way.of(sketch)
    if way is None:
        raise NoInk("There is nothing to read here: no stroke lies on the pad. Draw a digit.")
    if steps is not None:
        steps.append(Step("drawing", "What you drew", 255 - render(sketch)))
    boxes, spans = way.stroke_extents(SLANTS)
    grouping = group(Parts(boxes, spans), one_digit=one_digit)
    of_piece = np.r_[0, np.cumsum(way.stroke[1:] != way.stroke[:-1])]  # its stroke, counted without gaps
    return [
        _draw_found(way.part(np.isin(of_piece, numbers)), sketch, grouping, position, len(numbers), steps)
        for position, numbers in enumerate(grouping.digits)
    ]


def _draw_found(
    way: Way, sketch: Sketch, grouping: Grouping, position: int, strokes: int, steps: list[Step] | None
) -> Found:
    pixels = frame_way(way, sketch.pen)
    limits = np.array([sketch.width, sketch.height])
    low = np.floor((way.low - sketch.pen / 2).clip(0, limits - 1)).astype(int)
    high = np.ceil((way.high + sketch.pen / 2).clip(low + 1, limits)).astype(int)
    width, height = way.size.tolist()
    longest = max(width, height) + sketch.pen
    hints = {
        "is_sketch": True,
        "shapes": grouping.large if len(grouping.digits) == 1 else 1,
        "others": len(grouping.others),
        "touches_edge": bool((way.low < sketch.pen / 2).any() or (way.high > limits - sketch.pen / 2).any()),
        "stroke_width": round(sketch.pen / longest, 4),
        "aspect": round((width + sketch.pen) / (height + sketch.pen), 3),
        "ink": _share_of_ink(pixels),
        "contrast": 1.0,
        "strokes": strokes,
        "way": round(way.length / longest, 2),
        "size": round(longest / float(limits.max()), 3),
    }
    if steps is not None:
        scale = (1 - PEN) * SHOWN / max(float(way.size.max()), sketch.pen)
        drawn = 255 - draw_way(way, scale, PEN * SHOWN).astype(np.uint8)
        steps += [
            Step(f"width-{position}", "Drawn anew with the pen that the network knows", drawn, _advice(hints)),
            Step(f"input-{position}", "Scaled to 20 × 20 and centred: what the network sees", pixels),
        ]
    return Found(pixels, (int(low[0]), int(low[1]), int(high[0]), int(high[1])), hints)


def sketch_to_model_input(sketch: Sketch) -> NDArray[np.uint8]:
    """All strokes of a sketch as one digit, drawn anew with a pen of MNIST's width.

    Returns shape (28, 28), 0 ground to 255 ink. Raises NoInk when no stroke lies on the pad.
    """
    return find_digits_in_sketch(sketch, one_digit=True)[0].pixels


# --- framing ------------------------------------------------------------------------------------


def _frame_digit(
    ink: Levels, box: tuple[int, int, int, int], hints: dict[str, Any], position: int, steps: list[Step] | None
) -> Found:
    """From a digit's cropped ink to the network's input."""
    width = stroke_width(ink)
    level = into_width(ink, width)
    pixels = frame(level)
    hints |= {
        "aspect": round(ink.shape[1] / ink.shape[0], 3),
        "stroke_width": round(width / max(ink.shape), 4),
        "ink": _share_of_ink(pixels),
    }
    if steps is not None:
        steps += [
            Step(f"crop-{position}", "Cut out", _on_paper(ink), _advice(hints)),
            Step(f"width-{position}", "Strokes as wide as the network knows them", _on_paper(level)),
            Step(f"input-{position}", "Scaled to 20 × 20 and centred: what the network sees", pixels),
        ]
    return Found(pixels, box, hints)


def into_width(ink: Levels, width: float) -> Levels:
    """Make strokes wider or narrower where they are outside the range of MNIST's, at the picture's own resolution.

    A change of less than half a pixel is none, and none can be made in a digit that has hardly more pixels than
    the network's box. ink: cropped to the digit; width: of its strokes, px.
    Returns shape (height, width), larger ones shrunk meanwhile.
    """
    longest = max(ink.shape)
    if longest <= 1.5 * BOX:
        return ink
    radius = _width_radius(width, longest)
    if abs(radius) < 0.5:
        return ink
    factor = max(1, longest // WIDTH_SIDE)
    small = reduce_keeping_lines(ink, factor, thin=width < 1.5 * factor)
    radius = _width_radius(stroke_width(small), max(small.shape))
    return widen(small, radius) if radius > 0 else narrow(small, -radius) if radius < 0 else small


def _width_radius(width: float, longest: int) -> float:
    """By how many px each side of the strokes must grow so that their width is in range: the digit grows too."""
    wanted = min(max(width / longest, NARROWEST / BOX), WIDEST / BOX)
    return (wanted * longest - width) / 2 / (1 - wanted)


def ink_box(ink: NDArray[Any]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (exclusive) of all ink, in px."""
    height, width = ink.shape
    if ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any():  # cut out already
        return 0, 0, width, height
    inked = ink.astype(bool, copy=False)
    rows, columns = np.asarray(inked.any(1)), np.asarray(inked.any(0))
    right, bottom = width - int(columns[::-1].argmax()), height - int(rows[::-1].argmax())
    return int(columns.argmax()), int(rows.argmax()), right, bottom


def scale_to_box(ink: Levels, box: int = BOX) -> Ink:
    """Crop to the ink and scale it to fit box × box px, its aspect kept, edges averaged.

    A digit that fits already to a pixel is left as it is: resampling would only blur it.
    """
    left, top, right, bottom = ink_box(ink)
    crop = ink[top:bottom, left:right]
    longest = max(crop.shape)
    if box - 1 <= longest <= box:
        return crop.astype(np.float32, copy=False)
    width, height = (max(1, round(side * box / longest)) for side in (right - left, bottom - top))
    # Averaging by a whole factor first is quick, and leaves the resampling two to four times the size.
    resized = as_image(crop).resize(
        (width, height), Image.Resampling.BOX if longest > 8 * box else Image.Resampling.HAMMING
    )
    return np.asarray(resized, np.float32)


def full_contrast(ink: Ink) -> Ink:
    """Bring the strongest ink to 255, unless it is there already."""
    peak = float(ink.max())
    return ink if peak >= FULL_CONTRAST else ink * (255 / peak)


def centre_of_mass(ink: Levels) -> tuple[float, float]:
    """Row and column, as pixel indices."""
    height, width = ink.shape
    mass = float(ink.sum())
    return float(ink.sum(1) @ np.arange(height)) / mass, float(ink.sum(0) @ np.arange(width)) / mass


def place_by_mass(ink: Ink) -> NDArray[np.uint8] | None:
    """Shift by whole pixels so that the centre of mass lies within half a pixel of (14.0, 14.0).

    ink: at most 28 px a side. Returns shape (28, 28), 0 to 255; None when ink would fall off the edge.
    """
    height, width = ink.shape
    top, left = (round(CENTRE - place) for place in centre_of_mass(ink))
    if top < 0 or left < 0 or top + height > SIDE or left + width > SIDE:
        return None
    placed = np.zeros((SIDE, SIDE), np.uint8)
    placed[top : top + height, left : left + width] = np.rint(np.clip(ink, 0, 255))
    return placed


def frame(ink: Levels) -> NDArray[np.uint8]:
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


def frame_way(way: Way, pen: float, share: float = PEN) -> NDArray[np.uint8]:
    """Draw the pen's way into a 20×20 box and place it by its centre of mass, as `frame` does with ink.

    The way alone decides, so that place, size and the pen's width on the pad make no difference. Only a way
    shorter than the pen, a tap or a blot, is measured by the pen. pen: its width, in the way's unit; share: of the
    box, the width to draw with.
    Returns shape (28, 28), 0 ground to 255 ink.
    """
    longest = max(float(way.size.max()), pen)
    for box in range(BOX, 0, -1):
        placed = place_by_mass(draw_way(way, (1 - share) * box / longest, share * box))
        if placed is not None:
            return placed
    raise AssertionError("one pixel always fits")


def to_network_scale(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The only place where pixels are divided by 255.

    pixels: shape (n, 28, 28). Returns shape (n, 28, 28, 1), 0 to 1.
    """
    return (pixels.astype(np.float32) / np.float32(255))[..., np.newaxis]
