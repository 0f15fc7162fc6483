"""The content of the Why page: the steps of a digit, where the network looked, and what would change its answer.

The web process makes the pictures; one job answers all of them, and nothing is stored.
"""

import base64
import zlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.preprocessing.steps import Step
from classifier.recognition.preprocessing.strokes import Sketch
from classifier.recognition.verdict import sentence
from classifier.recognition.wording import article, bounded_percent

from .predictions import to_array
from .replay import steps_about, steps_of, whole_sketch

EXPIRES_S = 5.0  # after which no worker answers any more
SMALL_PX = 64  # pictures up to this size are shown with sharp pixels


@dataclass
class Explanation:
    """See `templates/classifier/digits/_why.html`."""

    name: str  # distinguishes it from others on the page
    is_drawn: bool  # on the pad, not a picture
    url: str = ""  # its page and that of its digit, which an unstored digit has not
    digit_url: str = ""
    state: str = "unanswered"  # nothing to explain yet; otherwise "explained" or "busy" (no worker answered)
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


class _Subject(NamedTuple):
    """The digit that is explained, and its answer."""

    pixels: NDArray[np.uint8]  # (28, 28)
    sketch: Sketch | None  # its own strokes
    version: str  # the name of the version that answered
    answer: dict[str, Any]  # verdict, reason, candidates, label and confidence, as in a Prediction


def explain(digit: Digit, timeout_s: float) -> Explanation:
    """Explains a digit's current answer.

    digit: from `with_predictions`. timeout_s: how long to wait for the network.
    """
    explanation = Explanation(
        str(digit.public_id),
        digit.drawing.strokes is not None,
        reverse("classifier:digit-why", args=[digit.public_id]),
        reverse("classifier:digit-detail", args=[digit.public_id]),
    )
    steps, explanation.steps_note = steps_of(digit)
    explanation.steps = [_shown(step) for step in steps]
    prediction = digit.prediction
    if prediction is None or prediction.status != Prediction.Status.DONE or prediction.label is None:
        return explanation
    whole = whole_sketch(digit.drawing)
    sketch = strokes_within(whole, digit.box) if whole else None
    version = prediction.model_version.name if prediction.model_version else ""
    answer = {name: getattr(prediction, name) for name in ("verdict", "reason", "candidates", "label", "confidence")}
    _explain_answer(explanation, _Subject(to_array(digit.pixels), sketch, version, answer), timeout_s)
    return explanation


def explain_unstored(
    digit: FoundDigit, position: int, answer: dict[str, Any], whole: Sketch | None, steps: list[Step], timeout_s: float
) -> Explanation:
    """Explains an answer that is not stored.

    answer: as intake.read_unstored returns it. whole: the strokes of the drawing; None for a picture. steps: of the
    whole drawing or picture, in which this digit has the number `position`.
    """
    explanation = Explanation(str(position), whole is not None)
    explanation.steps = [_shown(step) for step in steps_about(steps, position)]
    sketch = strokes_within(whole, list(digit.box)) if whole else None
    _explain_answer(explanation, _Subject(digit.pixels, sketch, answer["model_version"], answer), timeout_s)
    return explanation


def _explain_answer(explanation: Explanation, subject: _Subject, timeout_s: float) -> None:
    """Adds where the network looked and what would change its answer; "busy" if no worker answers in time."""
    pixels, sketch, version, given = subject
    label = int(given["label"])
    explanation.label, explanation.verdict, explanation.article = label, given["verdict"], article(label)
    explanation.has_choice = (given["confidence"] or 0) >= LEAST_OF_A_FIRST_CHOICE
    explanation.percent = bounded_percent(given["confidence"] or 0)
    explanation.reason = sentence(given["reason"], given["candidates"])
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
