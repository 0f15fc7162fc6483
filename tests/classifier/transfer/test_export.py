"""Exports: everything of one person and nothing of others, in the documented format."""

import csv
import io
import json
import threading
import time
import zipfile

import numpy as np
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from classifier.archives.writing import Member, streamed_zip
from classifier.digits import corrections
from classifier.models import Digit, Drawing, ModelVersion, Prediction
from classifier.transfer.exporting import archives, documents, drawings, people, pieces, tables
from classifier.transfer.exporting.arrays import as_npz
from tests.exports import WRITTEN, document, drawing, exported, fill, unpacked, zipped
from tests.factories import answered, drawn_digit, many_digits, picture
from training.data.labelled_sets import read_examples

pytestmark = pytest.mark.django_db
FILES = ["digits.json", "digits.csv", "table.csv", "table.xlsx", "corrected.npz", "all.zip"]


def got(client, path: str, **filters) -> bytes:
    response = client.get(path, filters)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return b"".join(response.streaming_content)


@pytest.fixture
def full(owner, stranger, model_version):
    """The owner with drawings of all kinds, and a stranger with a digit."""
    fill(owner, model_version)
    drawn_digit(stranger)
    return owner


@pytest.mark.postgres
def test_json_has_all_my_drawings_and_no_others(full, owner_client, model_version):
    data = json.loads(got(owner_client, "/export/digits.json"))
    WRITTEN.validate(data)
    mine = Digit.objects.owned_by(full)
    assert [each["id"] for each in data["drawings"]] == [
        str(each) for each in Drawing.objects.owned_by(full).order_by("pk").values_list("public_id", flat=True)
    ]
    digits = [digit for each in data["drawings"] for digit in each["digits"]]
    assert {digit["id"] for digit in digits} == {str(each) for each in mine.values_list("public_id", flat=True)}
    assert sum(len(digit["predictions"]) for digit in digits) == Prediction.objects.filter(digit__in=mine).count()
    assert {digit["correction"]["label"] for digit in digits if digit["correction"]} == {1, None}
    assert {model["name"] for model in data["models"]} == {model_version.name, "elsewhere"}
    assert [len(answer["probabilities"]) for digit in digits for answer in digit["predictions"]] == [10] * 7
    assert data["count"] == len(data["drawings"]) == 4


def test_each_drawing_has_a_line_of_its_own(full, owner_client):
    lines = got(owner_client, "/export/digits.json").decode().splitlines()
    begins, ends = lines.index('"drawings":['), lines.index("],", lines.index('"drawings":['))
    drawings = [json.loads(line.rstrip(",")) for line in lines[begins + 1 : ends]]
    assert [each["source"] for each in drawings][:3] == ["draw", "draw", "camera"]


def test_the_example_in_the_tests_matches_the_schema():
    WRITTEN.validate(document(drawing()))


@pytest.mark.parametrize(
    "wrong",
    [{"version": 3}, {"schema": "x"}, {"models": [{"name": "", "architecture": "", "sha256": "a" * 64}]}],
)
def test_schema_rejects_invalid_exports(wrong):
    assert not WRITTEN.is_valid(document(drawing()) | wrong)
    assert not WRITTEN.is_valid(document(drawing(digit={"pixels": "AAAA"})))
    assert not WRITTEN.is_valid(document(drawing(prediction={"probabilities": None})))


@pytest.mark.parametrize("file", FILES)
def test_an_empty_account_makes_a_complete_file(file, owner_client):
    data = got(owner_client, f"/export/{file}")
    if file == "digits.json":
        WRITTEN.validate(json.loads(data))
    elif file == "digits.csv":
        assert data.decode("utf-8-sig").splitlines() == [",".join(tables.COLUMNS)]
    elif file == "table.csv":
        assert data.decode("utf-8-sig").splitlines() == [",".join(people.HEADER)]
    elif file == "table.xlsx":
        assert b"Confidence (%)" in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    elif file == "corrected.npz":
        assert np.load(io.BytesIO(data))["x_train"].shape == (0, 28, 28)
    else:
        WRITTEN.validate(json.loads(unpacked(data)["digits.json"]))


@pytest.mark.parametrize("file", FILES)
def test_only_the_selected_digits_are_exported(file, full, owner_client, stranger_client):
    chosen = Digit.objects.owned_by(full).get(correction__label=1)
    response = owner_client.post(f"/export/{file}", {"ids": [str(chosen.public_id)]})
    data = b"".join(response.streaming_content)
    if file == "all.zip":
        data = unpacked(data)["digits.json"]
    if file in ("digits.json", "all.zip"):
        (drawing,) = json.loads(data)["drawings"]
        assert [digit["id"] for digit in drawing["digits"]] == [str(chosen.public_id)]
    elif file == "digits.csv":
        assert [row["digit"] for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))] == [
            str(chosen.public_id)
        ]
    elif file == "table.csv":
        assert [row["Correction"] for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))] == ["1"]
    elif file == "table.xlsx":
        assert zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").count(b"<row ") == 2
    else:
        assert np.load(io.BytesIO(data))["y_train"].tolist() == [1]
    others = stranger_client.post("/export/digits.json", {"ids": [str(chosen.public_id)]})
    assert json.loads(b"".join(others.streaming_content))["drawings"] == []


@pytest.mark.parametrize("ids", [[], ["7"], ["x" * 36]])
def test_invalid_ids_are_rejected_on_the_page(ids, owner_client):
    response = owner_client.post("/export/digits.json", {"ids": ids})
    assert response.status_code == 400
    assert "digit" in response.text


@pytest.mark.postgres
def test_csv_has_a_line_for_each_digit(full, owner_client, model_version):
    rows = list(csv.DictReader(io.StringIO(got(owner_client, "/export/digits.csv").decode("utf-8-sig"))))
    by_label = {row["corrected_to"]: row for row in rows}
    assert len(rows) == Digit.objects.owned_by(full).count() == 5
    assert by_label.keys() == {"", "1", "none"}
    assert by_label["1"]["model"] == "elsewhere"  # the newest prediction's
    assert float(by_label["1"]["p2"]) == 0.91
    camera = next(row for row in rows if row["source"] == "camera")
    assert (camera["verdict"], camera["reason"], camera["read_as"]) == ("not_a_digit", "picture", "")
    assert camera["model_sha256"] == model_version.tflite_sha256


def test_csv_has_no_formulas(owner, owner_client, model_version):
    ModelVersion.objects.filter(pk=model_version.pk).update(name="=1+1")
    many_digits(owner, 1, model_version)
    (row,) = csv.DictReader(io.StringIO(got(owner_client, "/export/digits.csv").decode("utf-8-sig")))
    assert row["model"] == "'=1+1"


@pytest.mark.postgres
def test_corrected_digits_are_laid_out_like_mnist(owner, owner_client, model_version, tmp_path):
    digits = many_digits(owner, 5, model_version)
    for label, digit in enumerate(digits[:4]):
        digit.pixels = bytes([label]) * 784
        digit.save()
        corrections.correct(digit, None if label == 0 else label)
    path = tmp_path / "corrected.npz"
    path.write_bytes(got(owner_client, "/export/corrected.npz"))
    with np.load(path, allow_pickle=False) as file:
        assert {name: (file[name].shape, file[name].dtype) for name in file} == {
            "x_train": ((3, 28, 28), np.uint8),
            "y_train": ((3,), np.uint8),
            "x_test": ((0, 28, 28), np.uint8),
            "y_test": ((0,), np.uint8),
        }
        assert file["y_train"].tolist() == [1, 2, 3]
        assert file["x_train"][:, 5, 5].tolist() == [1, 2, 3]
    assert [example.label for example in read_examples(path).examples] == ["1", "2", "3"]


def test_the_zip_has_the_originals(full, owner_client):
    files = unpacked(got(owner_client, "/export/all.zip"))
    data = json.loads(files.pop("digits.json"))
    WRITTEN.validate(data)
    (original,) = [each["original"] for each in data["drawings"] if each["original"]]
    assert files == {original["name"]: picture()}
    assert (original["format"], original["bytes"]) == ("PNG", len(picture()))


def test_a_lost_original_is_noted_and_breaks_nothing(full, owner_client):
    lost = Drawing.objects.get(source="camera").original
    lost.storage.delete(lost.name)
    files = unpacked(got(owner_client, "/export/all.zip"))
    data = json.loads(files.pop("digits.json"))
    WRITTEN.validate(data)
    assert files == {}
    assert [each["original"]["missing"] for each in data["drawings"] if each["original"]] == [True]


def test_an_original_deleted_during_the_export_breaks_nothing(full):
    lost = Drawing.objects.get(source="camera").original
    export = archives.as_zip(full, Digit.objects.owned_by(full))  # before the first piece
    lost.storage.delete(lost.name)
    assert unpacked(b"".join(export)).keys() == {"digits.json"}


@pytest.mark.postgres
def test_the_number_of_queries_does_not_grow_with_the_digits(owner, model_version, monkeypatch):
    def queries(export) -> int:
        with CaptureQueriesContext(connection) as captured:
            b"".join(export())
        return len(captured)

    mine = Digit.objects.owned_by(owner)
    ways = [
        lambda: documents.as_json(owner, mine),
        lambda: tables.as_csv(owner, mine),
        lambda: as_npz(mine),
        lambda: archives.as_zip(owner, mine),
    ]
    many_digits(owner, 3, model_version)
    few = [queries(way) for way in ways]
    many_digits(owner, 60, model_version)
    assert [queries(way) for way in ways] == few


def test_many_drawings_are_exported_completely_and_in_order(owner, model_version, monkeypatch):
    monkeypatch.setattr(drawings, "DRAWINGS_AT_ONCE", 3)
    many_digits(owner, 10, model_version)
    expected = Drawing.objects.order_by("pk").values_list("public_id", flat=True)
    assert [each["id"] for each in exported(owner)["drawings"]] == [str(each) for each in expected]


def test_drawings_added_during_the_export_are_left_out(owner, model_version, monkeypatch):
    monkeypatch.setattr(drawings, "DRAWINGS_AT_ONCE", 3)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1)
    many_digits(owner, 7, model_version)
    export = documents.as_json(owner, Digit.objects.owned_by(owner))
    begun = next(export) + next(export)
    many_digits(owner, 7, model_version)
    Drawing.objects.order_by("pk").last().delete()
    assert len(json.loads(begun + b"".join(export))["drawings"]) == 7


def test_only_drawings_deleted_during_the_export_are_missing(owner, model_version, monkeypatch):
    monkeypatch.setattr(drawings, "DRAWINGS_AT_ONCE", 3)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1)
    many_digits(owner, 7, model_version)
    export = documents.as_json(owner, Digit.objects.owned_by(owner))
    begun = next(export) + next(export)
    gone = Drawing.objects.order_by("pk")[4]
    Drawing.objects.filter(pk=gone.pk).delete()
    exported_drawings = json.loads(begun + b"".join(export))["drawings"]
    assert len(exported_drawings) == 6
    assert str(gone.public_id) not in {each["id"] for each in exported_drawings}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_exports_are_consistent_during_writes(owner, model_version):
    """Corrections and revisions change during the export, and each file still agrees with itself."""
    digits = many_digits(owner, 60, model_version)
    stopped = threading.Event()

    def write() -> None:
        try:
            while not stopped.is_set():
                for digit in digits[::3]:
                    corrections.correct(digit, 3)
                    Drawing.objects.filter(pk=digit.drawing_id).update(revision=2)
                    answer = answered(model_version) | {"digit": digit, "revision": 2, "preprocessing_version": 1}
                    Prediction.objects.create(**answer)
                for digit in digits[::3]:
                    corrections.take_back(digit)
                    Prediction.objects.filter(digit=digit, revision=2).delete()
                    Drawing.objects.filter(pk=digit.drawing_id).update(revision=1)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            arrays = np.load(io.BytesIO(b"".join(as_npz(Digit.objects.owned_by(owner)))))
            assert len(arrays["x_train"]) == len(arrays["y_train"])
            data = exported(owner)
            WRITTEN.validate(data)
            assert len(data["drawings"]) == 60
            for each in data["drawings"]:
                answers = each["digits"][0]["predictions"]
                assert max(answer["revision"] for answer in answers) <= each["revision"]
    finally:
        stopped.set()
        writer.join()


def test_head_sends_no_body(full, owner_client):
    response = owner_client.head("/export/all.zip")
    assert (response.status_code, response.content) == (200, b"")


def test_a_zip_with_many_members_can_be_read():
    expected = {f"{number}.txt": str(number).encode() for number in range(3000)}
    members = (Member(name, iter([data]), is_compressed=len(name) == 5) for name, data in expected.items())
    assert unpacked(b"".join(streamed_zip(members))) == expected


def test_a_broken_download_leaves_nothing_open(full):
    export = archives.as_zip(full, Digit.objects.owned_by(full))
    next(export)
    export.close()
    assert len(zipped(full)) > 1000


def test_the_page_offers_the_four_files(full, owner_client):
    page = owner_client.get("/export/").text
    assert "5 digits" in page
    for file in FILES:
        assert f'href="/export/{file}"' in page


def test_the_api_has_the_same_files(full, client, owner_token):
    headers = {"Authorization": f"Token {owner_token}"}
    for file in FILES:
        response = client.get(f"/api/v1/export/{file}", headers=headers)
        assert response.status_code == 200
        data = b"".join(response.streaming_content)
        if file == "digits.json":
            WRITTEN.validate(json.loads(data))
            assert len(json.loads(data)["drawings"]) == 4
