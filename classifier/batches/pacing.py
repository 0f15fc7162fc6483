"""How fast a batch is read while people draw: only as fast as the processor time that they leave.

A lower priority alone does not do: a process of low priority is interrupted while it holds the database's write lock,
and everybody waits for it (docs/performance.md).
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from classifier.models import Drawing, Prediction

RECENT = timedelta(seconds=5)
LOOK_S = 1.0  # between two looks into the database
CORES_EACH = 0.06  # that a person takes who draws a stroke each second, with previews
MOST = 0.9  # of the time that a batch rests
LONGEST_S = 1.0  # of one rest


def share_of_people() -> float:
    """The share of this machine's processor time that people who draw need, 0 to MOST.

    It counts people, not what they have stored, which is less when they have to wait.
    """
    recent = Prediction.objects.filter(created__gt=timezone.now() - RECENT)
    people = recent.exclude(digit__source=Drawing.Source.BATCH).aggregate(number=Count("digit__owner", distinct=True))
    share: float = people["number"] * CORES_EACH / (os.cpu_count() or 1)
    return min(MOST, share)


class Pace:
    """Rests between the pieces of a batch. should_leave: whether this worker was asked to stop."""

    def __init__(self, should_leave: Callable[[], bool]) -> None:
        self._should_leave = should_leave
        self._share, self._looked = 0.0, 0.0
        self._since = time.monotonic()

    def rest(self) -> None:
        """Rests after a piece, in proportion to the time since the last rest."""
        now = time.monotonic()
        if now - self._looked > LOOK_S:
            self._share, self._looked = share_of_people(), now
        if self._share and not self._should_leave():
            time.sleep(min(LONGEST_S, (now - self._since) * self._share / (1 - self._share)))
        self._since = time.monotonic()
