"""Sending drawings again that no worker has read as a whole yet. `intake.late` reads them."""

import logging

from django.utils import timezone

from classifier.digits.predictions import ATTEMPTS, is_due
from classifier.models import LateReading

RESEND_BATCH = 50  # each takes some hundredths of a second

log = logging.getLogger(__name__)


def lost_readings() -> list[int]:
    """Claims drawings that have waited too long, to send them again. Gives up those past all attempts.

    As `predictions.lost_predictions`. Deleted drawings wait until they are restored.
    """
    now = timezone.now()
    due = LateReading.objects.filter(is_due(now), drawing__deleted=None)
    claimed = []
    for pk, attempts, drawing in due.order_by("sent").values_list("pk", "attempts", "drawing__public_id")[
        :RESEND_BATCH
    ]:
        claim = LateReading.objects.filter(pk=pk, attempts=attempts)
        if attempts >= ATTEMPTS:
            if claim.delete()[0]:
                log.error("Drawing %s was sent %s times without being read as a whole; given up", drawing, attempts)
        elif claim.update(attempts=attempts + 1, sent=now):
            claimed.append(pk)
    return claimed
