"""The pictures of the preprocessing steps, and advice, for people."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from .arrays import Grey, Levels
from .background import Foreground
from .clutter.removal import Kept
from .framing import BOX, full_contrast

STEP_SIDE = 320  # px of a step's picture, at most
SKETCH_BOX = 8 * BOX  # px of the box in the picture of a sketch drawn anew
THIN_PEN, THICK_PEN = 0.03, 0.2  # stroke width as a share of the digit's longer side, beyond which there is advice
SMALL_DIGIT = 0.1  # of the picture's longer side
FAINT_INK = 60  # grey levels

_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}


@dataclass(frozen=True)
class Step:
    """The result of one step of the pipeline."""

    name: str  # stable, such as "ink"; with the position of the digit from 0 if it is about one: "crop-0"
    title: str  # for people
    picture: Grey  # (height, width), as it is shown
    advice: str = ""  # a sentence, if something was wrong


def on_paper(ink: Levels) -> Grey:
    """Ink as dark on white, for people."""
    return 255 - np.clip(full_contrast(ink.astype(np.float32, copy=False)), 0, 255).astype(np.uint8)


def picture_steps(foreground: Foreground, kept: Kept) -> list[Step]:
    """The steps of the whole picture that follow its shades of grey."""
    steps = []
    if foreground.level is not None:
        title = "How the light falls"
        steps.append(Step("light", title, foreground.level, "The light is uneven; it was evened out."))
    faint = "The ink is faint: a darker pen or more light helps." if foreground.peak < FAINT_INK else ""
    steps.append(Step("ink", "What stands out from the background", on_paper(foreground.ink), faint))
    sentences = []
    if kept.lines:
        sentences.append("Ruled lines were removed.")
    if kept.others:
        sentences.append(f"There are {_count(kept.others + 1)} shapes; the larger was read.")
    steps.append(Step("kept", "Without specks, lines and edges", on_paper(kept.ink), " ".join(sentences)))
    return steps


def _count(number: int) -> str:
    return _COUNTS.get(number, "many")


def advice(hints: dict[str, Any]) -> str:
    """What was wrong with one digit, in sentences for the person. hints: of FoundDigit."""
    sentences = []
    if hints["touches_edge"]:
        sentences.append("The digit touches the edge of the picture.")
    if hints["stroke_width"] < THIN_PEN:
        sentences.append("The pen is very thin.")
    if hints["stroke_width"] > THICK_PEN:
        sentences.append("The pen is very thick.")
    if hints["shapes"] > 1:
        sentences.append(f"There are {_count(hints['shapes'])} shapes, read as one digit.")
    if hints.get("size", 1) < SMALL_DIGIT:
        sentences.append("The digit is very small.")
    if hints.get("is_sketch") and hints["others"]:
        sentences.append("A small dot beside it was left out.")
    return " ".join(sentences)


def small_step(step: Step) -> Step:
    """The step with a picture of at most STEP_SIDE px a side."""
    factor = -(-max(step.picture.shape) // STEP_SIDE)
    if factor < 2:
        return step
    return replace(step, picture=np.asarray(Image.fromarray(step.picture).reduce(factor)))
