"""Exports as CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User

from classifier.digits.spreadsheets import escape_formula
from classifier.models import DigitQuerySet, Prediction
from classifier.transfer.export_format import Record

from .drawings import PREDICTION_FIELDS, drawing_records
from .pieces import in_pieces
from .versions import VersionRecords, version_records

COLUMNS = [
    *("digit", "drawing", "position", "created", "source", "status", "verdict", "reason", "read_as", "confidence"),
    *(f"p{label}" for label in range(10)),
    *("model", "model_sha256", "corrected_to", "corrected", "review", "true_label", "preprocessing_version"),
]


def as_csv(owner: User, digits: DigitQuerySet) -> Iterator[bytes]:
    """Yields a table with a line for each digit and its newest prediction of the drawing's newest revision."""
    versions = version_records(owner)
    return in_pieces(_lines(digits, versions))


def _lines(digits: DigitQuerySet, versions: VersionRecords) -> Iterator[bytes]:
    names = {model["sha256"]: model["name"] for known in versions.values() for model in known.values()}
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for drawings in drawing_records(digits, versions):
        for drawing in drawings:
            for digit in drawing["digits"]:
                writer.writerow(_row(drawing, digit, names))
        yield file.getvalue().encode()
        file.seek(0)
        file.truncate()
    yield file.getvalue().encode()


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
        escape_formula(model),
        prediction["model"],
        None if correction is None else "none" if correction["label"] is None else correction["label"],
        correction["changed"] if correction else None,
        correction["review"] if correction else None,
        drawing["true_label"],
        digit["preprocessing_version"],
    ]
