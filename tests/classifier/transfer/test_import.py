"""An imported export: the same history under new ids, and nothing twice."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.utils import timezone

from classifier.digits import corrections, predictions, registry
from classifier.models import (
    Correction,
    Digit,
    Drawing,
    ModelVersion,
    NumberCorrection,
    Prediction,
)
from tests.conftest import ON_POSTGRESQL
from tests.environment import BASE_DIR, clean_environment
from tests.exports import (
    WRITTEN,
    document,
    drawing,
    exported,
    number_correction,
    unpacked,
    without_names,
    zipped,
)
from tests.factories import picture
from tests.importing import imported

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
def test_export_after_import_differs_only_in_ids(full, stranger):
    job = imported(stranger, zipped(full))
    assert (job.status, job.error, job.remarks) == ("done", "", 0)
    before, after = exported(full), exported(stranger)
    assert without_names(after) == without_names(before)
    names = [{each["id"] for each in export["drawings"]} for export in (before, after)]
    assert not names[0] & names[1]
    assert {each["origin"] for each in after["drawings"]} == names[0]


def test_originals_are_imported_byte_by_byte(full, stranger):
    imported(stranger, zipped(full))
    files = [
        sorted(data for name, data in unpacked(zipped(who)).items() if "original" in name) for who in (full, stranger)
    ]
    assert files[0] == files[1] == [picture()]


def test_json_alone_is_imported_without_originals(full, stranger):
    job = imported(stranger, exported(full), "mine.json")
    assert (job.status, job.brought, job.originals, job.remarks) == ("done", 4, 0, 0)
    came = exported(stranger)
    for export in (before := exported(full), came):
        for each in export["drawings"]:
            each["original"] = None
    assert without_names(came) == without_names(before)


def test_reformatted_json_is_imported(full, stranger):
    tidy = json.dumps(exported(full), indent=2, ensure_ascii=False).encode()
    assert imported(stranger, b"\xef\xbb\xbf" + tidy).brought == 4


def test_a_repacked_zip_is_imported(full, stranger):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in unpacked(zipped(full)).items():
            archive.writestr(f"my things/{name}", data)
    assert imported(stranger, file.getvalue()).originals == 1


PROGRAM = """
import sys, django
django.setup()
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from classifier.transfer.exporting import documents
from classifier.transfer.importing import chunks, drawings, importer, jobs, removal
from classifier.models import Digit
call_command("migrate", verbosity=0)
me = User.objects.create_user("me")
jobs.send = lambda key: None
job = jobs.request_import(me, SimpleUploadedFile("mine.zip", open(sys.argv[1], "rb").read()))
importer.run(job.public_id)
with open(sys.argv[2], "wb") as file:
    for piece in documents.as_json(me, Digit.objects.owned_by(me)):
        file.write(piece)
"""


HERE, ELSEWHERE = ("postgresql", "sqlite") if ON_POSTGRESQL else ("sqlite", "postgresql")


@pytest.mark.postgres
@pytest.mark.parametrize("kind", [ELSEWHERE, pytest.param(HERE, marks=pytest.mark.slow)])
@pytest.mark.django_db(transaction=True)
def test_another_installation_with_another_database_has_the_same_history(kind, full, tmp_path, request):
    (tmp_path / "mine.zip").write_bytes(zipped(full))
    (tmp_path / "run").mkdir()
    url = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres")
        if ON_POSTGRESQL:  # the server has this test's database; use another one
            url = url.rpartition("/")[0] + "/postgres"
    variables = {"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "mine.zip"), str(tmp_path / "again.json")]
    run = subprocess.run(command, cwd=BASE_DIR, env=clean_environment() | variables, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    assert without_names(json.loads((tmp_path / "again.json").read_text())) == without_names(exported(full))


def test_known_versions_are_assigned_and_others_kept_by_name(full, stranger, model_version):
    imported(stranger, zipped(full))
    theirs = Prediction.objects.filter(digit__drawing__owner=stranger)
    assert {(each.model_version, str(each.foreign_version or "")) for each in theirs} == {
        (model_version, ""),
        (None, "elsewhere"),
    }


def test_a_foreign_version_can_never_serve_or_be_offered(full, stranger, staff_client):
    before = ModelVersion.objects.count()
    imported(stranger, document(drawing()))
    assert ModelVersion.objects.count() == before
    assert registry.shown_to_all().count() == before
    for page in ("/staff/", "/staff/versions/", "/model/", "/staff/runs/new/"):
        assert "theirs" not in staff_client.get(page).text


def test_a_foreign_version_is_named_on_the_pages_of_its_digit(stranger, stranger_client, client, stranger_token):
    imported(stranger, document(drawing()))
    digit = Digit.objects.owned_by(stranger).get()
    assert "theirs" in stranger_client.get(f"/digits/{digit.public_id}/").text
    told = client.get(f"/api/v1/digits/{digit.public_id}/", headers={"Authorization": f"Token {stranger_token}"}).json()
    assert told["prediction"]["model_version"] == "theirs"


def test_names_of_foreign_versions_are_each_persons_own(owner, stranger):
    imported(stranger, document(drawing(), models=[{"name": "rude", "architecture": "", "sha256": "a" * 64}]))
    imported(owner, document(drawing()))
    assert {model["name"] for model in exported(owner)["models"]} == {"theirs"}


def test_imported_corrections_wait_for_review(full, stranger):
    Correction.objects.update(review="accepted", reviewed=timezone.now())
    imported(stranger, zipped(full))
    mine = Correction.objects.owned_by(stranger)
    assert list(mine.values_list("review", "reviewed", "reviewed_by").order_by().distinct()) == [
        ("waiting", None, None)
    ]
    assert all(each.held_back == corrections.is_held_back(each.digit) for each in mine.select_related("digit"))


@pytest.mark.parametrize(("said", "labels"), [("4.1", [4, 1]), ("4\n1", [4, 1]), ("475", None), ("47", [4, 7])])
def test_correction_of_a_whole_number_is_exported_and_imported(owner, stranger, forty_seven, said, labels):
    digits = list(Digit.objects.owned_by(owner).with_predictions().order_by("position"))
    corrections.correct_number(digits, said)
    document = exported(owner)
    WRITTEN.validate(document)
    (record,) = document["drawings"]
    whole, parts = record["number_correction"], [digit["correction"] for digit in record["digits"]]
    assert (whole["text"], whole["review"], whole["confirmed"]) == (said, "waiting", said == "47")
    assert [part and part["confirmed"] for part in parts] == ([None, None] if labels is None else [True, said == "47"])
    assert imported(stranger, zipped(owner)).remarks == 0
    assert without_names(exported(stranger)) == without_names(document)
    mine = NumberCorrection.objects.owned_by(stranger).get()
    assert mine.review == ("confirmed" if said == "47" else "waiting")
    assert list(mine.parts.order_by("digit__position").values_list("label", flat=True)) == (labels or [])


def test_invalid_number_in_an_export_is_rejected(stranger):
    job = imported(stranger, document(drawing(number_correction=number_correction(text="-"))))
    assert (job.brought, job.refused) == (0, 1)


@pytest.mark.postgres
def test_dates_and_order_are_kept(full, stranger):
    imported(stranger, zipped(full))
    dates = list(Drawing.objects.owned_by(stranger).order_by("pk").values_list("created", flat=True))
    assert dates == list(Drawing.objects.owned_by(full).order_by("pk").values_list("created", flat=True))


def test_queued_predictions_are_made_here(owner, inference_worker):
    waiting = drawing(prediction={"status": "queued", "model": None, "finished": None, "verdict": ""})
    imported(owner, document(waiting))
    (answer,) = Prediction.objects.waiting()
    predictions.answer_predictions([answer.pk])
    answer.refresh_from_db()
    assert (answer.status, answer.model_version_id is not None) == ("done", True)


@pytest.mark.postgres
def test_repeating_an_import_adds_nothing(full, stranger):
    data = zipped(full)
    first, again = imported(stranger, data), imported(stranger, data)
    assert (first.brought, first.known, again.brought, again.known) == (4, 0, 0, 4)
    assert Drawing.objects.owned_by(stranger).count() == 4


@pytest.mark.postgres
def test_importing_ones_own_export_restores_only_missing_drawings(full):
    data = zipped(full)
    Drawing.objects.get(source="camera").delete()
    job = imported(full, data)
    assert (job.brought, job.known, job.originals) == (1, 3, 1)


@pytest.mark.postgres
def test_drawings_are_known_after_a_round_trip(full, stranger):
    imported(stranger, zipped(full))
    assert imported(full, zipped(stranger)).known == 4


def test_a_repeated_drawing_is_imported_once(owner):
    one = drawing()
    job = imported(owner, document(one, one))
    assert (job.brought, job.known) == (1, 1)


def test_an_imported_drawing_can_be_corrected_and_deleted(full, stranger, stranger_client):
    imported(stranger, zipped(full))
    digit = Digit.objects.owned_by(stranger).get(drawing__source="camera")
    assert stranger_client.get(f"/digits/{digit.public_id}/").status_code == 200
    assert stranger_client.get(f"/digits/{digit.public_id}/picture/").status_code == 200
    assert stranger_client.post(f"/digits/{digit.public_id}/correction/", {"label": "7"}).status_code == 302
    assert stranger_client.post(f"/digits/{digit.public_id}/delete/").status_code == 302
    assert Drawing.Source.CAMERA not in Drawing.objects.owned_by(stranger).values_list("source", flat=True)
