"""A number is corrected as a whole, confirmed with one click, and reviewed as one."""

import uuid

import pytest

from classifier.digits import corrections
from classifier.models import Correction, Digit, NumberCorrection, Prediction
from classifier.recognition.errors import InvalidInput
from tests.factories import FORTY_SEVEN, FOUR, answered, drawn_digit
from tests.numbers import answer_all, drawn_number

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.django_db


def said(owner):
    """The labels and reviews of a person's digits, from the left."""
    rows = Correction.objects.owned_by(owner).order_by("digit__position")
    return list(rows.values_list("digit__position", "label", "review"))


@pytest.fixture
def say(owner_client, forty_seven):
    """say(text or **fields) → the response to the form of the number 47."""
    address = f"/digits/{forty_seven[0].public_id}/number/"
    return lambda text="", **fields: owner_client.post(address, {"text": text, **fields}, headers=HTMX)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2048", "2048"),
        (" 3.5 ", "3.5"),
        ("12:30", "12:30"),
        ("−7", "-7"),
        ("+49  170 / 12", "+49 170 / 12"),
        ("１２", "12"),
        ("٣", "3"),
        ("7.500,–", "7.500,-"),
        ("50 %", "50 %"),
        (" 80\r\n\r\n9 0\n", "80\n9 0"),
    ],
)
def test_number_is_written_with_its_signs(typed, stored):
    assert corrections.written(typed) == stored


@pytest.mark.parametrize("typed", ["", " ", "abc", "12a", "-", "1" * 101, "1" + " " * 400 + "2", "1\0", "€5"])
def test_text_that_is_not_a_number_is_refused(say, owner, typed):
    response = say(typed)
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert not NumberCorrection.objects.exists()
    with pytest.raises(InvalidInput):
        corrections.written(typed)


def test_digits_are_corrected_with_their_number(say, owner, forty_seven):
    assert say("41").status_code == 200
    whole = NumberCorrection.objects.get()
    assert (whole.text, whole.number, whole.review, whole.drawing) == ("41", "41", "waiting", forty_seven[0].drawing)
    assert said(owner) == [(0, 4, "confirmed"), (1, 1, "waiting")]  # of the first nothing is to be reviewed
    assert set(whole.parts.all()) == set(Correction.objects.all())


def test_number_with_another_count_of_digits_is_stored_without_them(say, owner, forty_seven):
    say("4.75")
    assert (NumberCorrection.objects.get().number, said(owner)) == ("475", [])
    assert Digit.objects.filter(number="475").count() == 2  # so the history finds it
    say("47")
    assert said(owner) == [(0, 4, "confirmed"), (1, 7, "confirmed")]
    say("1234")
    assert said(owner) == []


def test_signs_alone_are_to_be_reviewed_but_not_the_digits(say, owner, forty_seven):
    say("4.7")
    assert NumberCorrection.objects.get().review == "waiting"
    assert said(owner) == [(0, 4, "confirmed"), (1, 7, "confirmed")]


@pytest.mark.parametrize("fields", [{"button": "right"}, {"text": "47"}])
def test_number_that_was_read_correctly_is_confirmed(say, owner, staff, fields):
    say(**fields)
    assert NumberCorrection.objects.get().review == "confirmed"
    assert said(owner) == [(0, 4, "confirmed"), (1, 7, "confirmed")]
    assert not NumberCorrection.objects.waiting().exists()
    assert not Correction.objects.waiting().exists()
    assert not Correction.objects.to_train_on().exists()


def test_number_with_an_unsure_digit_is_reviewed_also_if_it_was_read_correctly(say, owner, forty_seven):
    Prediction.objects.filter(digit=forty_seven[1]).update(verdict="unsure", candidates=[7, 1])
    say(button="right")
    assert NumberCorrection.objects.get().review == "waiting"
    assert said(owner) == [(0, 4, "confirmed"), (1, 7, "waiting")]


def test_number_that_is_not_all_read_cannot_be_confirmed(say, owner, forty_seven):
    Prediction.objects.filter(digit=forty_seven[1]).update(verdict="not_a_digit")
    response = say(button="right")
    assert (response.status_code, NumberCorrection.objects.count()) == (409, 0)
    assert "Type the number" in response.text


def test_correction_is_taken_back_with_those_of_its_digits(say, owner):
    say("41")
    say(button="back")
    assert (NumberCorrection.objects.count(), said(owner)) == (0, [])


def test_correction_of_one_digit_changes_the_number(say, owner, forty_seven):
    say("4.1")
    corrections.correct(forty_seven[1], 9)
    assert NumberCorrection.objects.get().text == "4.9"
    assert said(owner) == [(0, 4, "confirmed"), (1, 9, "waiting")]
    corrections.correct(forty_seven[1], None)
    assert (NumberCorrection.objects.count(), said(owner)) == (0, [(1, None, "waiting")])
    say("41")
    corrections.take_back(forty_seven[0])
    assert (NumberCorrection.objects.count(), said(owner)) == (0, [])


def test_own_correction_of_a_digit_gives_way_to_the_number(say, owner, forty_seven):
    corrections.correct(forty_seven[1], 2)
    say("41")
    assert said(owner) == [(0, 4, "confirmed"), (1, 1, "waiting")]


def test_accepting_a_number_accepts_its_digits(say, owner, staff, forty_seven):
    say("41")
    whole = NumberCorrection.objects.get()
    assert corrections.review_numbers(ids=[whole.pk], accept=True, by=staff) == 1
    whole.refresh_from_db()
    assert (whole.review, whole.reviewed_by) == ("accepted", staff)
    assert said(owner) == [(0, 4, "confirmed"), (1, 1, "accepted")]
    assert corrections.undo_review(numbers=[whole.pk]) == 1
    assert said(owner) == [(0, 4, "confirmed"), (1, 1, "waiting")]


def test_accepted_numbers_are_training_data_but_a_fifth_and_those_deleted(owner, staff, model_version):
    for _ in range(40):
        drawn_number(owner)
    Prediction.objects.update(**answered(model_version))
    for digit in Digit.objects.filter(position=0).with_predictions():
        digit.siblings = list(Digit.objects.filter(drawing=digit.drawing).with_predictions().order_by("position"))
        corrections.correct_number(digit.siblings, "3.5")
    assert not NumberCorrection.objects.to_train_on().exists()
    keys = NumberCorrection.objects.values_list("pk", flat=True)
    corrections.review_numbers(ids=keys, accept=True, by=staff)
    learnt, held = set(NumberCorrection.objects.to_train_on()), set(NumberCorrection.objects.to_measure_with())
    assert (len(learnt | held), len(learnt & held), 1 < len(held) < 20) == (40, 0, True)
    gone = learnt.pop()
    gone.drawing.deleted = gone.created
    gone.drawing.save()
    assert set(NumberCorrection.objects.to_train_on()) == learnt


def test_new_strokes_take_back_a_confirmed_number_and_reopen_a_corrected_one(owner, model_version, staff):
    name = uuid.uuid4()

    def draw(revision, strokes=FORTY_SEVEN):
        digits = drawn_number(owner, strokes, drawing_id=name, revision=revision).siblings
        answer_all(model_version, *[4, 7][: len(digits)])
        return list(Digit.objects.filter(pk__in=[each.pk for each in digits]).with_predictions().order_by("position"))

    corrections.confirm_number(draw(1))
    digits = draw(2)
    assert (NumberCorrection.objects.count(), Correction.objects.count()) == (0, 0)
    corrections.correct_number(digits, "41")
    corrections.review_numbers(ids=[NumberCorrection.objects.get().pk], accept=True, by=staff)
    draw(3)
    assert NumberCorrection.objects.get().review == "waiting"
    assert set(Correction.objects.values_list("review", flat=True)) == {"waiting"}
    draw(4, FOUR)
    assert (NumberCorrection.objects.count(), Correction.objects.count()) == (0, 0)


def test_lone_digit_may_be_a_number(owner_client, owner, model_version):
    digit = drawn_digit(owner)
    Prediction.objects.update(**answered(model_version, 8))
    address = f"/digits/{digit.public_id}/number/"
    assert "You say: <strong>80</strong>" in owner_client.post(address, {"text": "80"}, headers=HTMX).text
    (row,) = owner_client.get("/history/?number=80&corrected=true").context["rows"]
    assert row["whole"].text == "80"
    owner_client.post(address, {"text": "3"}, headers=HTMX)  # a correction of the digit itself
    assert (NumberCorrection.objects.count(), Correction.objects.get().label) == (0, 3)


def test_digit_is_confirmed_with_one_click_and_counts_as_known(owner_client, owner, model_version):
    digit = drawn_digit(owner)
    address = f"/digits/{digit.public_id}/correction/"
    assert owner_client.post(address, {"label": "right"}, headers=HTMX).status_code == 409  # nothing to confirm yet
    Prediction.objects.update(**answered(model_version))
    page = owner_client.get("/history/").text
    assert 'name="label" value="right"' in page
    response = owner_client.post(address, {"label": "right", "card": "1"}, headers=HTMX)
    assert "as it was read" in response.text
    correction = Correction.objects.get()
    assert (correction.label, correction.review) == (7, "confirmed")
    assert not Correction.objects.waiting().exists()
    summary = owner_client.get("/history/summary/").context
    assert (summary["known"], summary["confirmed"]) == (1, 1)


@pytest.mark.parametrize(
    ("verdict", "label", "review"),
    [("digit", 7, "confirmed"), ("unsure", 7, "waiting"), ("not_a_digit", None, "confirmed")],
)
def test_confirming_an_unsure_answer_tells_the_network_something(owner, model_version, verdict, label, review):
    drawn_digit(owner)
    Prediction.objects.update(**answered(model_version) | {"verdict": verdict})
    correction = corrections.confirm(Digit.objects.with_predictions().get())
    assert (correction.label, correction.review) == (label, review)


def test_confirmation_of_a_digit_ends_with_its_drawing(owner, model_version):
    name = uuid.uuid4()
    drawn_digit(owner, drawing_id=name)
    Prediction.objects.update(**answered(model_version))
    corrections.confirm(Digit.objects.with_predictions().get())
    drawn_digit(owner, drawing_id=name, revision=2)
    assert not Correction.objects.exists()


def test_card_of_the_history_is_answered_with_the_card(say, forty_seven):
    response = say("41", card="1")
    assert response.templates[0].name == "classifier/history/_number_card.html"
    assert "You say: <strong>41</strong>" in response.text
    wrong = say("x", card="1")
    assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (400, True)


def test_number_is_corrected_without_javascript(owner_client, forty_seven):
    address = f"/digits/{forty_seven[1].public_id}/"
    assert owner_client.post(f"{address}number/", {"text": "41"}).url == address
    assert "You say: <strong>41</strong>" in owner_client.get(address).text
    assert owner_client.post(f"{address}number/", {"text": "x"}).status_code == 302
    assert "Write a number" in owner_client.get(address).text


def test_stranger_corrects_nothing(stranger_client, forty_seven):
    address = f"/digits/{forty_seven[0].public_id}/"
    assert stranger_client.post(f"{address}number/", {"text": "41"}).status_code == 404
    assert stranger_client.post(f"{address}correction/", {"label": "right"}).status_code == 404
    assert not NumberCorrection.objects.exists()
