"""How any picture of a digit becomes the 28×28 input of the network, framed as MNIST was made.

Pure steps from array to array; training, worker and API share them. VERSION is stored with each
prediction and goes up whenever a step changes what comes out.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import NoInk
from .arrays import Grey as Grey
from .arrays import Levels
from .background import Foreground, find_ink
from .clutter import Kept, keep_all, only_where, remove_clutter
from .components import Components, grow
from .framing import BOX, CENTRE, CENTRED, PEN, SIDE, centre_of_mass, frame, frame_path, ink_box, into_width
from .greyscale import shrink
from .pen_path import PenPath, draw_path
from .segmentation import ALONE, SLANTS, Parts, Segmentation, group
from .sheet import find_sheet
from .steps import SHOWN, Step, advice, on_paper, picture_steps
from .stroke_width import stroke_width
from .strokes import Sketch, render

VERSION = 3
SOFT_EDGE = 2  # px beside strong ink that may hold faint ink
ROOM = 16  # px around the ink of a flat picture that are looked at


@dataclass(frozen=True)
class FoundDigit:
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


def find_digits(grey: Grey, *, one_digit: bool = False, steps: list[Step] | None = None) -> list[FoundDigit]:
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
        kept = remove_clutter(seen, SOFT_EDGE)
        grouping = ALONE if len(kept.shapes) == 1 else group(_parts(kept.shapes), one_digit=one_digit)
    if steps is not None:
        steps += picture_steps(seen, kept)
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


def is_framed(seen: Foreground) -> bool:
    """Whether a picture is framed as MNIST's are, as the network's input is: one digit, and every mark belongs to it.

    All of MNIST's are. What is drawn, cut out or shrunk in another way is hardly ever as large and centred as that.
    """
    if seen.ink.shape != (SIDE, SIDE) or seen.noise:
        return False
    left, top, right, bottom = ink_box(seen.ink)
    if not BOX - 1 <= max(right - left, bottom - top) <= BOX:
        return False
    return max(abs(place - CENTRE) for place in centre_of_mass(seen.ink)) <= CENTRED


def _parts(shapes: Components) -> Parts:
    return Parts(shapes.boxes.astype(float), shapes.spans)


def _around_ink(seen: Foreground, corner: tuple[int, int]) -> tuple[Foreground, tuple[int, int]]:
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


def _ink_of(kept: Kept, numbers: NDArray[np.intp], seen: Foreground) -> Levels:
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


def _picture_hints(seen: Foreground, kept: Kept, grouping: Segmentation) -> dict[str, Any]:
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


def find_digits_in_sketch(
    sketch: Sketch, *, one_digit: bool = False, steps: list[Step] | None = None
) -> list[FoundDigit]:
    """The digits of strokes on a pad, from left to right; boxes in px of the pad. Raises NoInk.

    The person's pen makes no difference: each digit is drawn anew from the pen's way.
    """
    way = PenPath.of(sketch)
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
    way: PenPath, sketch: Sketch, grouping: Segmentation, position: int, strokes: int, steps: list[Step] | None
) -> FoundDigit:
    pixels = frame_path(way, sketch.pen)
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
        drawn = 255 - draw_path(way, scale, PEN * SHOWN).astype(np.uint8)
        steps += [
            Step(f"width-{position}", "Drawn anew with the pen that the network knows", drawn, advice(hints)),
            Step(f"input-{position}", "Scaled to 20 × 20 and centred: what the network sees", pixels),
        ]
    return FoundDigit(pixels, (int(low[0]), int(low[1]), int(high[0]), int(high[1])), hints)


def sketch_to_model_input(sketch: Sketch) -> NDArray[np.uint8]:
    """All strokes of a sketch as one digit, drawn anew with a pen of MNIST's width.

    Returns shape (28, 28), 0 ground to 255 ink. Raises NoInk when no stroke lies on the pad.
    """
    return find_digits_in_sketch(sketch, one_digit=True)[0].pixels


def _frame_digit(
    ink: Levels, box: tuple[int, int, int, int], hints: dict[str, Any], position: int, steps: list[Step] | None
) -> FoundDigit:
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
            Step(f"crop-{position}", "Cut out", on_paper(ink), advice(hints)),
            Step(f"width-{position}", "Strokes as wide as the network knows them", on_paper(level)),
            Step(f"input-{position}", "Scaled to 20 × 20 and centred: what the network sees", pixels),
        ]
    return FoundDigit(pixels, box, hints)
