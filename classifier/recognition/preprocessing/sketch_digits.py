"""The digits of a sketch, drawn from the path of the pen."""

import numpy as np
from numpy.typing import NDArray

from ..errors import NoInk
from .found_digit import FoundDigit, share_of_ink
from .framing import PEN, frame_path
from .pen_path import PenPath, draw_path
from .segmentation import SINGLE, SLANTS, Parts, Segmentation, segment
from .steps import SKETCH_BOX, Step, advice
from .strokes import Sketch, render


def find_digits_in_sketch(
    sketch: Sketch, *, one_digit: bool = False, steps: list[Step] | None = None
) -> list[FoundDigit]:
    """The digits of strokes on a pad, from left to right; boxes in px of the pad.

    The width of the person's pen makes no difference: each digit is drawn anew from the path of the pen.
    one_digit and steps: as in `find_digits`. Raises NoInk.
    """
    path = PenPath.of(sketch)
    if path is None:
        raise NoInk("There is nothing to read here: no stroke lies on the pad. Draw a digit.")
    if steps is not None:
        steps.append(Step("drawing", "What you drew", 255 - render(sketch)))
    segmentation = SINGLE if path.is_one_stroke else segment(Parts(*path.stroke_extents(SLANTS)), one_digit=one_digit)
    return [
        _framed(part, sketch, segmentation, position, len(numbers), steps)
        for position, (part, numbers) in enumerate(zip(_parts(path, segmentation), segmentation.digits, strict=True))
    ]


def _parts(path: PenPath, segmentation: Segmentation) -> list[PenPath]:
    """The part of the path of each digit."""
    if len(segmentation.digits) == 1 and not len(segmentation.others):
        return [path]
    of_segment = np.r_[0, np.cumsum(path.stroke[1:] != path.stroke[:-1])]  # its stroke, numbered without gaps
    return [path.part(np.isin(of_segment, numbers)) for numbers in segmentation.digits]


def sketch_to_model_input(sketch: Sketch) -> NDArray[np.uint8]:
    """All strokes of a sketch as one digit, drawn with a pen of MNIST's width.

    Returns shape (28, 28), 0 background to 255 ink. Raises NoInk when no stroke lies on the pad.
    """
    return find_digits_in_sketch(sketch, one_digit=True)[0].pixels


def _framed(
    path: PenPath, sketch: Sketch, segmentation: Segmentation, position: int, strokes: int, steps: list[Step] | None
) -> FoundDigit:
    shapes, others = segmentation.components_in_one_digit, len(segmentation.others)
    digit = frame_part(path, sketch, strokes, shapes=shapes, others=others)
    if steps is not None:
        scale = (1 - PEN) * SKETCH_BOX / max(float(path.size.max()), sketch.pen)
        drawn = 255 - draw_path(path, scale, PEN * SKETCH_BOX).astype(np.uint8)
        steps += [
            Step(f"width-{position}", "Redrawn with the pen width used in training", drawn, advice(digit.hints)),
            Step(f"input-{position}", "Scaled to 20 × 20 and centred: what the network sees", digit.pixels),
        ]
    return digit


def frame_part(path: PenPath, sketch: Sketch, strokes: int, *, shapes: int = 1, others: int = 0) -> FoundDigit:
    """One digit of a sketch.

    path: its part of the pen's path; strokes: their number; shapes, others: hints of FoundDigit.
    """
    pixels = frame_path(path, sketch.pen)
    limits = np.array([sketch.width, sketch.height])
    low = np.floor((path.low - sketch.pen / 2).clip(0, limits - 1)).astype(int)
    high = np.ceil((path.high + sketch.pen / 2).clip(low + 1, limits)).astype(int)
    width, height = path.size.tolist()
    longest = max(width, height) + sketch.pen
    hints = {
        "is_sketch": True,
        "shapes": shapes,
        "others": others,
        "touches_edge": bool((path.low < sketch.pen / 2).any() or (path.high > limits - sketch.pen / 2).any()),
        "stroke_width": round(sketch.pen / longest, 4),
        "aspect": round((width + sketch.pen) / (height + sketch.pen), 3),
        "ink": share_of_ink(pixels),
        "contrast": 1.0,
        "strokes": strokes,
        "way": round(path.length / longest, 2),
        "size": round(longest / float(limits.max()), 3),
    }
    return FoundDigit(pixels, (int(low[0]), int(low[1]), int(high[0]), int(high[1])), hints)
