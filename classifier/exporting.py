"""Everything of a person's as files: JSON, CSV, MNIST's layout, and a ZIP with the originals and batches' archives.

Each is made while it is sent, a few hundred drawings at a time, so that 100,000 need no more memory than 100. A
drawing is read in one moment with all that belongs to it, and the file holds what was there when it was begun, less
what has been deleted meanwhile. `docs/export.md` describes the format, `data/export.schema.json` holds it to it.
"""

import base64
import csv
import io
import json
import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast
from zipfile import ZipFile, ZipInfo

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Func, Max, Model, QuerySet, Subquery
from django.db.models.fields.files import FieldFile
from django.http import QueryDict
from django.utils import timezone

from .errors import MalformedRequest
from .filters import chooses, filtered
from .models import (
    Batch,
    BatchFile,
    BatchQuerySet,
    Correction,
    Digit,
    DigitQuerySet,
    Drawing,
    ForeignVersion,
    ModelVersion,
    Prediction,
)
from .preprocessing import SIDE
from .zips import streamed_zip

SCHEMA, VERSION = "digitsite-export", 2
SCHEMA_FILE = Path(__file__).parent / "data" / "export.schema.json"
JSON_NAME = "digits.json"  # in the ZIP
ORIGINALS, BATCHES = "originals/", "batches/"  # folders in the ZIP

DRAWINGS_AT_ONCE = 200
ROWS_AT_ONCE = 200  # batches, and files of theirs that were not read
PICTURES_AT_ONCE = 500  # 28×28 pictures, 0.4 MB
PIECE = 2**16  # bytes sent at a time, about
CHOSEN_AT_MOST = 5000  # digits named one by one

Record = dict[str, Any]
Row = TypeVar("Row", bound=Model)
log = logging.getLogger(__name__)


# --- what is taken out ----------------------------------------------------------------------------


def chosen(owner: User, filters: QueryDict, ids: list[str] | None = None) -> DigitQuerySet:
    """The owner's digits that a request asks for: those with these public ids, else those that its filters let by.

    Raises MalformedRequest for ids that are none, or too many, and for filters that make no sense.
    """
    if ids is None:
        return filtered(owner, filters)
    if not 0 < len(ids) <= CHOSEN_AT_MOST:
        raise MalformedRequest(f"Choose at least one digit, and at most {CHOSEN_AT_MOST:,}.")
    try:
        return Digit.objects.owned_by(owner).filter(public_id__in={uuid.UUID(each) for each in ids})
    except ValueError:
        raise MalformedRequest("One of the chosen digits has a name that is none. Choose them again.") from None


def is_all(filters: QueryDict, ids: list[str] | None) -> bool:
    """Whether a request asks for everything: no digits by their names, and no filter in force."""
    return ids is None and not chooses(filters)


def _there_now(owner: User, digits: DigitQuerySet, is_all: bool) -> tuple[DigitQuerySet, BatchQuerySet]:
    """These digits, and the batches that they came from (or all batches), without what comes after this moment."""
    newest = _last_drawing(digits) or 0  # first: whatever batch it is of is there by then
    digits = digits.filter(drawing_id__lte=newest)
    last = Batch.objects.aggregate(last=Max("pk"))["last"] or 0
    batches = Batch.objects.owned_by(owner).filter(pk__lte=last)
    if not is_all:
        batches = batches.filter(pk__in=digits.order_by().values("drawing__batch"))
    return digits, batches


@contextmanager
def _one_moment() -> Iterator[None]:
    """What is read inside is of one moment, without holding up those who write."""
    if connection.in_atomic_block:  # somebody else has begun
        yield
        return
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED" if is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _versions(owner: User) -> dict[str, dict[int, Record]]:
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


# --- drawings as records --------------------------------------------------------------------------

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
_ANSWERED = tuple(name for name in _OF_PREDICTION if name not in ("digit_id", "model_version_id", "foreign_version_id"))


def records(digits: DigitQuerySet, versions: dict[str, dict[int, Record]]) -> Iterator[list[Record]]:
    """The drawings of these digits, the oldest first, some at a time, each with those of its digits alone."""
    newest = _last_drawing(digits)
    last = 0
    while newest:
        with _one_moment():
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


def _last_drawing(digits: DigitQuerySet) -> int | None:
    return digits.order_by("-drawing_id").values_list("drawing_id", flat=True).first()


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
        answered = {name: row[name] for name in _ANSWERED} | {"model": model}
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
        "created": _date(drawing.created),
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
        row[name] = _date(row[name])
    return row


def _date(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


# --- batches as records ---------------------------------------------------------------------------

_OF_BATCH = (
    *("name", "status", "message", "created", "started", "finished", "one_digit", "size", "total", "read", "failed"),
    *("digits", "unsure", "refused", "labelled", "right", "confusion"),
)


def _in_turn(rows: "QuerySet[Row]") -> Iterator[Row]:
    """Rows, the oldest first, some at a time."""
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_AT_ONCE]):
        yield from some
        last = some[-1].pk


def _batch(batch: Batch) -> Record:
    names = {"id": str(batch.public_id), "origin": str(batch.origin) if batch.origin else None}
    said = {name: getattr(batch, name) for name in _OF_BATCH}
    kept = _file(batch.file, {"name": archive_name(batch)}) if batch.file.name else None
    return names | _dated(said, "created", "started", "finished") | {"archive": kept}


def archive_name(batch: Batch) -> str:
    """Its name in the ZIP."""
    return f"{BATCHES}{batch.public_id}.zip"


def _unread(batches: BatchQuerySet) -> Iterator[Record]:
    """The files of these batches in which no digit was found."""
    for batch in _in_turn(batches.filter(failed__gt=0).only("pk", "public_id")):
        for file in _in_turn(BatchFile.objects.filter(batch=batch)):
            name = str(batch.public_id)
            yield {"batch": name, "member": file.name, "reason": file.reason, "sentence": file.sentence}


# --- originals ------------------------------------------------------------------------------------


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


def _originals(digits: DigitQuerySet) -> Iterator[Drawing]:
    """The drawings of these digits that came as a file, the oldest first."""
    newest, last = _last_drawing(digits), 0
    while newest:
        wanted = digits.filter(drawing_id__gt=last, drawing_id__lte=newest).exclude(drawing__original="")
        keys = list(wanted.order_by("drawing_id").values_list("drawing_id", flat=True).distinct()[:DRAWINGS_AT_ONCE])
        if not keys:
            return
        yield from Drawing.objects.filter(pk__in=keys).defer("strokes").order_by("pk")
        last = keys[-1]


# --- JSON -----------------------------------------------------------------------------------------


def as_json(owner: User, digits: DigitQuerySet, *, is_all: bool = True) -> Iterator[bytes]:
    """One JSON document with a drawing on each line. What can go wrong does so before the first piece is asked for.

    is_all: with all of the owner's batches; else with those that the digits came from alone.
    """
    return _as_json(owner, *_there_now(owner, digits, is_all))


def _as_json(owner: User, digits: DigitQuerySet, batches: BatchQuerySet) -> Iterator[bytes]:
    versions = _versions(owner)
    head = {
        "schema": SCHEMA,
        "version": VERSION,
        "exported": _date(timezone.now()),
        "count": digits.order_by().values("drawing_id").distinct().count(),
        "models": [model for known in versions.values() for model in known.values()],
    }
    lists = {
        "batches": map(_batch, _in_turn(batches)),  # first, so that a reader knows them when drawings name them
        "drawings": chain.from_iterable(records(digits, versions)),
        "unread": _unread(batches),
    }
    return _in_pieces(_json_lines(head, lists))


def _json_lines(head: Record, lists: Mapping[str, Iterable[Record]]) -> Iterator[bytes]:
    yield _packed(head)[:-1]
    for name, found in lists.items():
        yield f',\n"{name}":['.encode()
        before = b"\n"
        for record in found:
            yield before + _packed(record)
            before = b",\n"
        yield b"\n]"
    yield b"}\n"


def _packed(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":"), allow_nan=False).encode()


def _in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about PIECE: fewer steps for whoever sends them."""
    waiting, size = list[bytes](), 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


# --- CSV ------------------------------------------------------------------------------------------

COLUMNS = [
    *("digit", "drawing", "position", "created", "source", "status", "verdict", "reason", "read_as", "confidence"),
    *(f"p{label}" for label in range(10)),
    *("model", "model_sha256", "corrected_to", "corrected", "review", "true_label", "preprocessing_version"),
]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a text begins that a spreadsheet would reckon out


def plain(text: str) -> str:
    """A text from elsewhere, so that a spreadsheet takes it for one."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(owner: User, digits: DigitQuerySet) -> Iterator[bytes]:
    """A line for each digit, with the answer to its drawing's newest revision."""
    versions = _versions(owner)
    return _in_pieces(_csv_lines(digits, versions))


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
    answer = current[-1] if current else dict.fromkeys((*_ANSWERED, "model"))
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


# --- MNIST's layout -------------------------------------------------------------------------------


def as_npz(digits: DigitQuerySet) -> Iterator[bytes]:
    """Those of these digits that were corrected to a digit, as mnist.npz has its own; the test arrays are empty.

    Pictures and labels are read by one statement, so they fit each other and the length that is written before.
    """
    corrected = digits.filter(correction__label__isnull=False).order_by()
    total = Subquery(corrected.annotate(total=Func("pk", function="COUNT")).values("total"))
    rows = corrected.order_by("pk").annotate(total=total).values_list("total", "pixels", "correction__label")
    return streamed_zip(lambda archive: _npz_members(archive, rows), PIECE)


def _npz_members(archive: ZipFile, rows: QuerySet[Any, Any]) -> Iterator[None]:
    found = rows.iterator(PICTURES_AT_ONCE)
    with closing(found):  # type: ignore[type-var]  # it is a generator
        first = next(found, None)
        count = first[0] if first else 0
        labels = bytearray()
        with archive.open("x_train.npy", "w", force_zip64=True) as file:
            file.write(_npy_head((count, SIDE, SIDE)))
            row = first
            while row is not None:
                _, pixels, label = row
                file.write(pixels)
                labels.append(label)
                yield
                row = next(found, None)
    archive.writestr("y_train.npy", _npy_head((count,)) + labels)
    archive.writestr("x_test.npy", _npy_head((0, SIDE, SIDE)))
    archive.writestr("y_test.npy", _npy_head((0,)))
    yield


def _npy_head(shape: tuple[int, ...]) -> bytes:
    """What stands before the bytes of an array of uint8. Source: NumPy's own description, numpy.lib.format."""
    words = repr({"descr": "|u1", "fortran_order": False, "shape": shape}).encode("latin1")
    room = -(10 + len(words) + 1) % 64
    return b"\x93NUMPY\x01\x00" + (len(words) + room + 1).to_bytes(2, "little") + words + b" " * room + b"\n"


# --- all of it ------------------------------------------------------------------------------------


def as_zip(owner: User, digits: DigitQuerySet, *, is_all: bool = True) -> Iterator[bytes]:
    """The JSON and the files it names: what an import takes. A missing file is noted in the JSON. is_all: as_json."""
    digits, batches = _there_now(owner, digits, is_all)
    document = _as_json(owner, digits, batches)
    return streamed_zip(lambda archive: _all_members(archive, document, digits, batches), PIECE)


def _all_members(
    archive: ZipFile, document: Iterator[bytes], digits: DigitQuerySet, batches: BatchQuerySet
) -> Iterator[None]:
    with archive.open(JSON_NAME, "w", force_zip64=True) as file:
        for piece in document:
            file.write(piece)
            yield
    for drawing in _originals(digits):
        yield from _add_file(archive, original_name(drawing), drawing.created, drawing.original)
    for batch in _in_turn(batches.exclude(file="")):
        yield from _add_file(archive, archive_name(batch), batch.created, batch.file)


def _add_file(archive: ZipFile, name: str, made: datetime, file: FieldFile) -> Iterator[None]:
    try:
        source = cast(BinaryIO, file.storage.open(file.name or "", "rb"))
    except OSError as error:  # gone since the JSON was written, or noted there already
        log.warning("%s cannot be exported: %s", file.name, error)
        return
    member = ZipInfo(name, made.timetuple()[:6])  # stored: pictures are packed already
    with source, archive.open(member, "w", force_zip64=True) as target:
        yield from _copied(source, target.write)


def _copied(source: BinaryIO, write: Callable[[bytes], Any]) -> Iterator[None]:
    """Copy a file piece by piece. What cannot be read to its end ends early; an import then sees its length."""
    while True:
        try:
            piece = source.read(PIECE)
        except OSError as error:
            log.warning("A file cannot be read to its end: %s", error)
            return
        if not piece:
            return
        write(piece)
        yield
