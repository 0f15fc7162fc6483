"""Files that somebody has made to break the import: each gets a sentence, and nothing of it does harm."""

import base64
import io
import json
import struct
import uuid
import zipfile
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.digits import predictions
from classifier.models import Drawing, Import, ImportProblem, ModelVersion
from classifier.transfer.importing import importer, jobs
from classifier.transfer.importing.reading import archive, json_stream
from tests.belongings import document, drawing
from tests.factories import picture

pytestmark = pytest.mark.django_db
MEDIA = Path(ModelVersion.tflite_file.field.storage.path(""))
HUGE = "9" * 5000


@pytest.fixture(autouse=True)
def _nothing_is_written_elsewhere():
    before = {*MEDIA.rglob("*")}
    yield
    left = {path.relative_to(MEDIA).parts[0] for path in MEDIA.rglob("*") if path.is_file() and path not in before}
    assert left <= {"models", "originals", "batches"}  # what was sent is gone when it was read


def imported(person, data: bytes, name: str = "x.json") -> Import:
    job = importer.run(jobs.request_import(person, SimpleUploadedFile(name, data)).public_id)
    assert job is not None
    assert job.is_final
    return job


def text(*drawings, **changed) -> bytes:
    return json.dumps(document(*drawings, **changed)).encode()


def digit(**changed):
    return {"digit": changed}


def said(**changed):
    return {"prediction": changed}


MOMENT = "2026-01-01T00:00:00Z"
CORRECTION = {"label": 1, "created": MOMENT, "changed": MOMENT, "review": "waiting", "reviewed": None}


WRONG = {
    "id none": ({"id": "7"}, "id must be a UUID"),
    "id of another type": ({"id": 7}, "id must be a UUID"),
    "origin none": ({"origin": "../../etc/passwd"}, "origin must be a UUID"),
    "source unknown": ({"source": "stolen"}, "source must be one of"),
    "source of another type": ({"source": ["draw"]}, "source must be one of"),
    "date none": ({"created": "yesterday"}, "created must be a date"),
    "date without a zone": ({"created": "2026-01-02T03:04:05"}, "created must be a date"),
    "date in the future": ({"created": "2999-01-02T03:04:05Z"}, "created must be a date"),
    "date before there were any": ({"created": "0001-01-01T00:00:00+23:59"}, "created must be a date"),
    "date in the extreme": ({"created": "9999-12-31T23:59:59-23:59"}, "created must be a date"),
    "revision 0": ({"revision": 0}, "revision must be a whole number"),
    "revision true": ({"revision": True}, "revision must be a whole number"),
    "revision larger than the column": ({"revision": 2**31}, "revision must be a whole number"),
    "size of one": ({"size": [280]}, "size must be a list of 2"),
    "size negative": ({"size": [-1, 280]}, "size[0] must be a whole number from 1 to 200,000"),
    "size without end": ({"size": [1e308, 280]}, "size[0] must be a whole number from 1 to 200,000"),
    "strokes none": ({"strokes": "7"}, "strokes must be a list"),
    "strokes empty": ({"strokes": []}, "strokes must be a list of 1 to 500 strokes"),
    "strokes of words": ({"strokes": [[["a", "b"]]]}, "strokes[0][0][0] must be a number"),
    "strokes too many": ({"strokes": [[[1, 1]]] * 501}, "a list of 1 to 500 strokes"),
    "points too many": ({"strokes": [[[1, 1]] * 20_001]}, "at most 20,000 points"),
    "pen too wide": ({"pen": 1e9}, "pen must be"),
    "pen of another type": ({"pen": "18"}, "pen must be"),
    "pointer unknown": ({"pointer": "<script>"}, "pointer must be one of"),
    "one_digit of words": ({"one_digit": "no"}, "one_digit must be true or false"),
    "label 10": ({"true_label": 10}, "true_label must be"),
    "sample index negative": ({"sample_index": -1}, "sample_index must be"),
    "original a word": ({"original": "a.png"}, "original must be an object"),
    "digits none": ({"digits": []}, "digits must be a list of 1 to 100"),
    "digits too many": ({"digits": [{}] * 101}, "digits must be a list of 1 to 100"),
    "digits of another type": ({"digits": {"0": 1}}, "digits must be a list"),
    "digit of another type": ({"digits": [7]}, "digits[0] must be an object"),
    "positions twice": ({"digits": drawing()["digits"] * 2}, "same position"),
    "position negative": (digit(position=-1), "position must be"),
    "box of three": (digit(box=[1, 2, 3]), "box must be a list of 4"),
    "box of floats": (digit(box=[0.5] * 4), "box[0] must be a whole number"),
    "pixels too few": (digit(pixels=base64.b64encode(bytes(783)).decode()), "pixels must be 784 bytes"),
    "pixels too many": (digit(pixels=base64.b64encode(bytes(10**6)).decode()), "pixels must be 784 bytes"),
    "pixels no base64": (digit(pixels="é" * 1048), "pixels must be 784 bytes"),
    "pixels a list": (digit(pixels=[0] * 784), "pixels must be 784 bytes"),
    "hints a list": (digit(hints=[]), "hints must be an object"),
    "hints of words": (digit(hints={"shapes": "two"}), "hints.shapes must be a number."),
    "hints of flags": (digit(hints={"is_sketch": 1}), "hints.is_sketch must be true or false"),
    "hints of a tree": (digit(hints={"new": {"a": 1}}), "hints.new must be true, false, a number or null"),
    "hints with odd names": (digit(hints={"__class__.x": 1}), "hints must be"),
    "hints too many": (digit(hints={"h" * n: 1 for n in range(1, 42)}), "hints must be"),
    "predictions none": (digit(predictions=None), "predictions must be a list"),
    "predictions too many": (digit(predictions=[{}] * 1001), "predictions must be a list"),
    "correction of another type": (digit(correction=7), "correction must be an object, or null"),
    "correction 11": (digit(correction=CORRECTION | {"label": 11}), "label must be a whole number from 0 to 9"),
    "correction without a date": (digit(correction={"label": 1}), "created is missing"),
    "correction of yesteryear": (digit(correction=CORRECTION | {"changed": "1926-01-01T00:00:00Z"}), "changed must be"),
    "model not in the list": (said(model="b" * 64), "names a model that is not"),
    "model a list": (said(model=["a"]), "model must be the SHA-256"),
    "status unknown": (said(status="promoted"), "status must be one of"),
    "done by nobody": (said(model=None), "model must be the SHA-256 of a model, since the status is done"),
    "done without probabilities": (said(probabilities=None), "list of 10 numbers, since the status is done"),
    "queued with a model": (said(status="queued"), "model must be null, since the status is queued"),
    "queued for an older revision": (
        {"revision": 2} | said(status="queued", model=None),
        "must be of the drawing's newest",
    ),
    "revision after the drawing's": (said(revision=2), "must not be after its drawing's"),
    "verdict unknown": (said(verdict="7"), "verdict must be one of"),
    "reason with markup": (said(reason="<b>"), "reason must be text of at most 30 small letters"),
    "reason too long": (said(reason="a" * 31), "reason must be text of at most 30 small letters"),
    "candidates of words": (said(candidates=["7"]), "candidates[0] must be a whole number from 0 to 9"),
    "label negative": (said(label=-1), "label must be"),
    "confidence 2": (said(confidence=2), "confidence must be a number"),
    "confidence NaN": (said(confidence=float("nan")), "confidence must be a number"),
    "probabilities of nine": (said(probabilities=[0.1] * 9), "probabilities must be a list of 10"),
    "probabilities NaN": (said(probabilities=[float("nan")] * 10), "probabilities[0] must be a number from 0 to 1"),
    "probabilities without end": (
        said(probabilities=[float("inf")] * 10),
        "probabilities[0] must be a number from 0 to 1",
    ),
    "probabilities that add up to 5": (said(probabilities=[0.5] * 10), "must add up to 1"),
    "logits without end": (said(logits=[float("-inf")] * 10), "logits[0] must be a number."),
    "inference negative": (said(inference_ms=-1), "inference_ms must be"),
    "error too long": (said(error="x" * 201), "error must be text of at most 200 characters"),
    "error with a zero byte": (said(error="a\0b"), "error has characters that cannot be printed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_drawing_is_left_out_with_a_sentence_and_the_others_come(case, owner):
    changed, sentence = WRONG[case]
    job = imported(owner, text(drawing(), drawing(**changed), drawing()))
    assert (job.status, job.brought, job.refused) == ("done", 2, 1), job.error
    (problem,) = ImportProblem.objects.all()
    assert problem.drawing == 2
    assert sentence in problem.sentence


@pytest.mark.parametrize("given", [7, None, "drawing", [], [[]], True])
def test_what_is_no_drawing_is_left_out(given, owner):
    job = imported(owner, text(drawing(), given, drawing()))
    assert (job.status, job.brought, job.refused) == ("done", 2, 1)


@pytest.mark.parametrize("number", [HUGE, f"-{HUGE}", f"{HUGE}.5", "1e999", "NaN", "-Infinity"])
def test_numbers_without_end_are_left_out(number, owner):
    wrong = json.dumps(drawing()).replace('"revision": 1', f'"revision": {number}', 1)
    data = text(drawing(), "HERE", drawing()).replace(b'"HERE"', wrong.encode())
    job = imported(owner, data)
    assert (job.status, job.brought, job.refused) == ("done", 2, 1), job.error


def test_two_predictions_of_one_revision_and_model_are_refused(owner):
    twice = drawing()
    twice["digits"][0]["predictions"] *= 2
    job = imported(owner, text(twice, drawing()))
    assert (job.brought, job.refused) == (1, 1)


def test_text_that_is_not_utf8_is_left_out(owner):
    data = text(drawing(), drawing(), drawing()).replace(b'"pointer": "mouse"', b'"pointer": "\xff\xfe"', 1)
    job = imported(owner, data)
    assert (job.brought, job.refused) == (2, 1)


def test_keys_that_nobody_knows_are_passed_over(owner):
    assert imported(owner, text(drawing(owner=1, public_id="x", brought_by=7), news={"a": 1})).brought == 1
    assert Drawing.objects.get().owner == owner


@pytest.mark.postgres
def test_a_waiting_prediction_with_any_hints_does_not_stop_the_worker(owner, model_version):
    odd = {"shapes": 1e11, "is_sketch": False, "aspect": -3, "unheard_of": None}
    waits = {"status": "queued", "model": None, "finished": None}
    imported(owner, text(drawing(digit={"hints": odd}, prediction=waits), drawing(prediction=waits)))
    keys = predictions.Prediction.objects.waiting().values_list("pk", flat=True)
    assert predictions.answer_predictions(list(keys)) == 2
    assert np.isfinite(predictions.Prediction.objects.first().confidence)


DEEP = b"[" * 200_000
REFUSED_JSON = {
    "another schema": (text(schema="paint"), "no export of this site"),
    "another version": (text(version=3), "another version of the format"),
    "version true": (text(version=True), "another version of the format"),
    "version huge": (text(version=10**400), "another version of the format"),
    "version of words": (text(version="1"), "another version of the format"),
    "no drawings": (b'{"schema": "digitsite-export", "version": 1}', "no drawings"),
    "drawings an object": (text().replace(b'"drawings": []', b'"drawings": {}'), "damaged"),
    "head after the drawings": (b'{"drawings": [], "schema": "digitsite-export", "version": 1}', "no export"),
    "nothing but a brace": (b"{", "damaged"),
    "cut off in the head": (text(drawing())[:60], "damaged"),
    "cut off in its first drawing": (text(drawing())[:-400], "ends too early"),
    "nested without end": (text("HERE").replace(b'"HERE"', DEEP), "nested too deeply"),
    "nested without end in the head": (b'{"schema": ' + DEEP, "nested too deeply"),
    "one drawing without end": (text("HERE").replace(b"HERE", b"x" * (5 * 2**20)), "longer than 4 MB"),
    "a head without end": (b'{"x": "' + b"x" * (17 * 2**20) + b'"}', "longer than 16 MB"),
    "UTF-16": (text().decode().encode("utf-16-le"), "damaged"),
    "models an object": (text(models={}), "models must be a list"),
    "models of words": (text(models=["first_cnn"]), "models[0] must be an object"),
    "models without a name": (
        text(models=[{"name": "", "architecture": "", "sha256": "a" * 64}]),
        "models[0].name must be",
    ),
    "models with a false checksum": (
        text(models=[{"name": "x", "architecture": "", "sha256": "A" * 64}]),
        "models[0].sha256 must be a SHA-256",
    ),
    "models twice": (text(models=document()["models"] * 2), "twice"),
    "models without end": (
        text(models=[{"name": "x", "architecture": "", "sha256": f"{n:064x}"} for n in range(1001)]),
        "models must be a list of at most 1,000",
    ),
    "a name with a line feed": (
        text(models=[{"name": "x\ny", "architecture": "", "sha256": "a" * 64}]),
        "list of models",
    ),
}


@pytest.mark.parametrize("case", REFUSED_JSON)
def test_json_that_cannot_be_read_ends_the_import_with_a_sentence(case, owner):
    data, sentence = REFUSED_JSON[case]
    job = imported(owner, data)
    assert (job.status, job.brought) == ("failed", 0)
    assert sentence in job.error


THREE = text(drawing(), drawing(), drawing())


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (THREE.replace(b', {"id"', b", %%", 1), 1),
        (THREE.replace(b', {"id"', b' {"id"', 1), 1),
        (THREE[:-2], 3),
        (THREE[:-1].rstrip(b"]") + b",", 3),
        (THREE[:-200], 2),
    ],
)
def test_what_stood_before_the_damage_is_kept(data, kept, owner):
    job = imported(owner, data)
    assert (job.status, job.brought) == ("failed", kept)
    assert f"after {kept} drawing" in job.error


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def encrypted(data: bytes) -> bytes:
    """The same with the flag of an encrypted member on each."""
    changed = bytearray(data)
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(sign)
        while at >= 0:
            changed[at + flags] |= 1
            at = changed.find(sign, at + 4)
    return bytes(changed)


def with_count(data: bytes, count: int, length: int) -> bytes:
    at = data.rfind(b"PK\x05\x06")
    return data[: at + 8] + struct.pack("<HHL", count, count, length) + data[at + 16 :]


ALL = text(drawing())
REFUSED_ZIPS = {
    "only its beginning": (packed(("digits.json", ALL))[:-30], "damaged, incomplete"),
    "nothing in it": (packed(), "no file in this ZIP"),
    "no digits.json": (packed(("digits.txt", ALL)), "no digits.json"),
    "an archive in the archive": (packed(("inner.zip", packed(("digits.json", ALL)))), "no digits.json"),
    "encrypted": (encrypted(packed(("digits.json", ALL))), "protected by a password"),
    "packed in another way": (
        packed(("digits.json", ALL), method=zipfile.ZIP_LZMA),
        "packed in a way that cannot be read here",
    ),
    "a bomb": (packed(("digits.json", text() + b" " * 50_000_000)), "more than 200 times its size"),
    "a list without end": (with_count(packed(("digits.json", ALL)), 1, 2**31), "damaged"),
    "a list that is none": (with_count(packed(("digits.json", ALL)), 60_000, 9_000), "damaged"),
    "noise with a ZIP's signs": (b"PK\x03\x04" + bytes(range(256)) * 8 + b"PK\x05\x06" + b"\x01" * 18, "damaged"),
    "damaged inside": (packed(("digits.json", ALL)).replace(b"PK\x03\x04", b"PK\x03\x05", 1), "cannot be unpacked"),
}


@pytest.mark.parametrize("case", REFUSED_ZIPS)
def test_a_zip_that_cannot_be_read_ends_the_import_with_a_sentence(case, owner):
    data, sentence = REFUSED_ZIPS[case]
    job = imported(owner, data, "x.zip")
    assert (job.status, job.brought) == ("failed", 0)
    assert sentence in job.error


def test_a_zip_of_too_many_files_is_refused(owner, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 20)
    files = ((f"{number}.txt", b"") for number in range(25))
    assert "more than 20 files" in imported(owner, packed(("digits.json", ALL), *files), "x.zip").error


def test_a_damaged_member_ends_the_import_and_keeps_what_came_before(owner, monkeypatch):
    monkeypatch.setattr(json_stream, "PIECE_BYTES", 2**10)
    data = bytearray(packed(("digits.json", text(*(drawing() for _ in range(200))))))
    middle = len(data) // 2
    data[middle : middle + 100] = b"\xff" * 100
    job = imported(owner, bytes(data), "x.zip")
    assert job.status == "failed"
    assert 0 < job.brought < 200
    assert "damaged" in job.error


def test_unpacked_it_may_only_be_so_large(owner, settings, monkeypatch):
    settings.IMPORT_MAX_MB = 1
    monkeypatch.setattr(archive, "MOST_RATIO", 10**6)
    padded = text(*(drawing(padding="x" * 2**20) for _ in range(12)))
    assert "more than 10 MB" in imported(owner, packed(("digits.json", padded)), "x.zip").error


def original(name: str = "", data: bytes = b"", **changed):
    made = str(uuid.uuid4())
    words = {"name": name or f"originals/{made}.png", "format": "PNG", "bytes": len(data)} | changed
    return drawing(id=made, source="upload", strokes=None, pen=None, original=words), words["name"]


PICTURE = picture()
LEFT_OUT = {
    "not a picture": (b"<script>alert(1)</script>", {}, "cannot be used"),
    "only a picture's beginning": (PICTURE[:40], {}, "cannot be used"),
    "another length than said": (PICTURE, {"bytes": 7}, "not have the size that the export says"),
    "length of words": (PICTURE, {"bytes": "many"}, "original.bytes must be a number of bytes"),
    "another format": (PICTURE, {"format": "SVG"}, "format must be one of"),
    "empty": (b"", {}, "cannot be used"),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_an_original_that_cannot_be_used_is_left_out_and_noted(case, owner):
    data, changed, sentence = LEFT_OUT[case]
    made, name = original(data=data, **changed)
    job = imported(owner, packed(("digits.json", text(made)), (name, data)), "x.zip")
    assert (job.status, job.brought, job.originals, job.remarks) == ("done", 1, 0, 1)
    assert sentence in ImportProblem.objects.get().sentence
    assert not Drawing.objects.get().original


@pytest.mark.parametrize(
    "name",
    [
        *("../../etc/passwd", "/etc/passwd", "originals/../../x.png", "originals\\..\\x.png", "C:\\x.png"),
        *("originals/", "originals/a/b.png", "originals/x.png\0", "originals/" + "x" * 200),
        *("digits.json", "", 7, None, ["originals/x"]),
    ],
)
def test_names_that_lead_elsewhere_lead_nowhere(name, owner):
    made, _ = original()
    made["original"]["name"] = name
    members = [(name, PICTURE)] if isinstance(name, str) and name not in ("", "digits.json") else []
    job = imported(owner, packed(("digits.json", text(made)), *members), "x.zip")
    assert (job.status, job.brought, job.originals) == ("done", 1, 0)
    assert "must be the name of a file in originals/" in ImportProblem.objects.get().sentence


def test_an_original_that_is_not_there_is_noted(owner):
    made, _ = original(data=PICTURE)
    job = imported(owner, packed(("digits.json", text(made))), "x.zip")
    assert (job.brought, job.originals) == (1, 0)
    assert "is not in the ZIP" in ImportProblem.objects.get().sentence


def test_an_original_with_another_checksum_is_left_out(owner):
    made, name = original(data=PICTURE)
    data = packed(("digits.json", text(made)), (name, PICTURE), method=zipfile.ZIP_STORED)
    job = imported(owner, data.replace(PICTURE[60:80], bytes(20), 1), "x.zip")
    assert (job.brought, job.originals) == (1, 0)
    assert "checksum" in ImportProblem.objects.get().sentence


def test_an_original_larger_than_an_upload_may_be_is_left_out(owner, settings):
    settings.UPLOAD_MAX_MB = 1
    large = PICTURE + np.random.default_rng(1).bytes(2**20)
    made, name = original(data=large)
    job = imported(owner, packed(("digits.json", text(made)), (name, large)), "x.zip")
    assert (job.brought, job.originals) == (1, 0)
    assert "more than 1 MB" in ImportProblem.objects.get().sentence


def test_an_original_of_too_many_pixels_is_left_out(owner, settings):
    settings.PICTURE_MAX_MEGAPIXELS = 0.01
    made, name = original(data=PICTURE)
    job = imported(owner, packed(("digits.json", text(made)), (name, PICTURE)), "x.zip")
    assert (job.brought, job.originals) == (1, 0)


def test_one_small_member_used_again_and_again_is_counted_each_time(owner, settings, monkeypatch):
    settings.IMPORT_MAX_MB = 1
    monkeypatch.setattr(archive, "MOST_RATIO", 10**6)
    blank = picture(np.full((2000, 2000), 255, np.uint8), "BMP")  # 4 MB that pack to nothing
    made = [original("originals/a.bmp", blank, format="BMP")[0] for _ in range(5)]
    before = {*MEDIA.glob("originals/*/*/*.bmp")}
    job = imported(owner, packed(("digits.json", text(*made)), ("originals/a.bmp", blank)), "x.zip")
    assert (job.status, job.brought, job.originals) == ("failed", 2, 2)
    assert "more than 10 MB" in job.error
    assert len({*MEDIA.glob("originals/*/*/*.bmp")} - before) == 2


def test_an_original_says_itself_what_it_is(owner):
    made, name = original(data=(data := picture(kind="GIF")))
    imported(owner, packed(("digits.json", text(made)), (name, data)), "x.zip")
    kept = Drawing.objects.get()
    assert kept.original_format == "GIF"
    assert kept.original.name.endswith(f"{kept.public_id}.gif")
    assert kept.original.read() == data
