"""Replays the preprocessing of a stored drawing, to show its steps."""

import logging

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from classifier.decoding.client import read_picture
from classifier.errors import StorageAway
from classifier.models import Digit, Drawing
from classifier.recognition.errors import ClassifierError
from classifier.recognition.preprocessing.pipeline import VERSION, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.steps import Step, small_step
from classifier.recognition.preprocessing.strokes import Sketch

from .numbers import reading_of
from .originals import original_bytes
from .predictions import to_array

WHOLE = -1  # in place of a position: only the steps of the whole drawing
CUT_OUT = "Cut out of the number, scaled to 20 × 20 and centred: what the network sees"

log = logging.getLogger(__name__)

FILE_IS_GONE = "The file you sent is gone, so its steps cannot be shown."
OLDER_STEPS = "Read with an older version of these steps: the network may have seen a slightly different picture."


def steps_of(digit: Digit) -> tuple[list[Step], str]:
    """Repeats the steps of a digit's drawing. Returns them and a note, if they are missing or may differ."""
    drawing = digit.drawing
    steps: list[Step] = []
    note = "" if digit.preprocessing_version == VERSION else OLDER_STEPS
    try:
        if (sketch := whole_sketch(drawing)) is not None:
            find_digits_in_sketch(sketch, one_digit=drawing.one_digit, steps=steps)
        elif drawing.has_file:
            limit = round(settings.PICTURE_MAX_MEGAPIXELS * 1e6)
            read_picture(
                original_bytes(drawing),
                limit,
                page=drawing.page or 1,
                one_digit=drawing.one_digit,
                turned=drawing.turned,
                steps=steps,
            )
        else:
            find_digits(to_array(digit.pixels), one_digit=True, steps=steps)
    except StorageAway:
        raise
    except OSError as error:
        log.error("The original of %s cannot be opened: %s", drawing.public_id, error)
        note = FILE_IS_GONE
    except ClassifierError as error:
        note = str(error)
    if reading_of(drawing) is not None:  # the digits are where the line reader found them
        return steps_of_cut(steps, to_array(digit.pixels)), note
    return steps_about(steps, digit.position), note


def steps_of_cut(steps: list[Step], pixels: NDArray[np.uint8]) -> list[Step]:
    """The steps of a whole drawing and the digit that the line reader has cut out of it. pixels: (28, 28)."""
    return [*steps_about(steps, WHOLE), Step("input", CUT_OUT, pixels)]


def steps_about(steps: list[Step], position: int) -> list[Step]:
    """The steps of a whole drawing that matter for one of its digits, made small."""
    return [small_step(step) for step in steps if _is_about(step, position)]


def whole_sketch(drawing: Drawing) -> Sketch | None:
    """The strokes of a drawing; None for a picture."""
    if drawing.strokes is None:
        return None
    return Sketch(drawing.strokes, drawing.width, drawing.height, drawing.pen or 1)


def _is_about(step: Step, position: int) -> bool:
    """Whether a step is about the whole picture or about this digit. Names of the latter end in "-0", "-1" ..."""
    number = step.name.rpartition("-")[2]
    return not number.isdigit() or int(number) == position
