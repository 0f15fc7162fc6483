"""A varied account, its exports, and exports written by hand."""

import base64
import io
import json
import uuid
import zipfile
from datetime import timedelta
from typing import Any

import jsonschema
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from classifier.digits import corrections, intake
from classifier.models import Correction, Digit, Drawing, ForeignVersion, ModelVersion, Prediction
from classifier.transfer.export_format import SCHEMA_FILE
from classifier.transfer.exporting import archives, documents
from tests.factories import FORTY_SEVEN, answered, drawn_digit, picture, sketch

DIFFERS = {"exported", "id", "origin", "batch", "review", "reviewed"}
OPTIONAL = {
    "missing",
    "ways_in",
    "sheets",
    "stacks",
    "stack_pages",
}  # only where there are any, or in exports of everything
EXPORT_SCHEMA = json.loads(SCHEMA_FILE.read_text())


def _strict(schema: Any) -> Any:
    """The stricter schema of this site's own exports, which have every known key, but for OPTIONAL, and no other."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(each) for key, each in schema.items()}
    if "required" in schema and "properties" in schema and "type" in schema:
        strict["required"] = [name for name in schema["properties"] if name not in OPTIONAL]
        strict["additionalProperties"] = False
    return strict


WRITTEN = jsonschema.Draft202012Validator(_strict(EXPORT_SCHEMA))


def fill(owner: User, version: ModelVersion) -> None:
    """Stores a number in its second revision, a corrected 7, a refused picture with its file, and a sample.

    They are answered at distinctive times; the 7 also by a version of another site.
    """
    number = uuid.uuid4()
    intake.save_drawing(owner, sketch(FORTY_SEVEN[:2]), drawing_id=number, revision=1)
    _answer(version)
    intake.save_drawing(owner, sketch(FORTY_SEVEN), drawing_id=number, revision=2, pointer="pen")
    corrected = drawn_digit(owner)
    upload = SimpleUploadedFile("seven.png", picture())
    intake.accept_picture(owner, upload, Drawing.Source.CAMERA, one_digit=True)
    sample = intake.accept_sample(owner, 3)
    _answer(version)
    corrections.correct(corrected, 1)
    corrections.correct(sample, None)
    foreign = ForeignVersion.objects.create(owner=owner, name="elsewhere", architecture="a", tflite_sha256="e" * 64)
    long_ago = timezone.now() - timedelta(days=400, microseconds=7)
    Prediction.objects.create(
        digit=corrected, revision=1, preprocessing_version=1, **_by(foreign), created=long_ago, finished=long_ago
    )
    refused = Prediction.objects.filter(digit__drawing__source="camera")
    refused.update(verdict="not_a_digit", reason="picture", candidates=[])
    for days, drawing in enumerate(Drawing.objects.owned_by(owner)):
        Drawing.objects.filter(pk=drawing.pk).update(created=long_ago + timedelta(days=days))
    Correction.objects.filter(digit=corrected).update(created=long_ago, changed=long_ago, review="accepted")


def _answer(version: ModelVersion) -> None:
    Prediction.objects.waiting().update(**answered(version), finished=timezone.now())


def _by(foreign: ForeignVersion) -> dict[str, Any]:
    fields = answered(None, label=2)  # type: ignore[arg-type]
    return {name: value for name, value in fields.items() if name != "model_version"} | {"foreign_version": foreign}


def exported(owner: User) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(b"".join(documents.as_json(owner, Digit.objects.owned_by(owner))))
    return document


def zipped(owner: User) -> bytes:
    return b"".join(archives.as_zip(owner, Digit.objects.owned_by(owner)))


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def without_names(value: Any) -> Any:
    """An export without the fields in which copies may differ; of an original's name, only the suffix is kept."""
    if isinstance(value, list):
        return [without_names(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without_names(each) for key, each in value.items() if key not in DIFFERS}
    if "bytes" in kept:
        kept["name"] = kept["name"].rpartition(".")[2]
    return kept


def document(*drawings: Any, **changed: Any) -> dict[str, Any]:
    """An export written by hand, of these drawings."""
    head = {"schema": "digitsite-export", "version": 2, "exported": "2026-11-22T10:00:00Z", "count": len(drawings)}
    models = [{"name": "theirs", "architecture": "net", "sha256": "a" * 64}]
    end = {"drawings": list(drawings)} | {name: changed.pop(name, []) for name in ("unread", "staff_acts")}
    return head | {"models": models, "batches": []} | changed | end


def drawing(**changed: Any) -> dict[str, Any]:
    """A drawing of an export, with one answered digit; `digit=` and `prediction=` change parts of it."""
    prediction = {
        "revision": 1,
        "model": "a" * 64,
        "preprocessing_version": 2,
        "status": "done",
        "verdict": "digit",
        "reason": "",
        "candidates": [7],
        "label": 7,
        "confidence": 0.91,
        "probabilities": [0.91 if label == 7 else 0.01 for label in range(10)],
        "logits": None,
        "inference_ms": 0.1,
        "created": "2026-01-02T03:04:05.000006Z",
        "finished": "2026-01-02T03:04:06Z",
        "error": "",
    }
    digit = {
        "id": str(uuid.uuid4()),
        "position": 0,
        "box": [1, 2, 3, 4],
        "pixels": base64.b64encode(bytes(784)).decode(),
        "hints": {"is_sketch": True, "shapes": 1},
        "preprocessing_version": 2,
        "predictions": [prediction | changed.pop("prediction", {})],
        "correction": None,
    }
    return {
        "id": str(uuid.uuid4()),
        "origin": None,
        "source": "draw",
        "created": "2026-01-02T03:04:05Z",
        "revision": 1,
        "size": [280, 280],
        "strokes": [[[60, 60], [220, 60], [130, 230]]],
        "pen": 18.0,
        "pointer": "mouse",
        "one_digit": False,
        "turned": 0,
        "true_label": None,
        "true_number": "",
        "sample_index": None,
        "original": None,
        "batch": None,
        "member": None,
        "number_correction": None,
        "number_reading": None,
        "digits": [digit | changed.pop("digit", {})],
    } | changed


def number_correction(**changed: Any) -> dict[str, Any]:
    moment = "2026-01-02T03:04:05.000006Z"
    dates = {"created": moment, "changed": moment, "reviewed": None}
    return {"text": "3.5", "review": "waiting", "confirmed": False, **dates} | changed


def number_reading(**changed: Any) -> dict[str, Any]:
    """Of a "7," with a currency sign before it."""
    characters = [{"character": "7", "box": [50, 50, 230, 240]}, {"character": ",", "box": [240, 220, 250, 260]}]
    row = {
        "text": "7,",
        "verdict": "unsure",
        "reason": "close",
        "confidence": 0.8,
        "alternatives": [{"text": "7,", "confidence": 0.8}, {"text": "7", "confidence": 0.1}],
        "left_out": 1,
        "characters": characters,
    }
    whole = {"revision": 1, "model": "a" * 64, "text": "7,", "verdict": "unsure", "confidence": 0.8, "elapsed_ms": 4.5}
    return whole | {"rows": [row]} | changed


BATCH = "b" * 8 + "-0000-4000-8000-" + "b" * 12


def a_batch(**changed: Any) -> dict[str, Any]:
    """A batch of one file that was read and another that was not."""
    counts = {"total": 2, "read": 1, "failed": 1, "digits": 1, "unsure": 0, "refused": 0, "labelled": 1, "right": 1}
    confusion = [[int(row == column == 7) for column in range(11)] for row in range(10)]
    moment = "2026-01-02T03:04:05.000006Z"
    batch = {"id": BATCH, "origin": None, "name": "theirs.zip", "status": "done", "message": "", "created": moment}
    batch |= {"started": moment, "finished": moment, "one_digit": False, "size": 1000, "confusion": confusion}
    batch |= {"numbers": 0, "numbers_right": 0, "label_problems": {"label_missing": 1}}
    return batch | counts | {"archive": {"name": f"batches/{BATCH}.zip", "bytes": 1000}} | changed


def drawing_of_batch(**changed: Any) -> dict[str, Any]:
    """A drawing of that batch."""
    member = {"name": "7/a.png", "at": None, "format": "PNG", "page": None}
    given = {"source": "batch", "strokes": None, "pen": None, "pointer": "", "batch": BATCH, "member": member}
    return drawing(**given | changed)


def unread(**changed: Any) -> dict[str, Any]:
    """The file of that batch that was not read."""
    return {"batch": BATCH, "member": "x.txt", "reason": "unsupported_format", "sentence": "Not a picture."} | changed
