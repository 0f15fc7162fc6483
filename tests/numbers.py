"""Numbers for tests: drawings of several digits."""

from typing import Any

import numpy as np
from django.contrib.auth.models import User
from PIL import Image

from classifier.digits import intake
from classifier.models import Digit, ModelVersion, Prediction
from classifier.recognition.preprocessing.strokes import Sketch, render
from tests.factories import FORTY_SEVEN, Grey, answered, sketch


def drawn_number(owner: User, strokes: list[Any] = FORTY_SEVEN, **given: Any) -> Digit:
    """A number that waits for its answer, as the pad stores it. Returns its leftmost digit."""
    return intake.save_drawing(owner, sketch(strokes), **given)


def shown(strokes: list[Any] = FORTY_SEVEN, size: int = 280) -> Grey:
    """The strokes as dark ink on light paper: shape (size, size)."""
    ink = render(Sketch([[[x * size / 280, y * size / 280] for x, y in stroke] for stroke in strokes], size, size, 14))
    return 255 - np.asarray(Image.fromarray(ink).resize((size, size)))


def answer_all(model_version: ModelVersion, *labels: int, **changed: Any) -> None:
    """Answers the waiting digits, from the left, as a worker does."""
    waiting = Prediction.objects.filter(status="queued").order_by("digit__position")
    for prediction, label in zip(waiting, labels, strict=True):
        Prediction.objects.filter(pk=prediction.pk).update(**answered(model_version, label) | changed)
