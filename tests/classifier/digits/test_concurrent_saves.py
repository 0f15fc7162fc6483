"""Several requests send the same drawing at the same moment: it is stored once, with its newest revision."""

import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from django.db import connection

from classifier.digits.intake import remove_drawing
from classifier.digits.predictions import lost_predictions
from classifier.models import Digit, Drawing, Prediction
from tests.factories import drawn_digit, many_digits

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(work, items, threads=6):
    """Calls `work` for all items in several threads; each closes its own database connection."""

    def one(item):
        try:
            return work(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, items))


def test_same_request_at_the_same_moment_is_stored_once(owner):
    name = uuid.uuid4()
    digits = at_once(lambda _: drawn_digit(owner, drawing_id=name).public_id, range(12))
    assert len(set(digits)) == 1
    assert (Drawing.objects.count(), Digit.objects.count(), Prediction.objects.count()) == (1, 1, 1)


def test_newest_revision_wins_in_any_order(owner):
    name, revisions = uuid.uuid4(), list(range(1, 13))
    random.Random(3).shuffle(revisions)
    at_once(lambda revision: drawn_digit(owner, drawing_id=name, revision=revision), revisions)
    assert (Drawing.objects.get().revision, Digit.objects.count()) == (12, 1)
    waiting = Prediction.objects.exclude(status="superseded")
    assert list(waiting.values_list("revision", "status")) == [(12, "queued")]


@pytest.mark.parametrize("revisions", [(2, 3, 4, 5), (5, 4, 3, 2), (3, 2, 5, 4)])
def test_simultaneous_undo_and_save_leave_a_complete_drawing_or_none(owner, revisions):
    name = uuid.uuid4()
    drawn_digit(owner, drawing_id=name)

    def save_or_remove(revision):
        if revision % 2:
            drawn_digit(owner, drawing_id=name, revision=revision)
        else:
            remove_drawing(owner, name, revision)

    at_once(save_or_remove, revisions)
    digits = Digit.objects.filter(drawing__public_id=name).with_predictions()
    assert [digit.prediction.status for digit in digits] in ([], ["queued"])


def test_two_schedulers_do_not_send_the_same_prediction(owner):
    many_digits(owner, 20)
    Prediction.objects.update(sent="2020-01-01T00:00Z")
    claimed = at_once(lambda _: lost_predictions(), range(4))
    assert sorted(chain.from_iterable(claimed)) == sorted(Prediction.objects.values_list("pk", flat=True))
