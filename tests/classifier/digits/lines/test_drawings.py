"""Drawings that are read as a whole: what is stored, shown and said, and what happens without a worker."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from classifier.digits import intake
from classifier.digits.lines import answering
from classifier.digits.lines.messages import ReadRow, pack_row, unpack_row
from classifier.digits.replay import CUT_OUT, steps_of
from classifier.models import Digit, Drawing, NumberReading, Prediction
from classifier.recognition.lines.picture_rows import rows_of_picture
from classifier.recognition.preprocessing.strokes import render
from tests.archives import PNG, read_whole, waiting_batch
from tests.factories import FOUR, picture, sketch
from tests.lines import told, written
from tests.markup import flat

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def waits(settings, model_version):
    """Requests wait for answers, which come at once."""
    settings.ANSWER_WAIT_S = 5
    return model_version


def test_a_number_is_stored_with_its_marks_and_its_answers(owner, waits, monkeypatch):
    with told(monkeypatch, "3.5"):
        digit = intake.save_drawing(owner, written("3.5"))
    reading = NumberReading.objects.get()
    assert (reading.text, reading.verdict, reading.drawing) == ("3.5", "number", digit.drawing)
    assert [each.read for each in Digit.objects.order_by("position")] == [3, 5]
    assert {*Prediction.objects.values_list("status", "model_version__name")} == {("done", waits.name)}
    (row,) = (ReadRow.from_json(row) for row in reading.rows)
    lefts = [box[0] for _, box in row.characters]
    assert [character for character, _ in row.characters] == ["3", ".", "5"] and lefts == sorted(lefts)


def test_pages_and_api_say_what_is_written(owner, owner_client, owner_token, waits, monkeypatch):
    with told(monkeypatch, "12:30"):
        digit = intake.save_drawing(owner, written("12:30"))
    address = f"/digits/{digit.public_id}/"
    assert "12:30" in flat(owner_client.get(address).text)
    assert "12:30" in flat(owner_client.get("/history/").text)
    fragment = flat(owner_client.get(f"{address}?whole=1", headers=HTMX).text)
    assert "This is <strong>12:30</strong>." in fragment and "and told" in fragment
    api = Client(headers={"Authorization": f"Token {owner_token}"})
    body = api.get(f"/api/v1/digits/{digit.public_id}/").json()
    assert (body["text"], body["number"], len(body["digits"])) == ("12:30", "1230", 4)
    (row,) = body["reading"]["rows"]
    assert (row["text"], row["verdict"], body["reading"]["model_version"]) == ("12:30", "number", "told")


def test_a_digit_in_dispute_makes_the_number_unsure_and_shows_both(owner, owner_client, waits, monkeypatch):
    with told(monkeypatch, "39"):  # the second digit is a 5
        intake.save_drawing(owner, written("35"))
    reading = NumberReading.objects.get()
    assert (reading.text, reading.verdict) == ("39", "unsure")
    assert {text for text, _ in ReadRow.from_json(reading.rows[0]).alternatives} == {"39", "35"}
    second = Prediction.objects.get(digit__position=1)
    assert (second.verdict, second.label, second.candidates) == ("unsure", 9, [9, 5])
    shown = flat(owner_client.get(f"/digits/{second.digit.public_id}/?whole=1", headers=HTMX).text)
    assert "Read as a whole it is 39, but digit by digit it could be 35." in shown


def test_drawing_that_is_not_a_number_is_one_refused_digit_with_the_reason(owner, waits, monkeypatch):
    with told(monkeypatch, "???"):
        digit = intake.save_drawing(owner, written("+-+"))
    reading = NumberReading.objects.get()
    assert (reading.verdict, reading.rows[0]["reason"]) == ("not_a_number", "word")
    assert len(digit.siblings) == 1 and digit.siblings[0].prediction.verdict == "not_a_digit"


def test_without_an_answer_the_drawing_is_cut_by_segmentation_and_waits(owner, settings, model_version):
    settings.ANSWER_WAIT_S = 0
    intake.save_drawing(owner, written("35"))
    assert not NumberReading.objects.exists()
    assert [*Digit.objects.values_list("status", flat=True)] == ["queued", "queued"]


def test_without_a_line_reader_a_worker_says_so_at_once(model_version, monkeypatch):
    sent = []
    monkeypatch.setattr("classifier.jobs.replies.send", lambda key, content, **_: sent.append((key, content)))
    answering.answer_lines({"sketch": {"strokes": [], "width": 300, "height": 300, "pen": 8.0}}, "key")
    assert sent == [("key", {})]


def test_drawing_on_reads_the_whole_again(owner, waits, monkeypatch):
    name = uuid.uuid4()
    with told(monkeypatch, "35") as network:
        intake.save_drawing(owner, written("35"), drawing_id=name)
        network.text = "357"
        digit = intake.save_drawing(owner, written("357"), drawing_id=name, revision=2)
    assert (NumberReading.objects.get().text, NumberReading.objects.get().revision) == ("357", 2)
    assert [each.read for each in Digit.objects.order_by("position")] == [3, 5, 7]
    assert Prediction.objects.filter(digit=digit, status="superseded").exists()


def test_a_number_that_becomes_one_digit_keeps_no_reading(owner, waits, monkeypatch):
    name = uuid.uuid4()
    with told(monkeypatch, "35"):
        intake.save_drawing(owner, written("35"), drawing_id=name)
        intake.save_drawing(owner, sketch(FOUR), drawing_id=name, revision=2)
    assert not NumberReading.objects.exists()
    assert Digit.objects.count() == 1


def test_a_plain_digit_is_not_sent_to_the_line_reader(owner, waits, monkeypatch):
    with told(monkeypatch, "88"):
        intake.save_drawing(owner, sketch(FOUR))
    assert not NumberReading.objects.exists()


def test_one_digit_is_one_digit(owner, waits, monkeypatch):
    with told(monkeypatch, "35"):
        digit = intake.save_drawing(owner, written("35"), one_digit=True)
    assert len(digit.siblings) == 1 and not NumberReading.objects.exists()


def test_a_preview_says_the_number(owner_client, waits, monkeypatch):
    drawn = written("3.5")
    with told(monkeypatch, "3.5"):
        read = intake.preview_sketch(drawn, 5)
    assert read is not None
    assert [row.text for row in read.rows] == ["3.5"] and [each["label"] for each in read.results] == [3, 5]


def test_why_shows_the_digit_as_it_was_cut_out(owner, waits, monkeypatch):
    with told(monkeypatch, "35"):
        intake.save_drawing(owner, written("35"))
    second = Digit.objects.with_predictions().get(position=1)
    steps, note = steps_of(second)
    assert (steps[-1].title, steps[-1].picture.tobytes(), note) == (CUT_OUT, bytes(second.pixels), "")


def test_a_row_survives_its_message():
    (row,) = rows_of_picture(255 - render(written("35")))
    sent = unpack_row(pack_row(row))
    assert (sent.ink == row.ink).all()
    assert {name: getattr(sent, name) for name in ("top", "bottom", "left_px", "zoom", "hints")} == {
        name: getattr(row, name) for name in ("top", "bottom", "left_px", "zoom", "hints")
    }


def test_an_uploaded_picture_is_read_as_a_whole(owner, waits, monkeypatch):
    with told(monkeypatch, "3.5"):
        file = SimpleUploadedFile("x.png", picture(255 - render(written("3.5"))))
        intake.accept_picture(owner, file, Drawing.Source.UPLOAD)
    assert NumberReading.objects.get().text == "3.5"
    assert [each.read for each in Digit.objects.order_by("position")] == [3, 5]


def test_a_batch_reads_numbers_as_a_whole(owner, waits, monkeypatch):
    files = {"a.png": picture(255 - render(written("3.5"))), "7/b.png": PNG}
    with told(monkeypatch, "3.5"):
        batch = read_whole(waiting_batch(owner, files))
    assert [*NumberReading.objects.values_list("text", "verdict", "drawing__member")] == [("3.5", "number", "a.png")]
    digits = Digit.objects.filter(drawing__batch=batch).order_by("drawing", "position")
    assert [(each.read, each.number) for each in digits] == [(7, "7"), (3, "35"), (5, "35")]
