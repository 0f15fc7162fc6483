"""Exports as CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User

from classifier.digits.spreadsheets import plain
from classifier.models import DigitQuerySet, Prediction

from .documents import in_pieces
from .records import ANSWERED, Record, records, version_records

COLUMNS = [
    *("digit", "drawing", "position", "created", "source", "status", "verdict", "reason", "read_as", "confidence"),
    *(f"p{label}" for label in range(10)),
    *("model", "model_sha256", "corrected_to", "corrected", "review", "true_label", "preprocessing_version"),
]


def as_csv(owner: User, digits: DigitQuerySet) -> Iterator[bytes]:
    """A line for each digit, with the answer to its drawing's newest revision."""
    versions = version_records(owner)
    return in_pieces(_csv_lines(digits, versions))


def _csv_lines(digits: DigitQuerySet, versions: dict[str, dict[int, Record]]) -> Iterator[bytes]:
    names = {model["sha256"]: model["name"] for known in versions.values() for model in known.values()}
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for some in records(digits, versions):
        for drawing in some:
            for digit in drawing["digits"]:
                writer.writerow(_csv_row(drawing, digit, names))
        yield file.getvalue().encode()
        file.seek(0)
        file.truncate()
    yield file.getvalue().encode()


def _csv_row(drawing: Record, digit: Record, names: dict[str, str]) -> list[Any]:
    """None is an empty cell; "not a digit" is "none", as in the filters."""
    current = [answer for answer in digit["predictions"] if answer["revision"] == drawing["revision"]]
    answer = current[-1] if current else dict.fromkeys((*ANSWERED, "model"))
    said = digit["correction"]
    is_none = answer["verdict"] == Prediction.Verdict.NOT_A_DIGIT
    model = names.get(answer["model"], "") if answer["model"] else ""
    return [
        digit["id"],
        drawing["id"],
        digit["position"],
        drawing["created"],
        drawing["source"],
        answer["status"],
        answer["verdict"],
        answer["reason"],
        None if is_none else answer["label"],
        answer["confidence"],
        *(answer["probabilities"] or [None] * 10),
        plain(model),
        answer["model"],
        None if said is None else "none" if said["label"] is None else said["label"],
        said["changed"] if said else None,
        said["review"] if said else None,
        drawing["true_label"],
        digit["preprocessing_version"],
    ]
