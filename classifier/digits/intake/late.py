"""Reading drawings as a whole that were stored while no worker answered.

A worker replaces the digits of segmentation by those that it finds, unless the drawing has been corrected or drawn on
in the meantime. The row of the request goes in the same transaction, so a task may run twice or late.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from classifier.digits.lines.answering import read_content
from classifier.digits.lines.asking import LinesRead, content_of, unpack
from classifier.digits.replay import whole_sketch
from classifier.jobs import trace
from classifier.models import Correction, Digit, Drawing, LateReading, NumberCorrection, Prediction
from classifier.recognition.errors import NoInk

from .revisions import release
from .storing import Content, complete, replace_digits


def read_late(late_id: int) -> bool:
    """Reads a drawing as a whole. Returns whether it has new digits.

    Raises ModelFileDamaged if no line reader is in service; the drawing then waits until it is sent again.
    """
    late = LateReading.objects.filter(pk=late_id, drawing__deleted=None).select_related("drawing").first()
    if late is None:
        return False
    if not _is_wanted(late, late.drawing):
        late.delete()
        return False
    trace.about(drawing=late.drawing.public_id)
    sketch = whole_sketch(late.drawing)
    try:
        reply = read_content((late.rows or {}) if sketch is None else content_of(sketch))
    except NoInk:
        late.delete()
        return False
    lines = unpack(reply, late.created)
    return _store(late, lines)


@transaction.atomic
def _store(late: LateReading, lines: LinesRead) -> bool:
    """Replaces the digits of a drawing by those that were read, if that is still wanted."""
    drawings = Drawing.objects.locked().select_related("reading")
    drawing = drawings.filter(pk=late.drawing_id, deleted=None).first()
    if drawing is None or not LateReading.objects.filter(pk=late.pk, revision=late.revision).delete()[0]:
        return False  # another worker was quicker, or the drawing has been drawn on
    if not _is_wanted(late, drawing):
        return False
    lines = replace(lines, reply=replace(lines.reply, answered=timezone.now()))
    digits = list(drawing.digits.order_by("position"))
    _remove_predictions(drawing, digits)
    complete(drawing, replace_digits(drawing, digits, lines.digits), Content.read(lines))
    return True


def _is_wanted(late: LateReading, drawing: Drawing) -> bool:
    """Whether the drawing is as it was, and nobody has said what it is."""
    if late.revision != drawing.revision:
        return False
    corrected = Correction.objects.filter(digit__drawing=drawing)
    return not (corrected.exists() or NumberCorrection.objects.filter(drawing=drawing).exists())


def _remove_predictions(drawing: Drawing, digits: Sequence[Digit]) -> None:
    """Removes the answers to digits that will be others. On commit, requests that wait for one are released."""
    predictions = Prediction.objects.filter(digit__in=digits, revision=drawing.revision)
    waiting = list(predictions.waiting().values_list("pk", flat=True))
    predictions.delete()
    transaction.on_commit(lambda: release(waiting), robust=True)
