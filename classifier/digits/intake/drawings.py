"""Accepting drawings made on the pad: new ones, newer revisions of them, and undoing their last stroke."""

import uuid
from contextlib import suppress
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from classifier.digits.lines import asking
from classifier.digits.lines.asking import LinesRead
from classifier.errors import NotFound
from classifier.jobs import trace
from classifier.jobs.watching import timed
from classifier.models import Digit, Drawing, Prediction
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits_in_sketch
from classifier.recognition.preprocessing.steps import Step
from classifier.recognition.preprocessing.strokes import Sketch

from .revisions import store_revision
from .storing import Content, link, store

BLANK = "There is nothing on the pad yet. Draw a digit from 0 to 9."


def save_drawing(
    owner: User,
    sketch: Sketch,
    *,
    drawing_id: uuid.UUID | None = None,
    revision: int = 1,
    pointer: str = "",
    source: Drawing.Source = Drawing.Source.DRAW,
    one_digit: bool = False,
) -> Digit:
    """Stores a drawing, or a newer revision of it, and requests predictions for its digits.

    drawing_id: the client's name for it, so a drawing sent twice is stored once. revision: counted by the client;
    a revision that is not newer than the stored one changes nothing. one_digit: the drawing is not cut.
    Raises NoInk; NotFound if the drawing belongs to another person, or if this revision of it was deleted.
    """
    public_id = drawing_id or uuid.uuid4()
    trace.about(drawing=public_id)
    content = read_sketch(sketch, one_digit)
    fields = {
        "strokes": sketch.strokes,
        "width": sketch.width,
        "height": sketch.height,
        "pen": sketch.pen,
        "pointer": pointer,
        "revision": revision,
        "one_digit": one_digit,
        "deleted": None,  # drawing on restores a deleted drawing
    }
    new = Drawing(owner=owner, public_id=public_id, source=source, **fields)
    if revision == 1 or drawing_id is None:  # the drawing is new, unless the same request came before
        with suppress(IntegrityError), transaction.atomic():
            return store(new, content)
    return _store_revision_or_new(new, fields, content)


@transaction.atomic
def _store_revision_or_new(new: Drawing, fields: dict[str, Any], content: Content) -> Digit:
    drawing = _locked_drawing(new.owner, new.public_id)
    if drawing is None:
        try:
            with transaction.atomic():
                return store(new, content)
        except IntegrityError:  # another request has just stored a revision of it
            drawing = _locked_drawing(new.owner, new.public_id)
            if drawing is None:
                raise
    if new.revision <= drawing.revision:
        if drawing.deleted is not None:
            raise NotFound("This drawing was deleted.")
        return _with_answers(drawing)
    return store_revision(drawing, fields, content)


def stored_drawing(owner: User, drawing_id: uuid.UUID) -> Digit | None:
    """The leftmost digit of a stored drawing, as save_drawing returns it; None if the drawing was deleted."""
    drawing = Drawing.objects.owned_by(owner).filter(public_id=drawing_id).first()
    return _with_answers(drawing) if drawing is not None else None


def remove_drawing(owner: User, drawing_id: uuid.UUID, revision: int) -> None:
    """Deletes a drawing after its last stroke was undone. Does nothing if there is no such drawing.

    revision: counted by the client, as for save_drawing; one that is not newer changes nothing.
    """
    with transaction.atomic():
        drawing = _locked_drawing(owner, drawing_id)
        if drawing is not None and revision > drawing.revision:
            drawing.delete()


def read_sketch(sketch: Sketch, one_digit: bool) -> Content:
    """The digits of a sketch, read by a worker if it may be a number. Raises NoInk if it is blank."""
    lines = None if one_digit else asking.read_sketch(sketch)
    if isinstance(lines, LinesRead):
        return Content.read(lines)
    return Content(find_in_sketch(sketch, one_digit), late=lines)


def find_in_sketch(sketch: Sketch, one_digit: bool = False, steps: list[Step] | None = None) -> list[FoundDigit]:
    """The digits of a sketch from left to right. Raises NoInk if it is blank.

    steps: receives the pictures of the steps.
    """
    if not sketch.strokes:
        raise NoInk(BLANK)
    try:
        with timed("segmentation"):
            digits = find_digits_in_sketch(sketch, one_digit=one_digit, steps=steps)
    except NoInk:
        raise NoInk(BLANK) from None
    return digits


def _locked_drawing(owner: User, drawing_id: uuid.UUID) -> Drawing | None:
    drawings = Drawing.objects.locked().select_related("number_correction", "reading")
    drawing = drawings.filter(public_id=drawing_id).first()
    if drawing is not None and (drawing.owner_id != owner.pk or drawing.strokes is None):
        raise NotFound("There is no such drawing.")
    return drawing


def _with_answers(drawing: Drawing) -> Digit:
    """The drawing's leftmost digit. Each digit has the predictions for the stored revision; the first one counts."""
    digits = list(drawing.digits.order_by("position"))
    predictions = Prediction.objects.filter(digit__in=digits, revision=drawing.revision)
    predictions = predictions.select_related("model_version").order_by("pk")
    for digit in digits:
        digit.drawing = drawing
        digit.current_predictions = [prediction for prediction in predictions if prediction.digit_id == digit.pk]
    return link(digits)
