"""Owners correct their digits, staff review the corrections, and a fifth is held back from training."""

import uuid

import pytest

from classifier.digits import corrections
from classifier.models import Correction, Prediction
from tests.factories import answered, drawn_digit, many_digits, pad_form

HTMX = {"HX-Request": "true"}
Review = Correction.Review


@pytest.fixture
def digit(owner, model_version):
    digit = drawn_digit(owner, drawing_id=uuid.uuid4())
    Prediction.objects.update(**answered(model_version, label=3))
    return digit


@pytest.fixture
def say(owner_client, digit):
    return lambda label, **headers: owner_client.post(
        f"/digits/{digit.public_id}/correction/", {"label": label}, headers=headers
    )


@pytest.mark.parametrize(("word", "label"), [("7", 7), ("0", 0), ("none", None)])
def test_owner_corrects_a_digit(say, digit, word, label):
    response = say(word, **HTMX)
    assert response.templates[0].name == "classifier/digits/_correction.html"
    correction = Correction.objects.get()
    assert (correction.digit, correction.label, correction.review) == (digit, label, Review.WAITING)


def test_correction_is_changed_and_withdrawn(say, digit):
    say("7")
    corrections.review(ids=[Correction.objects.get().pk], accept=True, by=digit.drawing.owner)
    say("7")
    assert Correction.objects.get().review == Review.ACCEPTED
    say("1")
    assert (Correction.objects.get().label, Correction.objects.get().review) == (1, Review.WAITING)
    say("back")
    assert not Correction.objects.exists()


@pytest.mark.parametrize("word", ["10", "-1", "seven", ""])
def test_invalid_label_is_refused(say, word):
    assert say(word, **HTMX).status_code == 400
    assert not Correction.objects.exists()


def test_page_of_the_digit_shows_the_correction(say, owner_client, digit):
    assert say("8").url == f"/digits/{digit.public_id}/"
    assert "it is an <strong>8</strong>" in owner_client.get(f"/digits/{digit.public_id}/").content.decode()


def test_correction_of_a_changed_drawing_is_reviewed_again(say, owner_client, digit):
    say("7")
    corrections.review(ids=[Correction.objects.get().pk], accept=True, by=digit.drawing.owner)
    form = pad_form(drawing=str(digit.drawing.public_id), revision=2, pen=24)
    assert owner_client.post("/drawings/", form, headers=HTMX).status_code == 200
    assert Correction.objects.get().review == Review.WAITING


def test_review_changes_only_waiting_corrections(owner, staff, stranger):
    first, second = (corrections.correct(digit, 5) for digit in many_digits(owner, 2))
    assert corrections.review(ids=[first.pk, second.pk], accept=True, by=staff) == 2
    assert corrections.review(ids=[first.pk], accept=False, by=stranger) == 0
    first.refresh_from_db()
    assert (first.review, first.reviewed_by) == (Review.ACCEPTED, staff)
    assert corrections.undo_review(ids=[first.pk]) == 1


def test_a_fifth_is_held_back_from_training(owner, staff):
    made = [corrections.correct(digit, 5) for digit in many_digits(owner, 300)]
    corrections.review(ids=[each.pk for each in made], accept=True, by=staff)
    learnt, kept = set(Correction.objects.to_train_on()), set(Correction.objects.to_measure_with())
    assert learnt.isdisjoint(kept)
    assert learnt | kept == set(made)
    assert 0.1 < len(kept) / len(made) < 0.3
    assert all(corrections.is_held_back(each.digit) for each in kept)
