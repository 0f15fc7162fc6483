"""A batch leaves people who draw the processor time that they need."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from classifier.batches import pacing, reading
from classifier.models import Digit, Prediction
from tests.archives import PNG, read_whole, waiting_batch
from tests.factories import many_digits

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(pacing.os, "cpu_count", lambda: 2)


@pytest.mark.parametrize(("people", "share"), [(0, 0.0), (10, 0.3), (30, 0.9), (40, 0.9)])
def test_share_of_people_follows_from_how_many_have_just_drawn(people, share):
    for number in range(people):
        many_digits(User.objects.create(username=f"p{number}"), 2)
    assert pacing.share_of_people() == pytest.approx(share)


def test_older_drawings_and_those_of_batches_do_not_count(owner):
    many_digits(owner, 10)
    Digit.objects.update(source="batch")
    assert pacing.share_of_people() == 0
    Digit.objects.update(source="draw")
    assert pacing.share_of_people() > 0
    Prediction.objects.update(created=timezone.now() - timedelta(seconds=6))
    assert pacing.share_of_people() == 0


@pytest.fixture
def rests(monkeypatch):
    slept = []
    monkeypatch.setattr(pacing.time, "sleep", slept.append)
    return slept


@pytest.mark.parametrize(("share", "expected"), [(0.0, []), (0.5, [0.1]), (0.8, [0.4]), (0.9, [0.9])])
def test_rests_in_proportion_to_its_work(rests, monkeypatch, share, expected):
    monkeypatch.setattr(pacing, "share_of_people", lambda: share)
    pace = pacing.Pace(lambda: False)
    began = pace._since
    monkeypatch.setattr(pacing.time, "monotonic", lambda: began + 0.1)
    pace.rest()
    assert rests == pytest.approx(expected)


def test_does_not_rest_when_it_has_to_leave_and_never_for_long(rests, monkeypatch):
    monkeypatch.setattr(pacing, "share_of_people", lambda: 0.9)
    began = pacing.time.monotonic()
    leaving, staying = pacing.Pace(lambda: True), pacing.Pace(lambda: False)
    monkeypatch.setattr(pacing.time, "monotonic", lambda: began + 20)
    leaving.rest()
    assert rests == []
    staying.rest()
    assert rests == [pacing.LONGEST_S]


def test_batch_rests_after_each_piece(owner, monkeypatch):
    rested = []
    monkeypatch.setattr(reading.Pace, "rest", lambda pace: rested.append(pace))
    assert read_whole(waiting_batch(owner, {"7.png": PNG})).status == "done"
    assert len(rested) == 1
