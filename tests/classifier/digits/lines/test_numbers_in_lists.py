"""Numbers that were read as a whole, in lists: found by their text, sorted by their confidence, wrong as a whole."""

import pytest

from classifier.batches.results import entries
from classifier.digits import corrections, intake
from classifier.digits.filters import filtered
from classifier.models import Batch, Digit, Drawing, NumberReading, Prediction
from classifier.recognition.preprocessing.strokes import render
from classifier.transfer.exporting import people
from tests.archives import read_whole, waiting_batch
from tests.factories import answered, drawn_digit, picture
from tests.lines import told, written
from tests.numbers import drawn_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def numbers(owner, settings, model_version, monkeypatch):
    """The leftmost digits of numbers by their texts; "4" and "47" were read without a line reader."""
    settings.ANSWER_WAIT_S = 5
    digits = {}
    with told(monkeypatch, "") as network:
        for text in ("3.5", "35", "12:30", "-7"):
            network.text = text
            digits[text] = intake.save_drawing(owner, written(text))
    settings.ANSWER_WAIT_S = 0
    digits |= {"47": drawn_number(owner), "7": drawn_digit(owner)}
    for prediction, label in zip(Prediction.objects.waiting().order_by("pk"), (4, 7, 7), strict=True):
        Prediction.objects.filter(pk=prediction.pk).update(**answered(model_version, label))
    return digits


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("35", ["35", "3.5"]),
        ("3.5", ["3.5"]),
        ("12:30", ["12:30"]),
        ("2:3", ["12:30"]),
        ("12 30", ["12:30"]),
        ("12.30", []),
        ("-7", ["-7"]),
        ("\N{MINUS SIGN}7", ["-7"]),
        ("7", ["7", "47", "-7"]),
        ("4.7", ["47"]),
    ],
)
def test_a_number_is_found_with_its_marks(owner_client, numbers, asked, found):
    names = {digit.drawing_id: text for text, digit in numbers.items()}
    rows = owner_client.get("/history/", {"number": asked}).context["rows"]
    assert [names[row["digit"].drawing_id] for row in rows] == found


def test_what_its_owner_says_counts_instead(owner, numbers):
    corrections.correct_number([*Digit.objects.filter(drawing=numbers["12:30"].drawing).with_predictions()], "12 3.0")
    assert not filtered(owner, {"number": "12:30"}).exists()
    assert filtered(owner, {"number": "123.0"}).count() == 4


def test_history_is_sorted_by_the_confidence_of_the_whole_number(owner_client, numbers):
    shares = {"3.5": 0.2, "35": 0.999, "12:30": 0.95, "-7": 0.5}
    for text, share in shares.items():
        NumberReading.objects.filter(drawing=numbers[text].drawing).update(confidence=share)
    names = {digit.drawing_id: text for text, digit in numbers.items()}
    rows = owner_client.get("/history/?sort=least_sure").context["rows"]
    order = [names[row["digit"].drawing_id] for row in rows]
    assert order == ["3.5", "-7", "7", "47", "12:30", "35"] or order == ["3.5", "-7", "47", "7", "12:30", "35"]


@pytest.mark.parametrize(("said", "is_wrong"), [("350", True), ("3", True), ("3.5", False), ("36", True)])
def test_a_number_corrected_to_another_length_was_read_wrongly(owner, numbers, said, is_wrong):
    digits = [*Digit.objects.filter(drawing=numbers["35"].drawing).with_predictions().order_by("position")]
    corrections.correct_number(digits, said)
    wrong = filtered(owner, {"wrong": "true"})
    assert wrong.filter(drawing=numbers["35"].drawing).exists() == is_wrong
    others = filtered(owner, {"wrong": "false"})
    assert wrong.count() + others.count() == Digit.objects.count()
    assert {*wrong.values_list("drawing", flat=True)} <= {numbers["35"].drawing_id}


def test_what_is_not_read_yet_is_not_wrong(owner, model_version):
    digit = drawn_digit(owner)
    Drawing.objects.update(true_number="12")
    assert Digit.objects.get().miscounted
    assert not filtered(owner, {"wrong": "true"}).exists()
    Prediction.objects.update(**answered(model_version))
    assert filtered(owner, {"wrong": "true"}).get() == digit


def test_results_and_tables_say_what_is_written(owner, model_version, monkeypatch):
    batch = waiting_batch(owner, {"a.png": picture(255 - render(written("3.5")))})
    with told(monkeypatch, "3.9"):  # the last digit is a 5
        read_whole(batch)
    reading = NumberReading.objects.get()
    (entry,) = entries(batch)
    assert (entry["text"], entry["number"], entry["verdict"]) == ("3.9", "39", "unsure")
    assert entry["confidence"] == reading.confidence
    _, row = people.batch_table(Batch.objects.get())
    file, answer, confidence, doubtful, *_, note = row
    assert (file, answer, doubtful) == ("a.png", "3.9", "yes")
    assert confidence == pytest.approx(100 * reading.confidence, abs=0.1)
    assert "but digit by digit it could be 3.5" in note
