"""JSON made to break the import: it gets a sentence and does no harm."""

import base64
import json

import numpy as np
import pytest

from classifier.digits import predictions
from classifier.models import Drawing, ImportProblem
from tests.classifier.transfer.hostile import text
from tests.exports import document, drawing, exported
from tests.importing import imported

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_media")]


HUGE = "9" * 5000


def digit(**changed):
    return {"digit": changed}


def said(**changed):
    return {"prediction": changed}


MOMENT = "2026-01-01T00:00:00Z"


CORRECTION = {"label": 1, "created": MOMENT, "changed": MOMENT, "review": "waiting", "reviewed": None}


WRONG = {
    "invalid id": ({"id": "7"}, "id must be a UUID"),
    "id of another type": ({"id": 7}, "id must be a UUID"),
    "invalid origin": ({"origin": "../../etc/passwd"}, "origin must be a UUID"),
    "source unknown": ({"source": "stolen"}, "source must be one of"),
    "source of another type": ({"source": ["draw"]}, "source must be one of"),
    "invalid date": ({"created": "yesterday"}, "created must be a date"),
    "date without a zone": ({"created": "2026-01-02T03:04:05"}, "created must be a date"),
    "date in the future": ({"created": "2999-01-02T03:04:05Z"}, "created must be a date"),
    "date in the year 1": ({"created": "0001-01-01T00:00:00+23:59"}, "created must be a date"),
    "date in the extreme": ({"created": "9999-12-31T23:59:59-23:59"}, "created must be a date"),
    "revision 0": ({"revision": 0}, "revision must be a whole number"),
    "revision true": ({"revision": True}, "revision must be a whole number"),
    "revision larger than the column": ({"revision": 2**31}, "revision must be a whole number"),
    "size of one": ({"size": [280]}, "size must be a list of 2"),
    "size negative": ({"size": [-1, 280]}, "size[0] must be a whole number from 1 to 200,000"),
    "size too large": ({"size": [1e308, 280]}, "size[0] must be a whole number from 1 to 200,000"),
    "invalid strokes": ({"strokes": "7"}, "strokes must be a list"),
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
    "invalid digits": ({"digits": []}, "digits must be a list of 1 to 100"),
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
    "invalid predictions": (digit(predictions=None), "predictions must be a list"),
    "predictions too many": (digit(predictions=[{}] * 1001), "predictions must be a list"),
    "correction of another type": (digit(correction=7), "correction must be an object, or null"),
    "correction 11": (digit(correction=CORRECTION | {"label": 11}), "label must be a whole number from 0 to 9"),
    "correction without a date": (digit(correction={"label": 1}), "created is missing"),
    "correction in 1926": (digit(correction=CORRECTION | {"changed": "1926-01-01T00:00:00Z"}), "changed must be"),
    "model not in the list": (said(model="b" * 64), "names a model that is not"),
    "model a list": (said(model=["a"]), "model must be the SHA-256"),
    "status unknown": (said(status="promoted"), "status must be one of"),
    "done without a model": (said(model=None), "model must be the SHA-256 of a model, since the status is done"),
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
    "infinite probabilities": (
        said(probabilities=[float("inf")] * 10),
        "probabilities[0] must be a number from 0 to 1",
    ),
    "probabilities that add up to 5": (said(probabilities=[0.5] * 10), "must add up to 1"),
    "infinite logits": (said(logits=[float("-inf")] * 10), "logits[0] must be a number."),
    "inference negative": (said(inference_ms=-1), "inference_ms must be"),
    "error too long": (said(error="x" * 201), "error must be text of at most 200 characters"),
    "error with a zero byte": (said(error="a\0b"), "error has characters that cannot be printed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_invalid_drawing_is_left_out_with_a_sentence_and_the_others_imported(case, owner):
    changed, sentence = WRONG[case]
    job = imported(owner, text(drawing(), drawing(**changed), drawing()))
    assert (job.status, job.brought, job.refused) == ("done", 2, 1), job.error
    (problem,) = ImportProblem.objects.all()
    assert problem.drawing == 2
    assert sentence in problem.sentence


@pytest.mark.parametrize("given", [7, None, "drawing", [], [[]], True])
def test_values_that_are_not_drawings_are_left_out(given, owner):
    job = imported(owner, text(drawing(), given, drawing()))
    assert (job.status, job.brought, job.refused) == ("done", 2, 1)


@pytest.mark.parametrize("number", [HUGE, f"-{HUGE}", f"{HUGE}.5", "1e999", "NaN", "-Infinity"])
def test_huge_numbers_are_rejected(number, owner):
    wrong = json.dumps(drawing()).replace('"revision": 1', f'"revision": {number}', 1)
    data = text(drawing(), "HERE", drawing()).replace(b'"HERE"', wrong.encode())
    job = imported(owner, data)
    assert (job.status, job.brought, job.refused) == ("done", 2, 1), job.error


def test_two_predictions_of_one_revision_and_model_are_rejected(owner):
    twice = drawing()
    twice["digits"][0]["predictions"] *= 2
    job = imported(owner, text(twice, drawing()))
    assert (job.brought, job.refused) == (1, 1)


def test_text_that_is_not_utf8_is_rejected(owner):
    data = text(drawing(), drawing(), drawing()).replace(b'"pointer": "mouse"', b'"pointer": "\xff\xfe"', 1)
    job = imported(owner, data)
    assert (job.brought, job.refused) == (2, 1)


def test_unknown_keys_are_ignored(owner):
    assert imported(owner, text(drawing(owner=1, public_id="x", brought_by=7), news={"a": 1})).brought == 1
    assert Drawing.objects.get().owner == owner


@pytest.mark.postgres
def test_integers_with_a_decimal_point_are_stored_as_integers(owner):
    digit = {"position": 0.0, "box": [1.0, 2.0, 3.0, 4.0], "preprocessing_version": 2.0}
    prediction = {"revision": 1.0, "candidates": [7.0], "label": 7.0, "preprocessing_version": 2.0}
    given = drawing(revision=1.0, size=[280.0, 280.0], true_label=7.0, digit=digit, prediction=prediction)
    assert imported(owner, text(given)).brought == 1
    (written,) = exported(owner)["drawings"]
    kept = written["digits"][0]
    values = [written["revision"], *written["size"], written["true_label"], kept["position"], *kept["box"]]
    values += [kept["predictions"][0][name] for name in ("revision", "label")] + kept["predictions"][0]["candidates"]
    assert [*map(repr, values)] == ["1", "280", "280", "7", "0", "1", "2", "3", "4", "1", "7", "7"]


@pytest.mark.postgres
def test_queued_predictions_with_any_hints_are_made(owner, model_version):
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
    "nested too large": (text("HERE").replace(b'"HERE"', DEEP), "nested too deeply"),
    "nested too deeply in the head": (b'{"schema": ' + DEEP, "nested too deeply"),
    "one drawing too large": (text("HERE").replace(b"HERE", b"x" * (5 * 2**20)), "longer than 4 MB"),
    "a head too large": (b'{"x": "' + b"x" * (17 * 2**20) + b'"}', "longer than 16 MB"),
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
    "models too large": (
        text(models=[{"name": "x", "architecture": "", "sha256": f"{n:064x}"} for n in range(1001)]),
        "models must be a list of at most 1,000",
    ),
    "a name with a line feed": (
        text(models=[{"name": "x\ny", "architecture": "", "sha256": "a" * 64}]),
        "list of models",
    ),
}


@pytest.mark.parametrize("case", REFUSED_JSON)
def test_unreadable_json_ends_the_import_with_a_sentence(case, owner):
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
def test_drawings_before_the_damage_are_kept(data, kept, owner):
    job = imported(owner, data)
    assert (job.status, job.brought) == ("failed", kept)
    assert f"after {kept} drawing" in job.error
