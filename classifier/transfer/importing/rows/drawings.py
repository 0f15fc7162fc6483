"""The rows of a drawing, not saved yet, checked for what its schema cannot say."""

import base64
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User

from classifier.digits.corrections import figures_of, is_held_back, written
from classifier.models import (
    Correction,
    Digit,
    Drawing,
    ForeignVersion,
    ModelVersion,
    NumberCorrection,
    NumberReading,
    Prediction,
)
from classifier.recognition.errors import InvalidInput
from classifier.recognition.preprocessing.strokes import parse_sketch
from classifier.transfer.export_format import Record
from classifier.transfer.importing.errors import RecordRejected

from .fields import integers, moment, moment_or_none, origin_of, text
from .readings import number_reading
from .versions import Versions

Status = Prediction.Status

MAX_SUM_ERROR = 0.01  # of ten probabilities
PEN_SLACK_PX = 0.5  # the sides of a pad are rounded when it is stored, so half of one may be less than its pen


@dataclass
class NewDrawing:
    """A drawing with all its rows."""

    drawing: Drawing
    digits: list[Digit] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    number: NumberCorrection | None = None
    reading: NumberReading | None = None


def new_drawing(record: Record, *, owner: User, namespace: uuid.UUID, versions: Versions) -> NewDrawing:
    """The rows of a drawing's record.

    namespace: public ids are derived from this and the drawing's origin, so a repeated import makes the same ones.
    Raises RecordRejected.
    """
    new = NewDrawing(_drawing(record, owner))
    new.drawing.public_id = uuid.uuid5(namespace, f"drawing {new.drawing.origin}")
    if record.get("batch") is not None:
        new.drawing.member = text(record["member"], "name")
        new.drawing.original_format = record["member"]["format"]
        new.drawing.page = record["member"].get("page")
    for given in record["digits"]:
        _add_digit(new, given, namespace, versions)
    if record.get("number_correction") is not None:
        _add_number(new, record["number_correction"])
    if record.get("number_reading") is not None:
        new.reading = number_reading(record["number_reading"], new.drawing, versions)
    if len({digit.position for digit in new.digits}) < len(new.digits):
        raise RecordRejected("Two digits have the same position.")
    return new


def _drawing(record: Record, owner: User) -> Drawing:
    width, height = integers(record["size"])
    strokes, pen = record["strokes"], None
    if strokes is not None:
        strokes, pen = _checked_strokes(record, width, height)
    return Drawing(
        owner=owner,
        origin=origin_of(record),
        source=record["source"],
        created=moment(record, "created"),
        revision=record["revision"],
        strokes=strokes,
        width=width,
        height=height,
        pen=pen,
        pointer=record["pointer"],
        one_digit=record["one_digit"],
        turned=record.get("turned", 0),
        true_label=record["true_label"],
        true_number=record.get("true_number", ""),
        sample_index=record["sample_index"],
    )


def _checked_strokes(record: Record, width: int, height: int) -> tuple[list[list[list[float]]], float]:
    widest, pen = min(width, height) / 2, record["pen"]
    checked_pen = widest if pen is not None and widest < pen <= widest + PEN_SLACK_PX else pen
    try:
        sketch = parse_sketch(record["strokes"], [width, height], checked_pen)
    except InvalidInput as error:
        raise RecordRejected(str(error)) from None
    return sketch.strokes, float(pen)


def _add_digit(new: NewDrawing, record: Record, namespace: uuid.UUID, versions: Versions) -> None:
    position = int(record["position"])
    digit = Digit(
        public_id=uuid.uuid5(namespace, f"digit {new.drawing.origin} {position}"),
        drawing=new.drawing,
        position=position,
        box=None if record["box"] is None else integers(record["box"]),
        pixels=base64.b64decode(record["pixels"]),
        hints=record["hints"],
        preprocessing_version=record["preprocessing_version"],
    )
    new.digits.append(digit)
    predictions = [_prediction(given, digit, versions) for given in record["predictions"]]
    keys = {(each.revision, each.model_version_id, each.foreign_version_id) for each in predictions}
    if len(keys) < len(predictions):
        raise RecordRejected("Two predictions of a digit have the same revision and model.")
    new.predictions += predictions
    if record["correction"] is not None:
        new.corrections.append(_correction(record["correction"], digit))


def _prediction(record: Record, digit: Digit, versions: Versions) -> Prediction:
    version = versions.get(record["model"])
    if record["model"] is not None and version is None:
        raise RecordRejected("A prediction names a model that is not in the export's list.")
    _check_revision(record, digit.drawing)
    _check_probabilities(record)
    return Prediction(
        digit=digit,
        revision=record["revision"],
        model_version=version if isinstance(version, ModelVersion) else None,
        foreign_version=version if isinstance(version, ForeignVersion) else None,
        preprocessing_version=record["preprocessing_version"],
        status=record["status"],
        verdict=record["verdict"],
        reason=record["reason"],
        candidates=integers(record["candidates"]),
        label=record["label"],
        confidence=record["confidence"],
        probabilities=record["probabilities"],
        logits=record["logits"],
        inference_ms=record["inference_ms"],
        created=moment(record, "created"),
        finished=moment_or_none(record, "finished"),
        error=text(record, "error"),
    )


def _check_revision(record: Record, drawing: Drawing) -> None:
    if record["revision"] > drawing.revision:
        raise RecordRejected("The revision of a prediction must not be after its drawing's.")
    if record["status"] == Status.QUEUED and record["revision"] != drawing.revision:
        raise RecordRejected("A queued prediction must be of the drawing's newest revision.")


def _check_probabilities(record: Record) -> None:
    probabilities = record["probabilities"]
    if probabilities is not None and abs(sum(probabilities) - 1) > MAX_SUM_ERROR:
        raise RecordRejected("The probabilities of a prediction must add up to 1.")


def _correction(record: Record, digit: Digit) -> Correction:
    correction = Correction(digit=digit, label=record["label"], **_review(record), held_back=is_held_back(digit))
    correction.changed = moment(record, "changed")
    return correction


def _review(record: Record) -> dict[str, Any]:
    """A correction waits for review: the staff of this site have not seen it."""
    review = Correction.Review.CONFIRMED if record.get("confirmed") else Correction.Review.WAITING
    return {"review": review, "created": moment(record, "created")}


def _add_number(new: NewDrawing, record: Record) -> None:
    """Adds the correction of the whole number, from which those of the digits follow if they say the same."""
    try:
        text = written(record["text"])
    except InvalidInput as error:
        raise RecordRejected(str(error)) from None
    number = figures_of(text)
    new.number = NumberCorrection(
        drawing=new.drawing, text=text, number=number, **_review(record), held_back=is_held_back(new.drawing)
    )
    new.number.changed = moment(record, "changed")
    said = {correction.digit.position: correction for correction in new.corrections}
    if [each.label for _, each in sorted(said.items())] == [int(figure) for figure in number]:
        for correction in new.corrections if len(said) == len(new.digits) else ():
            correction.number = new.number
