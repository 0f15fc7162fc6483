"""Numbers, drawings of several digits: stored, changed and answered together."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from classifier.digits import corrections, intake, numbers
from classifier.digits.predictions import answer_predictions
from classifier.errors import NotFound
from classifier.jobs import questions, replies
from classifier.models import Correction, Digit, Drawing, Prediction
from tests.factories import FORTY_SEVEN, FOUR, drawn_digit, picture
from tests.numbers import answer_all, drawn_number, shown

SEVEN_AT_RIGHT = FORTY_SEVEN[2:]


def rows(model):
    return list(model.objects.order_by("digit__position", "revision").values_list("digit__position", "status"))


def places(digits):
    return [(digit.position, digit.box[0] < 140) for digit in digits]


def test_number_is_one_drawing_with_a_digit_and_a_prediction_each(owner, redis_server):
    digit = drawn_number(owner)
    assert (Drawing.objects.count(), digit.position, Drawing.objects.get().one_digit) == (1, 0, False)
    assert [each.position for each in digit.siblings] == [0, 1]
    assert rows(Prediction) == [(0, "queued"), (1, "queued")]
    left, right = Digit.objects.order_by("position")
    assert bytes(left.pixels) != bytes(right.pixels)
    assert left.box[2] <= right.box[0]  # in px of the pad
    assert (left.box[0] < 40, right.box[2] > 240) == (True, True)
    assert isinstance(left.hints, dict)


@pytest.mark.django_db(transaction=True)
def test_one_question_is_sent_for_all_digits_of_a_number(owner, unread_queue):
    drawn_number(owner)
    keys = list(Prediction.objects.order_by("digit__position").values_list("pk", flat=True))
    assert [question.predictions for question in questions.take()] == [keys]


def test_one_digit_is_never_segmented(owner):
    digit = drawn_number(owner, one_digit=True)
    assert (len(digit.siblings), Digit.objects.count(), Drawing.objects.get().one_digit) == (1, 1, True)


def test_number_is_stored_with_one_query_more_than_a_digit(owner, model_version):
    """It asks whether a line reader is in service, however many digits there are."""
    with CaptureQueriesContext(connection) as for_one:
        drawn_digit(owner)
    with CaptureQueriesContext(connection) as for_two:
        drawn_number(owner)
    assert len(for_two) == len(for_one) + 1


def test_digit_is_stored_and_changed_with_few_queries(owner, django_assert_max_num_queries):
    name = uuid.uuid4()
    with django_assert_max_num_queries(5):  # savepoint, drawing, digit, prediction, release
        drawn_digit(owner, drawing_id=name)
    with django_assert_max_num_queries(10):
        drawn_digit(owner, drawing_id=name, revision=2)


def test_number_sent_again_is_stored_once_and_answered_whole(owner, model_version):
    name = uuid.uuid4()
    first = drawn_number(owner, drawing_id=name)
    answer_all(model_version, 4, 7)
    resent = drawn_number(owner, drawing_id=name)
    assert (Digit.objects.count(), Prediction.objects.count()) == (2, 2)
    assert [each.pk for each in resent.siblings] == [each.pk for each in first.siblings]
    assert [each.prediction.label for each in resent.siblings] == [4, 7]


def test_picture_is_segmented_as_well(owner):
    first, second = (SimpleUploadedFile("x.png", picture(shown())) for _ in range(2))
    digit = intake.accept_picture(owner, first, Drawing.Source.UPLOAD)
    assert places(digit.siblings) == [(0, True), (1, False)]
    whole = intake.accept_picture(owner, second, Drawing.Source.UPLOAD, one_digit=True)
    assert (len(whole.siblings), whole.drawing.one_digit) == (1, True)


def test_sample_is_one_digit(owner):
    assert intake.accept_sample(owner).drawing.one_digit is True


def test_digit_added_at_the_right_leaves_the_first_unchanged(owner, model_version):
    name = uuid.uuid4()
    four = drawn_number(owner, FOUR, drawing_id=name)
    answer_all(model_version, 4)
    corrections.correct(four, 9)
    both = drawn_number(owner, FORTY_SEVEN, drawing_id=name, revision=2)
    assert (both.public_id, [each.position for each in both.siblings]) == (four.public_id, [0, 1])
    assert rows(Prediction) == [(0, "superseded"), (0, "queued"), (1, "queued")]
    assert Correction.objects.get().digit == four


def test_undone_digit_is_removed_with_its_predictions_and_correction(owner, model_version):
    name = uuid.uuid4()
    four, seven = drawn_number(owner, drawing_id=name).siblings
    answer_all(model_version, 4, 7)
    for digit in (four, seven):
        corrections.correct(digit, 1)
    left = drawn_number(owner, FOUR, drawing_id=name, revision=2)
    assert (left.pk, left.siblings, Digit.objects.count()) == (four.pk, [left], 1)
    assert rows(Prediction) == [(0, "superseded"), (0, "queued")]
    assert Correction.objects.get().digit == four


def test_correction_does_not_pass_to_a_digit_added_at_the_left(owner, model_version):
    name = uuid.uuid4()
    seven = drawn_number(owner, SEVEN_AT_RIGHT, drawing_id=name)
    corrections.correct(seven, 1)
    drawn_number(owner, SEVEN_AT_RIGHT + FOUR, drawing_id=name, revision=2)
    assert not Correction.objects.exists()


def test_one_digit_joins_and_separates_the_same_strokes(owner):
    name = uuid.uuid4()
    counts = []
    for revision, one_digit in ((1, False), (2, True), (3, False)):
        drawn_number(owner, drawing_id=name, revision=revision, one_digit=one_digit)
        counts.append((Digit.objects.count(), Drawing.objects.get().one_digit))
    assert counts == [(2, False), (1, True), (2, False)]


def test_requests_that_wait_for_a_removed_digit_get_a_reply(owner, monkeypatch, django_capture_on_commit_callbacks):
    name, sent = uuid.uuid4(), []
    drawn_number(owner, drawing_id=name)
    waiting = set(Prediction.objects.values_list("pk", flat=True))
    monkeypatch.setattr(replies, "send", lambda key, content, **_: sent.append(key))
    with django_capture_on_commit_callbacks(execute=True):
        drawn_number(owner, FOUR, drawing_id=name, revision=2)
    assert set(sent) == {f"prediction:{pk}" for pk in waiting}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(3))
def test_newest_revision_wins_however_many_digits_each_has(owner, seed):
    name, revisions = uuid.uuid4(), list(range(1, 10))
    np.random.default_rng(seed).shuffle(revisions)

    def save(revision):
        try:
            return drawn_number(owner, FORTY_SEVEN if revision % 2 else FOUR, drawing_id=name, revision=revision)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, revisions))
    assert Drawing.objects.get().revision == 9
    assert list(Digit.objects.order_by("position").values_list("position", flat=True)) == [0, 1]
    current = Prediction.objects.exclude(status="superseded")
    assert list(current.order_by("digit__position").values_list("revision", "status")) == [(9, "queued")] * 2


def test_request_waits_until_all_digits_have_an_answer(owner, inference_worker):
    digit = drawn_number(owner)
    intake.wait_for_answer(digit, 10)
    assert [each.prediction.status for each in digit.siblings] == ["done", "done"]
    assert numbers.text_of(digit.siblings) == "47"


def test_request_waits_no_longer_for_all_digits_than_for_one(owner, monkeypatch):
    now, waited = [100.0], []
    monkeypatch.setattr("classifier.digits.intake.answers.time.monotonic", lambda: now[0])

    def pass_time(key, timeout_s):
        waited.append(round(timeout_s, 3))
        now[0] += 3

    monkeypatch.setattr(replies, "wait_for", pass_time)
    digit = drawn_number(owner)
    intake.wait_for_answer(digit, 4)
    assert waited == [4, 1]
    assert [each.prediction.status for each in digit.siblings] == ["queued", "queued"]


def test_digit_removed_during_the_wait_is_no_longer_a_sibling(owner, monkeypatch):
    digit = drawn_number(owner)
    monkeypatch.setattr(replies, "wait_for", lambda *_: Digit.objects.filter(position=1).delete() and None)
    intake.wait_for_answer(digit, 1)
    assert [each.position for each in digit.siblings] == [0]
    Drawing.objects.all().delete()
    with pytest.raises(NotFound):
        intake.wait_for_answer(digit, 1)


def test_one_task_answers_all_digits(owner, model_version):
    drawn_number(owner)
    assert answer_predictions(list(Prediction.objects.values_list("pk", flat=True))) == 2
    assert list(Prediction.objects.order_by("digit__position").values_list("label", flat=True)) == [4, 7]


def test_lone_digits_need_no_query_for_siblings(owner_client, owner, django_assert_num_queries):
    digit = drawn_digit(owner)
    digits = list(Digit.objects.filter(pk=digit.pk).with_predictions())
    with django_assert_num_queries(0):
        numbers.know_siblings(digits)
        assert (digits[0].siblings, numbers.mark(digits[0])) == (digits, "")
