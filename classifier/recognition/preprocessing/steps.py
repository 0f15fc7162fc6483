"""The pictures and advice of each preprocessing step, for people to look at."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from .arrays import Grey as Grey
from .arrays import Levels
from .background import Foreground
from .clutter import Kept
from .framing import BOX, full_contrast

STEP_SIDE = 320  # px of a step's picture at most
THIN_PEN, THICK_PEN = 0.03, 0.2  # stroke width for the digit's longer side: there is advice beyond
SHOWN = 8 * BOX  # px of the box in the picture of a sketch drawn anew


@dataclass(frozen=True)
class Step:
    """What one step of the pipeline made, for people to look at."""

    name: str  # stable, such as "ground"; of a single digit's steps with its position from 0: "crop-0"
    title: str  # for people
    picture: Grey  # (height, width), as it should be shown
    advice: str = ""  # a sentence, where something was off


def on_paper(ink: Levels) -> Grey:
    """Ink as dark on white, for people to look at."""
    return 255 - np.clip(full_contrast(ink.astype(np.float32, copy=False)), 0, 255).astype(np.uint8)


def picture_steps(seen: Foreground, kept: Kept) -> list[Step]:
    """The whole picture's steps, after its shades of grey."""
    made = []
    if seen.level is not None:
        made.append(Step("light", "How the light falls", seen.level, "The light is uneven; it was evened out."))
    made.append(Step("ink", "What stands out from the ground", on_paper(seen.ink), _contrast_advice(seen)))
    advice = []
    if kept.lines:
        advice.append("Ruled lines were taken out.")
    if kept.others:
        advice.append(f"{_COUNTS.get(kept.others + 1, 'Many')} shapes were found; the larger was read.")
    made.append(Step("kept", "Without specks, lines and edges", on_paper(kept.ink), " ".join(advice)))
    return made


_COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}


def _contrast_advice(seen: Foreground) -> str:
    return "The ink is faint: a darker pen or more light helps." if seen.peak < 60 else ""


def advice(hints: dict[str, Any]) -> str:
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


def small_step(step: Step) -> Step:
    """A step whose picture is at most STEP_SIDE px a side."""
    factor = -(-max(step.picture.shape) // STEP_SIDE)
    if factor < 2:
        return step
    return replace(step, picture=np.asarray(Image.fromarray(step.picture).reduce(factor)))
