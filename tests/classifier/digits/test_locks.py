"""Removing or changing a drawing while a worker stores the answer to one of its digits, in PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from classifier.digits import corrections, deletion
from classifier.digits.intake import remove_drawing
from classifier.models import Digit, Drawing, Prediction
from classifier.retention import removal
from tests.factories import answered, drawn_digit
from tests.services import wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="a transaction of SQLite locks the whole database"),
]


def remove_old(digit):
    Drawing.objects.update(created=timezone.now() - timedelta(days=40))
    removal.announce()
    removal.Retention.objects.update(starts=None)
    removal.carry_out()


def remove_deleted(digit):
    deletion.delete(digit.drawing.owner, [digit.public_id])
    deletion.remove_now(digit.drawing.owner, [digit.drawing.public_id])


def undo(digit):
    remove_drawing(digit.drawing.owner, digit.drawing.public_id, revision=2)


def correct(digit):
    corrections.correct(digit, 4)


def sessions_that_wait():
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("change", [remove_old, remove_deleted, undo, correct])
def test_an_answer_and_a_change_of_its_drawing_do_not_wait_for_each_other(change, owner, model_version, settings):
    settings.KEEP_DIGITS_DAYS, settings.KEEP_ORIGINALS_DAYS = 30, 0
    digit = drawn_digit(owner)

    def in_thread(work):
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Digit.objects.select_for_update(no_key=True).get(pk=digit.pk)
            answer = Prediction.objects.filter(digit=digit)
            # The worker has its prediction, and its trigger waits for the digit.
            stored = pool.submit(in_thread, lambda: answer.update(**answered(model_version)))
            wait_until(lambda: sessions_that_wait() == 1, 10, "the answer waits")
            changed = pool.submit(in_thread, lambda: change(digit))
            wait_until(lambda: sessions_that_wait() == 2, 10, "the change waits")
        assert stored.result(30) == 1
        changed.result(30)
    assert Digit.objects.exists() == (change is correct)
