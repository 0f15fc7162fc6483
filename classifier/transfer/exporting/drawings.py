"""The records of drawings, with their digits, predictions and corrections."""

import base64
import uuid
from collections import defaultdict
from collections.abc import Iterator

from classifier.models import Batch, Correction, DigitQuerySet, Drawing, NumberCorrection, Prediction, title_of
from classifier.transfer.export_format import Record

from .files import file_record, original_name
from .readings import reading_records
from .records import timestamp, with_timestamps
from .selection import all_digits, last_drawing, snapshot
from .versions import VersionRecords, checksum_of

DRAWINGS_AT_ONCE = 200

PREDICTION_FIELDS = (
    *("revision", "preprocessing_version", "status", "verdict", "reason", "candidates", "label", "confidence"),
    *("probabilities", "logits", "inference_ms", "created", "finished", "error"),
)
REVIEW_FIELDS = ("created", "changed", "review", "reviewed")


def drawing_records(digits: DigitQuerySet, versions: VersionRecords, *, whole: bool = True) -> Iterator[list[Record]]:
    """Yields the records of these digits' drawings, oldest first, DRAWINGS_AT_ONCE at a time.

    whole: with all digits of each drawing; otherwise with those in `digits`.
    """
    newest = last_drawing(digits)
    last = 0
    while newest:
        with snapshot():
            rows = digits.filter(drawing_id__gt=last, drawing_id__lte=newest).order_by("drawing_id")
            keys = list(rows.values_list("drawing_id", flat=True).distinct()[:DRAWINGS_AT_ONCE])
            if not keys:
                return
            chosen = all_digits(keys) if whole else digits.filter(drawing_id__in=keys)
            records = _drawing_records(chosen, keys, versions)
        yield records
        last = keys[-1]


def member_title(record: Record) -> str | None:
    """The name of a drawing's file in its batch's archive, with its page."""
    member = record["member"]
    return title_of(member["name"], member["page"]) if member else None


def drawings_with_original(digits: DigitQuerySet) -> Iterator[Drawing]:
    """Yields the drawings of these digits that have an original file, oldest first."""
    newest, last = last_drawing(digits), 0
    while newest:
        rows = digits.filter(drawing_id__gt=last, drawing_id__lte=newest).exclude(drawing__original="")
        keys = list(rows.order_by("drawing_id").values_list("drawing_id", flat=True).distinct()[:DRAWINGS_AT_ONCE])
        if not keys:
            return
        yield from Drawing.objects.filter(pk__in=keys).defer("strokes").order_by("pk")
        last = keys[-1]


def _drawing_records(digits: DigitQuerySet, keys: list[int], versions: VersionRecords) -> list[Record]:
    digit_records = _digit_records(digits, versions)
    drawings = list(Drawing.objects.filter(pk__in=keys).order_by("pk"))
    batch_keys = {drawing.batch_id for drawing in drawings if drawing.batch_id}
    numbers = _number_records(keys)
    readings = reading_records(keys, versions)
    kept_batches = Batch.objects.exclude(status=Batch.Status.DELETED).filter(pk__in=batch_keys)
    batches = dict(kept_batches.values_list("pk", "public_id"))
    return [
        _drawing_record(drawing, batches.get(drawing.batch_id or 0), digit_records[drawing.pk])
        | {"number_correction": numbers.get(drawing.pk), "number_reading": readings.get(drawing.pk)}
        for drawing in drawings
        if drawing.batch_id is None or drawing.batch_id in batches  # the others are being deleted with their batch
    ]


def _digit_records(digits: DigitQuerySet, versions: VersionRecords) -> dict[int, list[Record]]:
    """The records of digits by the key of their drawing."""
    rows = list(
        digits.order_by("drawing_id", "position").values(
            "pk", "public_id", "drawing_id", "position", "box", "pixels", "hints", "preprocessing_version"
        )
    )
    keys = [row["pk"] for row in rows]
    predictions, corrections = _prediction_records(keys, versions), _correction_records(keys)
    records: dict[int, list[Record]] = defaultdict(list)
    for row in rows:
        records[row["drawing_id"]].append(
            {
                "id": str(row["public_id"]),
                "position": row["position"],
                "box": row["box"],
                "pixels": base64.b64encode(row["pixels"]).decode(),
                "hints": row["hints"],
                "preprocessing_version": row["preprocessing_version"],
                "predictions": predictions[row["pk"]],
                "correction": corrections.get(row["pk"]),
            }
        )
    return records


def _prediction_records(digit_keys: list[int], versions: VersionRecords) -> dict[int, list[Record]]:
    """The predictions of digits, oldest first, without those by versions that came after the export began."""
    records: dict[int, list[Record]] = defaultdict(list)
    columns = ("digit_id", "model_version_id", "foreign_version_id", *PREDICTION_FIELDS)
    for row in Prediction.objects.filter(digit__in=digit_keys).order_by("pk").values(*columns):
        model = checksum_of(row, versions)
        if model == "":
            continue
        fields = {name: row[name] for name in PREDICTION_FIELDS}
        records[row["digit_id"]].append(with_timestamps(fields, "created", "finished") | {"model": model})
    return records


def _correction_records(digit_keys: list[int]) -> dict[int, Record]:
    rows = Correction.objects.filter(digit__in=digit_keys).values("digit_id", "label", *REVIEW_FIELDS)
    return {row["digit_id"]: {"label": row["label"]} | _review_record(row) for row in rows}


def _number_records(drawing_keys: list[int]) -> dict[int, Record]:
    rows = NumberCorrection.objects.filter(drawing__in=drawing_keys).values("drawing_id", "text", *REVIEW_FIELDS)
    return {row["drawing_id"]: {"text": row["text"]} | _review_record(row) for row in rows}


def _review_record(row: Record) -> Record:
    """What an export says of a correction's review. A confirmation is written as readers of older files know it."""
    record = with_timestamps({name: row[name] for name in REVIEW_FIELDS}, "created", "changed", "reviewed")
    is_confirmed = row["review"] == Correction.Review.CONFIRMED
    return record | {"confirmed": is_confirmed} | ({"review": Correction.Review.WAITING.value} if is_confirmed else {})


def _drawing_record(drawing: Drawing, batch: uuid.UUID | None, digits: list[Record]) -> Record:
    original = {"name": original_name(drawing), "format": drawing.original_format}
    member = {"name": drawing.member, "at": drawing.member_at, "format": drawing.original_format, "page": drawing.page}
    return {
        "id": str(drawing.public_id),
        "origin": str(drawing.origin) if drawing.origin else None,
        "source": drawing.source,
        "created": timestamp(drawing.created),
        "revision": drawing.revision,
        "size": [drawing.width, drawing.height],
        "strokes": drawing.strokes,
        "pen": drawing.pen,
        "pointer": drawing.pointer,
        "one_digit": drawing.one_digit,
        "turned": drawing.turned,
        "true_label": drawing.true_label,
        "true_number": drawing.true_number,
        "sample_index": drawing.sample_index,
        "original": file_record(drawing.original, original) if drawing.original.name else None,
        "batch": str(batch) if batch else None,
        "member": member if batch else None,
        "digits": digits,
    }
