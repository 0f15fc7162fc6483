"""The records of an export, as the export schema describes them."""

import base64
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.db.models.fields.files import FieldFile

from classifier.models import (
    Batch,
    BatchFile,
    BatchQuerySet,
    Correction,
    DigitQuerySet,
    Drawing,
    ForeignVersion,
    ModelVersion,
    Prediction,
)

from .selection import last_drawing, one_moment

log = logging.getLogger(__name__)

SCHEMA, VERSION = "digitsite-export", 2
SCHEMA_FILE = Path(__file__).resolve().parents[2] / "data" / "export.schema.json"
ORIGINALS, BATCHES = "originals/", "batches/"  # folders in the ZIP

DRAWINGS_AT_ONCE = 200
ROWS_AT_ONCE = 200  # batches, and files of theirs that were not read

Record = dict[str, Any]
Row = TypeVar("Row", bound=Model)


def version_records(owner: User) -> dict[str, dict[int, Record]]:
    """Whoever has answered for this person so far, by the prediction's column and the row's key."""
    found: dict[str, dict[int, Record]] = {}
    answers = Prediction.objects.filter(digit__drawing__owner=owner).order_by()
    models: list[tuple[str, type[Model]]] = [("model_version", ModelVersion), ("foreign_version", ForeignVersion)]
    for column, model in models:
        asked = answers.filter(**{f"{column}__isnull": False}).values(column).distinct()
        rows = model._default_manager.filter(pk__in=asked).order_by("pk")
        named = rows.values_list("pk", "name", "architecture", "tflite_sha256")
        found[column] = {
            pk: {"name": name, "architecture": architecture, "sha256": sha256}
            for pk, name, architecture, sha256 in named
        }
    return found


_OF_PREDICTION = (
    "digit_id",
    "revision",
    "model_version_id",
    "foreign_version_id",
    "preprocessing_version",
    "status",
    "verdict",
    "reason",
    "candidates",
    "label",
    "confidence",
    "probabilities",
    "logits",
    "inference_ms",
    "created",
    "finished",
    "error",
)
ANSWERED = tuple(name for name in _OF_PREDICTION if name not in ("digit_id", "model_version_id", "foreign_version_id"))


def records(digits: DigitQuerySet, versions: dict[str, dict[int, Record]]) -> Iterator[list[Record]]:
    """The drawings of these digits, the oldest first, some at a time, each with those of its digits alone."""
    newest = last_drawing(digits)
    last = 0
    while newest:
        with one_moment():
            keys = list(
                digits.filter(drawing_id__gt=last, drawing_id__lte=newest)
                .order_by("drawing_id")
                .values_list("drawing_id", flat=True)
                .distinct()[:DRAWINGS_AT_ONCE]
            )
            if not keys:
                return
            found = _read(digits, keys, versions)
        yield found
        last = keys[-1]


def _read(digits: DigitQuerySet, keys: list[int], versions: dict[str, dict[int, Record]]) -> list[Record]:
    """The records of the drawings with these keys."""
    rows = list(
        digits.filter(drawing_id__in=keys)
        .order_by("drawing_id", "position")
        .values("pk", "public_id", "drawing_id", "position", "box", "pixels", "hints", "preprocessing_version")
    )
    digit_keys = [row["pk"] for row in rows]
    answers = _answers(digit_keys, versions)
    said = Correction.objects.filter(digit__in=digit_keys).values(
        "digit_id", "label", "created", "changed", "review", "reviewed"
    )
    corrections = {row["digit_id"]: _correction(row) for row in said}
    of_drawing: dict[int, list[Record]] = defaultdict(list)
    for row in rows:
        of_drawing[row["drawing_id"]].append(
            {
                "id": str(row["public_id"]),
                "position": row["position"],
                "box": row["box"],
                "pixels": base64.b64encode(row["pixels"]).decode(),
                "hints": row["hints"],
                "preprocessing_version": row["preprocessing_version"],
                "predictions": answers[row["pk"]],
                "correction": corrections.get(row["pk"]),
            }
        )
    drawings = list(Drawing.objects.filter(pk__in=keys).order_by("pk"))
    keys_of_batches = {drawing.batch_id for drawing in drawings if drawing.batch_id}
    there = Batch.objects.exclude(status=Batch.Status.DELETED).filter(pk__in=keys_of_batches)
    batches = dict(there.values_list("pk", "public_id"))
    return [
        _record(drawing, batches.get(drawing.batch_id or 0), of_drawing[drawing.pk])
        for drawing in drawings
        if drawing.batch_id is None or drawing.batch_id in batches  # else it goes with its batch, and will be gone
    ]


def _answers(digit_keys: list[int], versions: dict[str, dict[int, Record]]) -> dict[int, list[Record]]:
    """What was answered for digits, the oldest first. Versions that came after the export had begun are left out."""
    found: dict[int, list[Record]] = defaultdict(list)
    rows = Prediction.objects.filter(digit__in=digit_keys).order_by("pk").values(*_OF_PREDICTION)
    for row in rows:
        model = None
        for column, known in versions.items():
            if (key := row[f"{column}_id"]) is not None:
                model = known.get(key, {"sha256": ""})["sha256"]
        if model == "":
            continue
        answered = {name: row[name] for name in ANSWERED} | {"model": model}
        found[row["digit_id"]].append(_dated(answered, "created", "finished"))
    return found


def _correction(row: Mapping[str, Any]) -> Record:
    said = {name: value for name, value in row.items() if name != "digit_id"}
    return _dated(said, "created", "changed", "reviewed")


def _record(drawing: Drawing, batch: uuid.UUID | None, digits: list[Record]) -> Record:
    member = {"name": drawing.member, "at": drawing.member_at, "format": drawing.original_format}
    return {
        "id": str(drawing.public_id),
        "origin": str(drawing.origin) if drawing.origin else None,
        "source": drawing.source,
        "created": date(drawing.created),
        "revision": drawing.revision,
        "size": [drawing.width, drawing.height],
        "strokes": drawing.strokes,
        "pen": drawing.pen,
        "pointer": drawing.pointer,
        "one_digit": drawing.one_digit,
        "true_label": drawing.true_label,
        "sample_index": drawing.sample_index,
        "original": _original(drawing),
        "batch": str(batch) if batch else None,
        "member": member if batch else None,
        "digits": digits,
    }


def _dated(row: Record, *names: str) -> Record:
    for name in names:
        row[name] = date(row[name])
    return row


def date(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


_OF_BATCH = (
    *("name", "status", "message", "created", "started", "finished", "one_digit", "size", "total", "read", "failed"),
    *("digits", "unsure", "refused", "labelled", "right", "confusion"),
)


def in_turn(rows: "QuerySet[Row]") -> Iterator[Row]:
    """Rows, the oldest first, some at a time."""
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]):
        yield from some
        last = some[-1].pk


def batch(batch: Batch) -> Record:
    names = {"id": str(batch.public_id), "origin": str(batch.origin) if batch.origin else None}
    said = {name: getattr(batch, name) for name in _OF_BATCH}
    kept = _file(batch.file, {"name": archive_name(batch)}) if batch.file.name else None
    return names | _dated(said, "created", "started", "finished") | {"archive": kept}


def archive_name(batch: Batch) -> str:
    """Its name in the ZIP."""
    return f"{BATCHES}{batch.public_id}.zip"


def unread(batches: BatchQuerySet) -> Iterator[Record]:
    """The files of these batches in which no digit was found."""
    for batch in in_turn(batches.filter(failed__gt=0).only("pk", "public_id")):
        for file in in_turn(BatchFile.objects.filter(batch=batch)):
            name = str(batch.public_id)
            yield {"batch": name, "member": file.name, "reason": file.reason, "sentence": file.sentence}


def _original(drawing: Drawing) -> Record | None:
    """What the record says of the file as it came; None for what never was a file of its own."""
    if not drawing.original.name:
        return None
    return _file(drawing.original, {"name": original_name(drawing), "format": drawing.original_format})


def original_name(drawing: Drawing) -> str:
    """Its name in the ZIP."""
    return f"{ORIGINALS}{drawing.public_id}.{drawing.original_format.lower() or 'bin'}"


def _file(file: FieldFile, said: Record) -> Record:
    """What a record says of a file of ours: `said`, its bytes, and whether it is missing."""
    try:
        return said | {"bytes": file.storage.size(file.name or "")}
    except OSError as error:
        log.warning("%s is missing: %s", file.name, error)
        return said | {"bytes": None, "missing": True}


def originals(digits: DigitQuerySet) -> Iterator[Drawing]:
    """The drawings of these digits that came as a file, the oldest first."""
    newest, last = last_drawing(digits), 0
    while newest:
        wanted = digits.filter(drawing_id__gt=last, drawing_id__lte=newest).exclude(drawing__original="")
        keys = list(wanted.order_by("drawing_id").values_list("drawing_id", flat=True).distinct()[:DRAWINGS_AT_ONCE])
        if not keys:
            return
        yield from Drawing.objects.filter(pk__in=keys).defer("strokes").order_by("pk")
        last = keys[-1]
