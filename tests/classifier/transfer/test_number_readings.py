"""What line readers read in whole numbers is exported and comes back."""

import pytest

from classifier.digits import intake
from classifier.models import ForeignVersion, NumberReading
from classifier.pages.answers.numbers import answer_for
from classifier.transfer.importing import importer, jobs
from tests.exports import WRITTEN, document, drawing, exported, number_reading, without_names, zipped
from tests.importing import imported
from tests.lines import told, written
from tests.markup import flat

pytestmark = pytest.mark.django_db


@pytest.fixture
def reading(owner, settings, model_version, monkeypatch):
    """Two rows in a drawing's second revision: the first is in doubt, the second is not a number."""
    settings.ANSWER_WAIT_S = 5
    with told(monkeypatch, "3.9"):  # the last digit is a 5
        digit = intake.save_drawing(owner, written("3.5"))
    digit.drawing.reading.rows.append(digit.drawing.reading.rows[0] | {"verdict": "not_a_number", "reason": "word"})
    digit.drawing.reading.save()
    return digit.drawing.reading


def test_a_reading_is_exported_and_imported(owner, stranger, reading):
    NumberReading.objects.update(text="3.9\n3.9", verdict="not_a_number")
    data = exported(owner)
    WRITTEN.validate(data)
    assert "told" in {model["name"] for model in data["models"]}
    (record,) = data["drawings"]
    assert record["number_reading"]["rows"][0]["text"] == "3.9"
    assert record["number_reading"]["rows"][0]["characters"][1]["character"] == "."
    assert imported(stranger, zipped(owner)).remarks == 0
    assert without_names(exported(stranger)) == without_names(data)
    mine = NumberReading.objects.get(drawing__owner=stranger)
    same = ("text", "verdict", "confidence", "rows", "revision", "elapsed_ms", "model_version", "foreign_version")
    reading.refresh_from_db()
    assert [getattr(mine, name) for name in same] == [getattr(reading, name) for name in same]


def test_a_line_reader_of_another_site_is_kept_by_name(owner, owner_client, client, owner_token):
    job = imported(owner, document(drawing(number_reading=number_reading())))
    assert (job.brought, job.remarks) == (1, 0)
    reading = NumberReading.objects.get()
    assert (reading.version_name, reading.model_version, reading.foreign_version.owner) == ("theirs", None, owner)
    digit = reading.drawing.digits.with_predictions().get()
    digit.siblings = [digit]
    assert answer_for(digit, {}).text == "7,"
    fragment = owner_client.get(f"/digits/{digit.public_id}/?whole=1", headers={"HX-Request": "true"})
    assert "theirs" in flat(fragment.text)
    body = client.get(f"/api/v1/digits/{digit.public_id}/", headers={"Authorization": f"Token {owner_token}"}).json()
    assert (body["text"], body["reading"]["model_version"]) == ("7,", "theirs")


def test_removing_an_import_keeps_the_versions_of_other_readings(owner):
    imported(owner, document(drawing(number_reading=number_reading())))
    NumberReading.objects.get().drawing.digits.get().predictions.all().delete()
    other = imported(owner, document(drawing()))
    assert jobs.request_removal(other)
    assert importer.run(other.public_id).status == "removed"
    assert NumberReading.objects.get().version_name == "theirs"
    assert [*ForeignVersion.objects.values_list("name", flat=True)] == ["theirs"]


def test_an_export_without_readings_is_imported(owner):
    record = drawing()
    del record["number_reading"]
    assert imported(owner, document(record)).brought == 1
    assert not NumberReading.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"revision": 2}, {"model": "c" * 64}, {"text": "8,"}, {"verdict": "number"}],
    ids=["of another revision", "by an unknown version", "another text than its rows", "another verdict"],
)
def test_a_reading_that_does_not_fit_is_rejected(owner, wrong):
    job = imported(owner, document(drawing(number_reading=number_reading(**wrong))))
    assert (job.brought, job.refused) == (0, 1)
    assert "number_reading" in job.problems.get().sentence
