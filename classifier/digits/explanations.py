"""What the Why page shows of one digit: the steps, where the network looked, what would have to change.

The pictures are made here, in the web process; the network is asked for all of them in one job, and nothing of it
is stored.
"""

import base64
import logging
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.conf import settings
from django.urls import reverse
from numpy.typing import NDArray

from classifier.decoding.client import read_picture
from classifier.jobs import replies
from classifier.jobs.queue import enqueue
from classifier.models import Digit, Prediction
from classifier.recognition.errors import ClassifierError
from classifier.recognition.explanation import occlusion, places
from classifier.recognition.explanation.changes import changes_in_words, strongest, without_picture
from classifier.recognition.explanation.variants import (
    Variant,
    ink_variants,
    square_round,
    stroke_variants,
    strokes_within,
    way,
)
from classifier.recognition.pictures import data_uri
from classifier.recognition.preprocessing.pipeline import VERSION, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.steps import Step, small_step
from classifier.recognition.preprocessing.strokes import Sketch
from classifier.recognition.verdict import sentence
from classifier.recognition.wording import article, bounded_percent

from .originals import original_bytes
from .predictions import to_array

log = logging.getLogger(__name__)

FILE_IS_GONE = "The file as you sent it is no longer here, so its steps cannot be shown."
OLDER_STEPS = "Read with earlier steps than these; today the picture might look a little different to the network."


@dataclass
class Explanation:
    """See `templates/classifier/digits/_why.html`."""

    digit: Digit
    url: str
    digit_url: str
    state: str  # explained, busy (ask again), or unanswered (there is nothing to explain yet)
    label: int | None = None
    article: str = "a"
    percent: str = ""
    verdict: str = ""
    reason: str = ""  # a sentence
    other_model: str = ""  # which version explains, when the one that read it cannot be had
    steps: list[dict[str, Any]] = field(default_factory=list)
    steps_note: str = ""
    map_uri: str = ""
    looked: str = ""
    changes_words: str = ""
    changes: list[dict[str, Any]] = field(default_factory=list)


def explain(digit: Digit, timeout_s: float) -> Explanation:
    """Explain a digit's current answer; digit: from `with_predictions`; timeout_s: how long to wait for the network."""
    prediction = digit.prediction
    found = Explanation(
        digit,
        reverse("classifier:digit-why", args=[digit.public_id]),
        reverse("classifier:digit-detail", args=[digit.public_id]),
        "unanswered",
    )
    sketch = _sketch(digit)
    steps, found.steps_note = steps_of(digit, sketch)
    found.steps = [_shown(step) for step in steps]
    if prediction is None or prediction.status != Prediction.Status.DONE or prediction.label is None:
        return found
    found.label, found.verdict = prediction.label, prediction.verdict
    found.article = article(prediction.label)
    found.percent = bounded_percent(prediction.confidence or 0, 0)
    found.reason = sentence(prediction.reason, prediction.candidates)
    found.state = "busy"
    pixels = to_array(digit.pixels)
    covered = occlusion.occlusion_inputs(pixels)
    variants = stroke_variants(sketch) if sketch else ink_variants(pixels)
    pictures = np.concatenate([pixels[np.newaxis], covered, *(variant.pixels[np.newaxis] for variant in variants)])
    version = prediction.model_version.name if prediction.model_version else ""
    if (answer := ask(pictures, version, timeout_s)) is None:
        return found
    probabilities, answered_by = answer
    found.state = "explained"
    found.other_model = answered_by if answered_by != version else ""
    _fill(found, pixels, sketch, variants, probabilities)
    return found


def ask(pictures: NDArray[np.uint8], version: str, timeout_s: float) -> tuple[NDArray[np.float32], str] | None:
    """The calibrated probabilities of pictures of shape (n, 28, 28), by the version of that name if it can be had.

    Returns shape (n, 10) and the version that answered; None when no worker did in time.
    """
    word = replies.new_reply_key()
    packed = base64.b64encode(zlib.compress(pictures.tobytes(), 1)).decode()
    if not enqueue("classifier.explain", packed, word, version, expires_s=5):
        return None
    if answer := replies.wait_for(word, timeout_s):
        return np.array(answer["probabilities"], np.float32), answer["model_version"]
    return None


def steps_of(digit: Digit, sketch: Sketch | None) -> tuple[list[Step], str]:
    """What each step made of the digit's drawing, and a sentence where that cannot be said."""
    drawing = digit.drawing
    steps: list[Step] = []
    note = "" if digit.preprocessing_version == VERSION else OLDER_STEPS
    try:
        if drawing.strokes is not None:
            whole = Sketch(drawing.strokes, drawing.width, drawing.height, drawing.pen or 1)
            find_digits_in_sketch(whole, one_digit=drawing.one_digit, steps=steps)
        elif drawing.has_file:
            data = original_bytes(drawing)
            limit = round(settings.PICTURE_MAX_MEGAPIXELS * 1e6)
            read_picture(data, limit, one_digit=drawing.one_digit, steps=steps)
        else:
            find_digits(to_array(digit.pixels), one_digit=True, steps=steps)
    except OSError as error:
        log.error("The original of %s cannot be opened: %s", drawing.public_id, error)
        note = FILE_IS_GONE
    except ClassifierError as error:
        note = str(error)
    return [small_step(step) for step in steps if _is_about(step, digit.position)], note


def _is_about(step: Step, position: int) -> bool:
    """Whether a step is about the whole picture or about this digit of it: names end in "-0", "-1" … then."""
    number = step.name.rpartition("-")[2]
    return not number.isdigit() or int(number) == position


def _shown(step: Step) -> dict[str, Any]:
    height, width = step.picture.shape
    return {
        "title": step.title,
        "advice": step.advice,
        "uri": data_uri(step.picture),
        "width": width,
        "height": height,
        "is_small": max(step.picture.shape) <= 64,
    }


def _sketch(digit: Digit) -> Sketch | None:
    """The strokes of this digit; None for a picture."""
    drawing = digit.drawing
    if drawing.strokes is None:
        return None
    whole = Sketch(drawing.strokes, drawing.width, drawing.height, drawing.pen or 1)
    return strokes_within(whole, digit.box)


def _fill(
    found: Explanation,
    pixels: NDArray[np.uint8],
    sketch: Sketch | None,
    variants: list[Variant],
    probabilities: NDArray[np.float32],
) -> None:
    """probabilities: of the input itself, of each occlusion, of each variant."""
    label = found.label or 0
    before = float(probabilities[0, label])
    count = len(probabilities) - len(variants)
    covered, changed = probabilities[1:count], probabilities[count:]
    fall = occlusion.occlusion_map(pixels, label, probabilities[0], covered)
    found.map_uri = data_uri(occlusion.heat_picture(pixels, fall))
    found.looked = places.looked_at(pixels, fall, label, covered)
    changes = strongest(variants, changed, label, before)
    found.changes_words = changes_in_words(changes, label, len(variants))
    for change in changes:
        row: dict[str, Any] = {
            "sentence": change.sentence,
            "alt": f"Your digit, with {change.variant.missing} marked",
            "is_other": change.is_other,
        }
        if sketch:
            left, top, side = square_round(sketch)
            row |= {
                "box": f"{left:.4g} {top:.4g} {side:.4g} {side:.4g}",
                "kept": way(change.variant.kept),
                "gone": way(change.variant.gone),
                "pen": f"{min(sketch.pen, side / 8):.3g}",
                "dash": f"{side / 28:.3g}",
            }
        else:
            row["uri"] = data_uri(without_picture(pixels, change.variant.parts))
        found.changes.append(row)
