"""The digits of a picture."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import NoInk
from .arrays import Grey, Levels, Mask
from .background import Foreground, find_ink
from .clutter.removal import Kept, keep_all, remove_clutter
from .clutter.sheet import find_sheet
from .found_digit import FoundDigit, share_of_ink
from .framing import BOX, CENTRE, CENTRED, SIDE, centre_of_mass, frame, ink_box, normalise_width
from .greyscale import shrink
from .masks.components import Components
from .masks.dilation import dilate, masked
from .segmentation import SINGLE, Parts, Segmentation, segment
from .steps import Step, advice, on_paper, picture_steps
from .stroke_width import stroke_width

SOFT_EDGE = 2  # px beside strong ink that may hold faint ink
ROOM = 16  # px around the ink of a flat picture that are processed with it


def find_digits(grey: Grey, *, one_digit: bool = False, steps: list[Step] | None = None) -> list[FoundDigit]:
    """The digits of a picture, from left to right.

    grey: shape (height, width), any size. one_digit: never split the ink into several digits. steps: receives the
    picture of each step, also when there is no ink. Raises NoInk.
    """
    small = shrink(grey)
    if steps is not None:
        steps.append(Step("grey", "Your picture in shades of grey", small))
    foreground, corner = without_sheet(find_ink(small), small, steps)
    if is_framed(foreground):
        kept = keep_all(foreground)
        segmentation = replace(_segmented(kept.components, one_digit=True), digits=[np.arange(len(kept.components))])
    else:
        foreground, corner = _around_ink(foreground, corner)
        kept = remove_clutter(foreground, SOFT_EDGE)
        segmentation = _segmented(kept.components, one_digit)
    if steps is not None:
        steps += picture_steps(foreground, kept)
    zoom = grey.shape[1] / small.shape[1], grey.shape[0] / small.shape[0]
    digits = []
    for position, numbers in enumerate(segmentation.digits):
        ink = _ink_of(kept, numbers, foreground)
        left, top, right, bottom = ink_box(ink)
        box = (
            round((left + corner[0]) * zoom[0]),
            round((top + corner[1]) * zoom[1]),
            round((right + corner[0]) * zoom[0]),
            round((bottom + corner[1]) * zoom[1]),
        )
        hints = _hints(foreground, kept, segmentation)
        hints["size"] = round(max(right - left, bottom - top) / max(small.shape), 3)
        digits.append(frame_crop(ink[top:bottom, left:right], box, hints, position, steps))
    return digits


def to_model_input(grey: Grey) -> NDArray[np.uint8]:
    """A picture of one digit, framed as the training images are.

    grey: shape (height, width), any size, dark ink on a light background or the reverse.
    Returns shape (28, 28), 0 background to 255 ink. Raises NoInk when nothing stands out from the background.
    """
    return find_digits(grey, one_digit=True)[0].pixels


def is_framed(foreground: Foreground) -> bool:
    """Whether a picture is framed as the network's input is: a single digit to which every mark belongs.

    All of MNIST's pictures are. Other pictures are hardly ever as large in their 28×28 px and as centred.
    """
    if foreground.ink.shape != (SIDE, SIDE) or foreground.noise:
        return False
    left, top, right, bottom = ink_box(foreground.ink)
    if not BOX - 1 <= max(right - left, bottom - top) <= BOX:
        return False
    return max(abs(place - CENTRE) for place in centre_of_mass(foreground.ink)) <= CENTRED


def without_sheet(
    foreground: Foreground, small: Grey, steps: list[Step] | None = None
) -> tuple[Foreground, tuple[int, int]]:
    """The ink on a sheet of paper, if the picture shows one, and the left and top of what is returned."""
    sheet = find_sheet(foreground, small)
    if sheet is not None:
        with suppress(NoInk):  # a plain block is the drawing itself
            foreground = find_ink(sheet[0])
            if steps is not None:
                steps.append(Step("sheet", "The sheet of paper", sheet[0]))
            return foreground, sheet[1]
    return foreground, (0, 0)


def _around_ink(foreground: Foreground, corner: tuple[int, int]) -> tuple[Foreground, tuple[int, int]]:
    """The part of a flat picture around its ink, which is faster to process, and its left and top.

    Ink touches the border of the part only where it touches the border of the picture.
    """
    if foreground.is_photo:
        return foreground, corner
    left, top, right, bottom = ink_box(foreground.strong)
    rows, columns = slice(max(0, top - ROOM), bottom + ROOM), slice(max(0, left - ROOM), right + ROOM)
    part = replace(foreground, ink=foreground.ink[rows, columns], strong=foreground.strong[rows, columns])
    return part, (corner[0] + columns.start, corner[1] + rows.start)


def _segmented(components: Components, one_digit: bool) -> Segmentation:
    if len(components) == 1:  # as in most pictures: its spans need not be computed
        return SINGLE
    return segment(Parts(components.boxes.astype(float), components.spans), one_digit=one_digit)


def _ink_of(kept: Kept, numbers: NDArray[np.intp], foreground: Foreground) -> Levels:
    """The ink of some kept components. In a photograph their usual ink is brought to 255.

    Pencil strokes are grained and photographs blur them, whereas MNIST's strokes are black throughout.
    """
    components = kept.components
    own = components.only(numbers)
    ink = kept.ink
    if len(numbers) < len(components):
        ink = masked(ink, dilate(own, SOFT_EDGE) & ((components.labels < 0) | own))
    return even_ink(ink, own, foreground.noise)


def even_ink(ink: Levels, strong: Mask, noise: float) -> Levels:
    """Ink of a photograph, its usual level brought to 255; unchanged without noise. strong: what certainly is ink."""
    if not noise:
        return ink
    usual = float(np.percentile(ink[strong], 75))
    return np.minimum(np.where(ink > 2 * noise, ink, 0) * np.float32(255 / usual), 255)


def _hints(foreground: Foreground, kept: Kept, segmentation: Segmentation) -> dict[str, Any]:
    return {
        "is_sketch": False,
        "is_photo": foreground.is_photo,
        "shapes": segmentation.components_in_one_digit,
        "others": kept.others,
        "lines": kept.lines,
        "touches_edge": kept.touches_edge,
        "contrast": round(min(foreground.peak / 255, 1), 3),
    }


def frame_crop(
    ink: Levels,
    box: tuple[int, int, int, int],
    hints: dict[str, Any],
    position: int = 0,
    steps: list[Step] | None = None,
) -> FoundDigit:
    """Frames the cropped ink of one digit and completes its hints. box: of the digit in the picture."""
    width = stroke_width(ink)
    normalised = normalise_width(ink, width)
    pixels = frame(normalised)
    hints |= {
        "aspect": round(ink.shape[1] / ink.shape[0], 3),
        "stroke_width": round(width / max(ink.shape), 4),
        "ink": share_of_ink(pixels),
    }
    if steps is not None:
        steps += [
            Step(f"crop-{position}", "Cut out", on_paper(ink), advice(hints)),
            Step(f"width-{position}", "Strokes as wide as the network knows them", on_paper(normalised)),
            Step(f"input-{position}", "Scaled to 20 × 20 and centred: what the network sees", pixels),
        ]
    return FoundDigit(pixels, box, hints)
