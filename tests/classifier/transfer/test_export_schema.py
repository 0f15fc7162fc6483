"""The published schema: every export matches it, and an import rejects what it rejects.

The tests check with another library than the import, so a mistake in either shows.
"""

import copy
import re
import uuid
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from classifier.decoding.formats import FORMATS
from classifier.models import Batch, BatchFile, Correction, Drawing, ImportProblem, NumberReading, Prediction
from classifier.recognition.lines.alphabet import CHARACTERS
from classifier.recognition.lines.judging import NumberVerdict
from classifier.recognition.verdict import Verdict
from classifier.transfer.export_format import SCHEMA
from classifier.transfer.importing import chunks
from classifier.transfer.importing.reading.documents import KNOWN_VERSIONS
from tests.exports import (
    EXPORT_SCHEMA,
    a_batch,
    document,
    drawing,
    drawing_of_batch,
    number_correction,
    number_reading,
    unread,
)
from tests.importing import imported

pytestmark = pytest.mark.django_db
DEFINITIONS = EXPORT_SCHEMA["$defs"]
MISSING = object()
WRONG = [MISSING, None, True, -1, 1.5, 10**12, 1e300, "x", "x" * 2000, [], [None] * 2000, {}, {"x": "y"}]


def validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": DEFINITIONS})


def mutants(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Paths in a JSON value, each with everything that WRONG puts there."""
    for wrong in WRONG if path else ():
        yield path, wrong
    if isinstance(value, dict):
        for key, each in value.items():
            yield from mutants(each, (*path, key))
    elif isinstance(value, list) and value:
        yield from mutants(value[0], (*path, 0))


def mutated(value: Any, path: tuple[str | int, ...], wrong: Any) -> Any:
    changed = copy.deepcopy(value) | {"id": str(uuid.uuid4())}
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    if wrong is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = wrong
    return changed


def test_schema_is_valid():
    jsonschema.Draft202012Validator.check_schema(EXPORT_SCHEMA)


def test_choices_are_those_of_the_models():
    properties = {kind: DEFINITIONS[kind]["properties"] for kind in ("drawing", "batch", "prediction", "correction")}
    assert properties["drawing"]["source"]["enum"] == Drawing.Source.values
    assert properties["prediction"]["verdict"]["enum"] == ["", *Verdict]
    assert {*properties["prediction"]["status"]["enum"]} == {*Prediction.Status.values} - {"running"}
    assert {*properties["batch"]["status"]["enum"]} == {*Batch.Status.values} - {"deleted"}
    # A confirmation has a key of its own, which older readers ignore.
    reviews = [*Correction.Review.values]
    reviews.remove("confirmed")
    assert properties["correction"]["review"]["enum"] == reviews
    assert DEFINITIONS["number_correction"]["properties"]["review"]["enum"] == reviews
    assert DEFINITIONS["number_verdict"]["enum"] == [*NumberVerdict] == NumberReading.Verdict.values
    for name, signs in (("row_text", CHARACTERS), ("number_reading", f"{CHARACTERS}\n")):
        schema = DEFINITIONS[name] if name == "row_text" else DEFINITIONS[name]["properties"]["text"]
        pattern = schema["pattern"].replace("$", r"\Z")
        assert {each for each in map(chr, range(128)) if re.search(pattern, each)} == {*signs}
    assert DEFINITIONS["format"]["enum"] == [*FORMATS]
    assert EXPORT_SCHEMA["properties"]["schema"]["const"] == SCHEMA
    assert EXPORT_SCHEMA["properties"]["version"]["enum"] == [*KNOWN_VERSIONS]


@pytest.mark.parametrize(
    "given",
    [
        drawing(),
        drawing_of_batch(),
        drawing(number_correction=number_correction()),
        drawing(number_reading=number_reading()),
    ],
)
def test_an_import_rejects_the_drawings_that_the_schema_rejects(given, owner, monkeypatch):
    monkeypatch.setattr(chunks, "MAX_PROBLEMS", 10_000)
    drawings = [mutated(given, *mutant) for mutant in mutants(given)]
    is_valid = validator("drawing").is_valid
    wrong = {number for number, each in enumerate(drawings, 1) if not is_valid(each)}
    job = imported(owner, document(*drawings, batches=[a_batch()]))
    assert (job.status, job.seen) == ("done", len(drawings)), job.error
    assert len(wrong) > 300
    assert wrong <= set(ImportProblem.objects.values_list("drawing", flat=True))


def test_an_import_rejects_the_batches_that_the_schema_rejects(owner, monkeypatch):
    monkeypatch.setattr(chunks, "MAX_PROBLEMS", 10_000)
    batches = [mutated(a_batch(), *mutant) for mutant in mutants(a_batch())]
    is_valid = validator("batch").is_valid
    wrong = [each for each in batches if not is_valid(each)]
    job = imported(owner, document(batches=batches))
    assert job.status == "done", job.error
    assert len(wrong) > 200
    assert job.remarks >= len(wrong)
    refused = {str(each.get("id")) for each in wrong if not is_valid(each | {"archive": None})}
    assert not refused & {str(origin) for origin in Batch.objects.values_list("origin", flat=True)}


def test_an_import_rejects_the_unread_files_that_the_schema_rejects(owner):
    files = [mutated(unread(), *mutant) for mutant in mutants(unread())]
    is_valid = validator("unread").is_valid
    wrong = [each for each in files if not is_valid(each)]
    job = imported(owner, document(drawing(), batches=[a_batch()], unread=files))
    assert (job.status, job.brought) == ("done", 1)
    assert job.remarks >= len(wrong) > 20
    assert BatchFile.objects.count() == len(files) - job.remarks


def test_an_import_rejects_the_head_that_the_schema_rejects(owner):
    whole = jsonschema.Draft202012Validator(EXPORT_SCHEMA)
    head = {key: value for key, value in document().items() if key not in ("batches", "drawings", "unread")}
    refused = 0
    for path, wrong in mutants(head):
        data = {key: value for key, value in mutated(head, path, wrong).items() if key != "id"} | {"drawings": []}
        if not whole.is_valid(data):
            assert imported(owner, data).status == "failed", (path, wrong)
            refused += 1
    assert refused > 50
