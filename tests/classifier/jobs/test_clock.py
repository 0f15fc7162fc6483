"""A clock that is set back: what was sent "later than now" is lost all the same, and is sent again at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifier.digits import predictions
from classifier.jobs import leases
from classifier.models import Batch, Prediction
from tests.factories import drawn_digit


@pytest.mark.parametrize(("ahead_s", "is_lost"), [(3600, True), (10, False)])
def test_lost_prediction_is_sent_again(owner, ahead_s, is_lost):
    drawn_digit(owner)
    Prediction.objects.update(sent=timezone.now() + timedelta(seconds=ahead_s))
    assert bool(predictions.lost_predictions()) is is_lost


@pytest.mark.parametrize("status", ["queued", "running"])
def test_lost_batch_is_taken_over(owner, status):
    later = timezone.now() + timedelta(hours=1)
    Batch.objects.create(owner=owner, name="a.zip", size=1, total=1, position=0, status=status, heartbeat=later)
    if status == "running":
        Batch.objects.update(holder="00000000-0000-0000-0000-000000000001")
    late, _ = leases.take_overdue(Batch.objects.with_work_left())
    assert len(late) == 1
    assert leases.claim(Batch.objects.all()) is not None
