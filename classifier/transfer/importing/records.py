"""What an export says of one drawing or batch, checked, as rows that are not saved yet.

Everything is looked at as if somebody had written it by hand to break something: whatever the site relies on
elsewhere is asked for here. Raises Unusable with the sentence that says what is wrong.
"""

import base64
import binascii
import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.utils import timezone

from classifier.decoding.picture_files import FORMATS
from classifier.digits.corrections import is_held_back
from classifier.errors import ImportRefused
from classifier.models import (
    PIXELS,
    Batch,
    BatchFile,
    Correction,
    Digit,
    Drawing,
    ForeignVersion,
    ModelVersion,
    Prediction,
)
from classifier.recognition.errors import InvalidInput
from classifier.recognition.preprocessing.strokes import parse_sketch

from .documents import Unusable

MOST_MODELS = 1000
MOST_DIGITS = 100  # of one drawing
MOST_PREDICTIONS = 1000  # of one digit
MOST_HINTS = 40
LARGEST_SIDE = 200_000  # px
LARGEST = 2**31 - 1
LARGEST_FILE = 2**53  # bytes
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
SHARE = 1 + 1e-6  # at most; sums of floats are not exact

T = TypeVar("T")

Status, Verdict = Prediction.Status, Prediction.Verdict
Versions = Mapping[str, ModelVersion | ForeignVersion]  # by checksum


@dataclass
class Brought:
    """One drawing with all that belongs to it; nothing of it is saved."""

    drawing: Drawing
    digits: list[Digit]
    predictions: list[Prediction]
    corrections: list[Correction]
    original: dict[str, Any] | None  # what is said of the file as it came
    batch: uuid.UUID | None = None  # what the file calls the batch that it is of
    member_at: object = None  # where its file is said to stand in the archive: to be believed of none


@dataclass(frozen=True)
class Model:
    name: str
    architecture: str
    sha256: str


def models_of(head: dict[str, Any]) -> list[Model]:
    """The versions that the drawings' predictions name. Raises ImportRefused."""
    given = head.get("models", [])
    try:
        if not isinstance(given, list) or len(given) > MOST_MODELS:
            raise Unusable(f"models must be a list of at most {MOST_MODELS:,}.")
        found = [_model(each) for each in given]
    except Unusable as error:
        raise ImportRefused(f"The list of models in this export cannot be used. {error}") from None
    if len({model.sha256 for model in found}) < len(found):
        raise ImportRefused("The list of models in this export has a checksum twice.")
    return found


def _model(given: Any) -> Model:
    data = _object(given, "Each of the models")
    name, architecture = _text(data, "name", 100), _text(data, "architecture", 100)
    sha256 = data.get("sha256")
    if not name or not isinstance(sha256, str) or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise Unusable("Each of them needs a name, and its SHA-256 in 64 hexadecimal digits.")
    return Model(name, architecture, sha256)


def announced(head: dict[str, Any]) -> int:
    """How many drawings the file says it has, for a progress bar: it need not be true."""
    count = head.get("count")
    return count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= LARGEST else 0


def origin_of(given: Any, what: str = "A drawing") -> uuid.UUID:
    """The name of a drawing, or a batch, where it was made first: what it is known by, wherever it goes."""
    if isinstance(given, Unusable):
        raise given
    data = _object(given, what)
    return _uuid(data, "origin") if data.get("origin") is not None else _uuid(data, "id")


def brought(given: Any, *, owner: User, namespace: uuid.UUID, versions: Versions) -> Brought:
    """The rows of one drawing. namespace: of the import, so that whoever repeats it makes the same names."""
    origin = origin_of(given)
    data = _object(given, "A drawing")
    drawing = _drawing(data, owner, origin)
    drawing.public_id = uuid.uuid5(namespace, f"drawing {origin}")
    found = Brought(drawing, [], [], [], None)
    if data.get("original") is not None:
        found.original = _object(data["original"], "original")
    if data.get("batch") is not None:
        _add_member(found, data)
    digits = data.get("digits")
    if not isinstance(digits, list) or not 1 <= len(digits) <= MOST_DIGITS:
        raise Unusable(f"digits must be a list of 1 to {MOST_DIGITS}.")
    for each in digits:
        _add_digit(found, _object(each, "Each digit"), namespace, versions)
    if len({digit.position for digit in found.digits}) < len(found.digits):
        raise Unusable("Two of its digits have the same position.")
    return found


def _add_member(found: Brought, data: dict[str, Any]) -> None:
    if found.original is not None:
        raise Unusable("A drawing of a batch has no original of its own.")
    member = _object(data.get("member"), "member")
    found.batch, found.member_at = _uuid(data, "batch"), member.get("at")
    found.drawing.member = _text(member, "name", 255)
    found.drawing.original_format = original_format(member)


def _drawing(data: dict[str, Any], owner: User, origin: uuid.UUID) -> Drawing:
    width, height = _list_of(data, "size", 2, lambda value: _is_whole(value, 1, LARGEST_SIDE))
    strokes, pen = data.get("strokes"), data.get("pen")
    if strokes is not None:
        # The pad's sides were rounded when it was stored, so a pen of half the pad may be a little more than that now.
        widest = min(width, height) / 2
        checked_pen = widest if _is_number(pen) and widest < pen <= widest + 0.5 else pen
        try:
            sketch = parse_sketch(strokes, [width, height], checked_pen)
        except InvalidInput as error:
            raise Unusable(str(error)) from None
        if not sketch.strokes:
            raise Unusable("strokes must not be empty; without any it is null.")
        strokes, pen = sketch.strokes, float(pen or 0)
    return Drawing(
        owner=owner,
        origin=origin,
        source=_one_of(data, "source", Drawing.Source.values),
        created=_date(data, "created"),
        revision=_whole(data, "revision", 1, LARGEST),
        strokes=strokes,
        width=width,
        height=height,
        pen=pen if strokes is not None else None,
        pointer=_one_of(data, "pointer", ["", "mouse", "touch", "pen"]),
        one_digit=_bool(data, "one_digit"),
        true_label=_maybe(_whole, data, "true_label", 0, 9),
        sample_index=_maybe(_whole, data, "sample_index", 0, LARGEST),
    )


def _add_digit(found: Brought, data: dict[str, Any], namespace: uuid.UUID, versions: Versions) -> None:
    digit = Digit(
        public_id=uuid.uuid5(namespace, f"digit {found.drawing.origin} {_whole(data, 'position', 0, MOST_DIGITS)}"),
        drawing=found.drawing,
        position=data["position"],
        box=None if data.get("box") is None else _box(data),
        pixels=_pixels(data),
        hints=_hints(data),
        preprocessing_version=_whole(data, "preprocessing_version", 0, 32_767),
    )
    found.digits.append(digit)
    predictions = data.get("predictions")
    if not isinstance(predictions, list) or len(predictions) > MOST_PREDICTIONS:
        raise Unusable(f"predictions must be a list of at most {MOST_PREDICTIONS:,}.")
    mine = [_prediction(_object(each, "Each prediction"), digit, versions) for each in predictions]
    answered = {(each.revision, each.model_version_id, each.foreign_version_id) for each in mine}
    if len(answered) < len(mine):
        raise Unusable("Two predictions of a digit are of the same revision and model.")
    found.predictions += mine
    if data.get("correction") is not None:
        found.corrections.append(_correction(_object(data["correction"], "correction"), digit))


def _box(data: dict[str, Any]) -> list[int]:
    box: list[int] = _list_of(data, "box", 4, lambda value: _is_whole(value, -LARGEST_SIDE, LARGEST_SIDE))
    return box


def _pixels(data: dict[str, Any]) -> bytes:
    given = data.get("pixels")
    try:
        pixels = base64.b64decode(given, validate=True) if isinstance(given, str) else b""
    except (binascii.Error, ValueError):
        pixels = b""
    if len(pixels) != PIXELS:
        raise Unusable(f"pixels must be {PIXELS} bytes in base64: 28 rows of 28.")
    return pixels


# What preprocessing notices (see preprocessing.FoundDigit) and others reckon with.
_NUMBERS = ("shapes", "others", "aspect", "stroke_width", "ink", "contrast", "strokes", "way", "lines", "size")
_FLAGS = ("is_sketch", "touches_edge", "is_photo")


def _hints(data: dict[str, Any]) -> dict[str, Any]:
    hints = _object(data.get("hints", {}), "hints")
    if len(hints) > MOST_HINTS or not all(re.fullmatch("[a-z_]{1,40}", name, re.ASCII) for name in hints):
        raise Unusable(f"hints must be at most {MOST_HINTS}, each with a name of small letters.")
    for name, value in hints.items():
        is_right = (
            isinstance(value, bool)
            if name in _FLAGS
            else _is_number(value)
            if name in _NUMBERS
            else isinstance(value, bool) or _is_number(value) or value is None
        )
        if not is_right:
            raise Unusable(f"The hint {name} is not what it should be.")
    return hints


def _prediction(data: dict[str, Any], digit: Digit, versions: Versions) -> Prediction:
    status = _one_of(data, "status", [*Status.values, "running"])  # the format allows it; no release wrote it
    sha256 = data.get("model")
    version = versions.get(sha256) if isinstance(sha256, str) else None
    if sha256 is not None and version is None:
        raise Unusable("A prediction names a model that is not in the export's list.")
    if status == "running":
        status = Status.QUEUED.value
    prediction = Prediction(
        digit=digit,
        revision=_whole(data, "revision", 1, digit.drawing.revision),
        model_version=version if isinstance(version, ModelVersion) else None,
        foreign_version=version if isinstance(version, ForeignVersion) else None,
        preprocessing_version=_whole(data, "preprocessing_version", 0, 32_767),
        status=status,
        verdict=_one_of(data, "verdict", ["", *Verdict.values]),
        reason=_text(data, "reason", 30, "[a-z_]*"),
        candidates=_candidates(data),
        label=_maybe(_whole, data, "label", 0, 9),
        confidence=_maybe(_number, data, "confidence", 0, SHARE),
        probabilities=_maybe(_probabilities, data, "probabilities"),
        logits=_maybe(_logits, data, "logits"),
        inference_ms=_maybe(_number, data, "inference_ms", 0, 1e9),
        created=_date(data, "created"),
        finished=_maybe(_date, data, "finished"),
        error=_text(data, "error", 200),
    )
    whole = (prediction.label, prediction.confidence, prediction.probabilities, version)
    if status == Status.DONE and None in whole:
        raise Unusable("A finished prediction needs a model, a label, a confidence and ten probabilities.")
    if status == Status.QUEUED and version is not None:
        raise Unusable("A prediction that waits cannot have a model.")
    if status == Status.QUEUED and prediction.revision != digit.drawing.revision:
        raise Unusable("A prediction that waits must be of the drawing's newest revision.")
    return prediction


def _candidates(data: dict[str, Any]) -> list[int]:
    given = data.get("candidates")
    if not isinstance(given, list) or len(given) > 10 or not all(_is_whole(value, 0, 9) for value in given):
        raise Unusable("candidates must be a list of digits.")
    return given


def _probabilities(data: dict[str, Any], name: str) -> list[float]:
    given: list[float] = _list_of(data, name, 10, lambda value: _is_number(value) and 0 <= value <= SHARE)
    if abs(sum(given) - 1) > 0.01:
        raise Unusable("probabilities must add up to 1.")
    return given


def _logits(data: dict[str, Any], name: str) -> list[float]:
    logits: list[float] = _list_of(data, name, 10, _is_number)
    return logits


def _correction(data: dict[str, Any], digit: Digit) -> Correction:
    """It waits for review, whatever it did elsewhere: staff of this site have not seen it."""
    correction = Correction(
        digit=digit,
        label=_maybe(_whole, data, "label", 0, 9),
        created=_date(data, "created"),
        held_back=is_held_back(digit),
    )
    correction.changed = _date(data, "changed")
    return correction


def original_format(said: dict[str, Any]) -> str:
    return _one_of(said, "format", list(FORMATS))


STILL_READ = "It was still being read when it was exported; this is what had been read."


def batch_of(given: Any, *, owner: User, namespace: uuid.UUID) -> tuple[Batch, dict[str, Any] | None]:
    """A batch, which has ended whatever it did elsewhere, and what is said of its archive. namespace: see brought."""
    origin = origin_of(given, "A batch")
    data = _object(given, "A batch")
    ended = (Batch.Status.DONE, Batch.Status.CANCELLED, Batch.Status.FAILED)
    status = _one_of(data, "status", [Batch.Status.QUEUED.value, Batch.Status.RUNNING.value, *ended])
    message, finished = _text(data, "message", 300), _maybe(_date, data, "finished")
    if status not in ended:
        status, message, finished = Batch.Status.CANCELLED.value, message or STILL_READ, timezone.now()
    counts = {name: _whole(data, name, 0, LARGEST) for name in _COUNTS}
    batch = Batch(
        public_id=uuid.uuid5(namespace, f"batch {origin}"),
        owner=owner,
        origin=origin,
        name=_text(data, "name", 255) or "archive.zip",
        status=status,
        created=_date(data, "created"),
        started=_maybe(_date, data, "started"),
        finished=finished,
        message=message,
        one_digit=_bool(data, "one_digit"),
        size=_whole(data, "size", 0, LARGEST_FILE),
        position=0,  # nobody reads it any more
        confusion=_confusion(data),
        **counts,
    )
    if batch.read + batch.failed > batch.total or max(batch.unsure + batch.refused, batch.labelled) > batch.digits:
        raise Unusable("It says that more was read than there was.")
    hits = sum(row[label] for label, row in enumerate(batch.confusion))
    if (sum(map(sum, batch.confusion)), hits) != (batch.labelled, batch.right):
        raise Unusable("confusion does not add up to what was labelled, and right.")
    archive = None if data.get("archive") is None else _object(data["archive"], "archive")
    return batch, archive


_COUNTS = ("total", "read", "failed", "digits", "unsure", "refused", "labelled", "right")


def _confusion(data: dict[str, Any]) -> list[list[int]]:
    rows = _list_of(data, "confusion", 10, lambda row: isinstance(row, list) and len(row) == 11)
    if not all(_is_whole(count, 0, LARGEST) for row in rows for count in row):
        raise Unusable("confusion must be ten rows of eleven whole numbers.")
    return rows


def name_of(given: Any, name: str) -> uuid.UUID:
    """What the file calls a batch, by this key of a record."""
    if isinstance(given, Unusable):
        raise given
    return _uuid(_object(given, "Each of what could not be read"), name)


def unread_of(given: Any) -> BatchFile:
    """A file of a batch in which no digit was found; the batch itself is not filled in."""
    data = _object(given, "Each of what could not be read")
    return BatchFile(
        name=_text(data, "member", 255),
        reason=_text(data, "reason", 30, "[a-z0-9_]*"),
        sentence=_text(data, "sentence", 300),
    )


def _object(given: Any, what: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Unusable(f"{what} must be an object.")
    return given


def _maybe(check: Callable[..., T], data: dict[str, Any], name: str, *more: Any) -> T | None:
    return None if data.get(name) is None else check(data, name, *more)


def _is_number(value: Any) -> bool:
    """One that can be reckoned with: no NaN, and no integer of a thousand digits."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and -1e12 < value < 1e12 and math.isfinite(value)
    )


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _whole(data: dict[str, Any], name: str, low: int, high: int) -> int:
    value = data.get(name)
    if not isinstance(value, int) or not _is_whole(value, low, high):
        raise Unusable(f"{name} must be a whole number from {low} to {high}.")
    return value


def _number(data: dict[str, Any], name: str, low: float, high: float) -> float:
    value = data.get(name)
    if not isinstance(value, int | float) or not _is_number(value) or not low <= value <= high:
        raise Unusable(f"{name} must be a number from {low:g} to {high:g}.")
    return float(value)


def _bool(data: dict[str, Any], name: str) -> bool:
    value = data.get(name)
    if not isinstance(value, bool):
        raise Unusable(f"{name} must be true or false.")
    return value


def _list_of(data: dict[str, Any], name: str, count: int, is_right: Callable[[Any], bool]) -> list[Any]:
    value = data.get(name)
    if not isinstance(value, list) or len(value) != count or not all(map(is_right, value)):
        raise Unusable(f"{name} must be a list of {count} numbers that make sense.")
    return value


def _one_of(data: dict[str, Any], name: str, allowed: list[str]) -> str:
    value = data.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise Unusable(f"{name} must be one of: {', '.join(each or 'nothing' for each in allowed)}.")
    return value


def _text(data: dict[str, Any], name: str, most: int, pattern: str = ".*") -> str:
    value = data.get(name)
    if not isinstance(value, str) or len(value) > most or (value and not value.isprintable()):
        raise Unusable(f"{name} must be a text of at most {most} characters.")
    if not re.fullmatch(pattern, value, re.ASCII):
        raise Unusable(f"{name} has characters that it may not have.")
    return value


def _uuid(data: dict[str, Any], name: str) -> uuid.UUID:
    value = data.get(name)
    try:
        if isinstance(value, str) and len(value) == 36:
            return uuid.UUID(value)
    except ValueError:
        pass
    raise Unusable(f"{name} must be a UUID.")


def _date(data: dict[str, Any], name: str) -> datetime:
    value = data.get(name)
    try:
        if isinstance(value, str) and len(value) <= 40:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None and EARLIEST <= moment <= timezone.now() + timedelta(days=1):
                return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Unusable(f"{name} must be a date and time with its time zone, since 1990 and not in the future.")
