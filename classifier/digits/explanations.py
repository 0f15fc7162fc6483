"""The content of the Why page: the steps of a digit, where the network looked, and what would change its answer.

The web process makes the pictures; one job answers all of them, and nothing is stored.
"""

import base64
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.urls import reverse
from numpy.typing import NDArray

from classifier.jobs import replies
from classifier.jobs.queue import enqueue
from classifier.models import Digit, Prediction
from classifier.recognition.classes import Verdict
from classifier.recognition.explanation import occlusion, places
from classifier.recognition.explanation.changes import Change, changes_in_words, strongest, without_picture
from classifier.recognition.explanation.outcomes import LEAST_OF_A_FIRST_CHOICE, Outcome
from classifier.recognition.explanation.stroke_pieces import bounding_square, svg_path
from classifier.recognition.explanation.variants import (
    ink_variants,
    stroke_variants,
    strokes_within,
)
from classifier.recognition.pictures import data_uri
from classifier.recognition.preprocessing.steps import Step
from classifier.recognition.preprocessing.strokes import Sketch
from classifier.recognition.verdict import sentence
from classifier.recognition.wording import article, bounded_percent

from .predictions import to_array
from .replay import steps_of, whole_sketch

EXPIRES_S = 5.0  # after which no worker answers any more
SMALL_PX = 64  # pictures up to this size are shown with sharp pixels


@dataclass
class Explanation:
    """See `templates/classifier/digits/_why.html`."""

    digit: Digit
    url: str
    digit_url: str
    state: str  # "explained", "busy" (no worker answered) or "unanswered" (there is nothing to explain yet)
    label: int | None = None
    article: str = "a"
    percent: str = ""
    has_choice: bool = True  # whether a digit stands out, even if it is refused
    verdict: str = ""
    reason: str = ""  # a sentence
    other_model: str = ""  # name of the version that explains, if it is not the one that read the digit
    steps: list[dict[str, Any]] = field(default_factory=list)
    steps_note: str = ""
    map_uri: str = ""
    looked: str = ""
    changes_words: str = ""
    changes: list[dict[str, Any]] = field(default_factory=list)


def explain(digit: Digit, timeout_s: float) -> Explanation:
    """Explains a digit's current answer.

    digit: from `with_predictions`. timeout_s: how long to wait for the network.
    """
    explanation = Explanation(
        digit,
        reverse("classifier:digit-why", args=[digit.public_id]),
        reverse("classifier:digit-detail", args=[digit.public_id]),
        "unanswered",
    )
    steps, explanation.steps_note = steps_of(digit)
    explanation.steps = [_shown(step) for step in steps]
    prediction = digit.prediction
    if prediction is None or prediction.status != Prediction.Status.DONE or prediction.label is None:
        return explanation
    explanation.label, explanation.verdict = prediction.label, prediction.verdict
    explanation.article = article(prediction.label)
    explanation.has_choice = (prediction.confidence or 0) >= LEAST_OF_A_FIRST_CHOICE
    explanation.percent = bounded_percent(prediction.confidence or 0)
    explanation.reason = sentence(prediction.reason, prediction.candidates)
    version = prediction.model_version.name if prediction.model_version else ""
    _explain_answer(explanation, prediction.label, version, timeout_s)
    return explanation


def _explain_answer(explanation: Explanation, label: int, version: str, timeout_s: float) -> None:
    """Adds where the network looked and what would change its answer; "busy" if no worker answers in time."""
    digit = explanation.digit
    whole = whole_sketch(digit.drawing)
    sketch = strokes_within(whole, digit.box) if whole else None
    pixels = to_array(digit.pixels)
    covered = occlusion.occlusion_inputs(pixels)
    variants = stroke_variants(sketch) if sketch else ink_variants(pixels)
    pictures = np.concatenate([pixels[np.newaxis], covered, *(variant.pixels[np.newaxis] for variant in variants)])
    explanation.state = "busy"
    if (answer := request_answers(pictures, version, timeout_s)) is None:
        return
    outcomes, answered_by = answer
    explanation.state = "explained"
    explanation.other_model = answered_by if answered_by != version else ""
    before = Outcome(Verdict(explanation.verdict or Verdict.DIGIT), label, outcomes[0].probabilities)
    end = 1 + len(covered)
    _add_map(explanation, pixels, before, outcomes[1:end])
    changes = strongest(variants, outcomes[end:], before)
    explanation.changes_words = changes_in_words(changes, before, len(variants))
    explanation.changes = [_change(change, pixels, sketch) for change in changes]


def request_answers(pictures: NDArray[np.uint8], version: str, timeout_s: float) -> tuple[list[Outcome], str] | None:
    """Returns the answers to pictures of shape (n, 28, 28), and the version that answered.

    version: the name of the version to ask; if it cannot be loaded, the one in service answers.
    Returns None if no worker answers in time.
    """
    key = replies.new_reply_key()
    packed = base64.b64encode(zlib.compress(pictures.tobytes(), 1)).decode()
    if not enqueue("classifier.explain", packed, key, version, expires_s=EXPIRES_S):
        return None
    if reply := replies.wait_for(key, timeout_s):
        rows = np.array(reply["probabilities"], np.float32)
        return [Outcome.of(*row) for row in zip(rows, reply["verdicts"], strict=True)], reply["model_version"]
    return None


def _add_map(explanation: Explanation, pixels: NDArray[np.uint8], before: Outcome, covered: list[Outcome]) -> None:
    """Adds the map of the places that count. covered: the answer to each occlusion."""
    probabilities = np.array([outcome.probabilities for outcome in covered], np.float32).reshape(-1, 10)
    fall = occlusion.occlusion_map(pixels, before.label, before.probabilities, probabilities)
    explanation.map_uri = data_uri(occlusion.heat_picture(pixels, fall))
    explanation.looked = places.looked_at(pixels, fall, before, covered)


def _shown(step: Step) -> dict[str, Any]:
    height, width = step.picture.shape
    return {
        "title": step.title,
        "advice": step.advice,
        "uri": data_uri(step.picture),
        "width": width,
        "height": height,
        "is_small": max(step.picture.shape) <= SMALL_PX,
    }


def _change(change: Change, pixels: NDArray[np.uint8], sketch: Sketch | None) -> dict[str, Any]:
    """A change as the page shows it: strokes as SVG paths, a picture as its pixels."""
    row: dict[str, Any] = {
        "sentence": change.sentence,
        "alt": f"Your digit, with {change.variant.missing} marked",
        "is_other": change.is_other,
    }
    if sketch is None:
        return row | {"uri": data_uri(without_picture(pixels, change.variant.parts))}
    left, top, side = bounding_square(sketch)
    return row | {
        "box": f"{left:.4g} {top:.4g} {side:.4g} {side:.4g}",
        "kept": svg_path(change.variant.kept),
        "gone": svg_path(change.variant.removed),
        "pen": f"{min(sketch.pen, side / 8):.3g}",
        "dash": f"{side / 28:.3g}",
    }
