"""Exports as CSV."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.contrib.auth.models import User

from classifier.digits import spreadsheets
from classifier.digits.spreadsheets import Row
from classifier.models import DigitQuerySet, Prediction
from classifier.transfer.export_format import Record

from .drawings import PREDICTION_FIELDS, drawing_records, member_title
from .versions import VersionRecords, version_records

COLUMNS = [
    *("digit", "drawing", "position", "created", "source", "status", "verdict", "reason", "read_as", "confidence"),
    *(f"p{label}" for label in range(10)),
    *("model", "model_sha256", "corrected_to", "corrected", "review", "true_label", "preprocessing_version"),
    *("true_number", "turned", "file", "number_corrected_to"),
]


def as_csv(owner: User, digits: DigitQuerySet) -> Iterator[bytes]:
    """Yields a table with a line for each digit and its newest prediction of the drawing's newest revision."""
    versions = version_records(owner)
    return spreadsheets.as_csv(_rows(digits, versions))


def _rows(digits: DigitQuerySet, versions: VersionRecords) -> Iterator[Row]:
    names = {model["sha256"]: model["name"] for known in versions.values() for model in known.values()}
    yield COLUMNS
    for drawing in chain.from_iterable(drawing_records(digits, versions, whole=False)):
        for digit in drawing["digits"]:
            yield _row(drawing, digit, names)


def _row(drawing: Record, digit: Record, names: dict[str, str]) -> list[Any]:
    """The cells of a digit. None is an empty cell; "not a digit" is written "none", as in the filters."""
    current = [each for each in digit["predictions"] if each["revision"] == drawing["revision"]]
    prediction = current[-1] if current else dict.fromkeys((*PREDICTION_FIELDS, "model"))
    correction = digit["correction"]
    is_no_digit = prediction["verdict"] == Prediction.Verdict.NOT_A_DIGIT
    model = names.get(prediction["model"], "") if prediction["model"] else ""
    return [
        digit["id"],
        drawing["id"],
        digit["position"],
        drawing["created"],
        drawing["source"],
        prediction["status"],
        prediction["verdict"],
        prediction["reason"],
        None if is_no_digit else prediction["label"],
        prediction["confidence"],
        *(prediction["probabilities"] or [None] * 10),
        model,
        prediction["model"],
        None if correction is None else "none" if correction["label"] is None else correction["label"],
        correction["changed"] if correction else None,
        correction["review"] if correction else None,
        drawing["true_label"],
        digit["preprocessing_version"],
        drawing["true_number"],
        drawing["turned"],
        member_title(drawing),
        drawing["number_correction"]["text"] if drawing["number_correction"] else None,
    ]
