"""Corrections of numbers that were read as a whole, with their marks and rows."""

import pytest

from classifier.digits import corrections, intake
from classifier.models import Correction, Digit, NumberCorrection, NumberReading
from classifier.recognition.preprocessing.strokes import Sketch
from classifier.transfer.exporting import people
from tests.lines import told, written

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


def below_one_another(text: str, rows: int) -> Sketch:
    """The same text in several rows."""
    sketch = written(text)
    strokes = [[[x, y + 200 * row] for x, y in stroke] for row in range(rows) for stroke in sketch.strokes]
    return Sketch(strokes, sketch.width, 200 * rows + 100, sketch.pen)


@pytest.fixture
def read(owner, settings, model_version, monkeypatch):
    """read(text, rows=1) → the leftmost digit of a stored drawing that was read as this text in each row."""
    settings.ANSWER_WAIT_S = 5

    def read(text: str, rows: int = 1) -> Digit:
        with told(monkeypatch, text):
            return intake.save_drawing(owner, below_one_another(text, rows))

    return read


@pytest.mark.parametrize(("text", "rows"), [("3.5", 1), ("12:30", 1), ("-7", 1), ("35", 2)])
def test_what_was_read_is_confirmed_with_its_marks_and_rows(owner_client, read, text, rows):
    digit = read(text, rows)
    address = f"/digits/{digit.public_id}/number/"
    assert owner_client.post(address, {"button": "right"}, headers=HTMX).status_code == 200
    whole = NumberCorrection.objects.get()
    assert (whole.text, whole.review) == ("\n".join([text] * rows), "confirmed")
    assert not Correction.objects.waiting().exists()


def test_a_sign_that_is_not_there_is_taken_away(owner_client, read):
    digit = read("-7")
    response = owner_client.post(f"/digits/{digit.public_id}/number/", {"text": "7"}, headers=HTMX)
    assert "You say: <strong>7</strong>" in response.text
    assert (NumberCorrection.objects.get().text, Correction.objects.get().label) == ("7", 7)


def test_a_sign_without_a_name_is_left_out_of_what_is_confirmed(read):
    digit = read("3.5")
    NumberReading.objects.update(text="3?5")
    corrections.confirm_number([*Digit.objects.filter(drawing=digit.drawing).with_predictions().order_by("position")])
    assert NumberCorrection.objects.get().text == "35"


def test_rows_are_corrected_in_lines_of_their_own(owner_client, read):
    digit = read("35", rows=3)
    page = owner_client.get(f"/digits/{digit.public_id}/").text
    assert '<textarea name="text"' in page
    assert 'rows="3"' in page
    assert "35\n35\n35</textarea>" in page
    address = f"/digits/{digit.public_id}/number/"
    response = owner_client.post(address, {"text": " 35\r\n\r\n36 \r\n3.5\r\n"}, headers=HTMX)
    whole = NumberCorrection.objects.get()
    assert (whole.text, whole.number, whole.review) == ("35\n36\n3.5", "353635", "waiting")
    assert "You say: <strong>35 · 36 · 3.5</strong>" in response.text
    said = Correction.objects.order_by("digit__position").values_list("label", flat=True)
    assert [*said] == [3, 5, 3, 6, 3, 5]
    _, row = people.table(Digit.objects.all())
    assert "35 36 3.5" in row
