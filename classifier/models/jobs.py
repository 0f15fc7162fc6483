"""Durable jobs: work whose state is a row, so a lost message, a killed worker or a restart loses nothing.

The row is the truth; the queue only says that there is something to do. `classifier.jobs.leases` has the verbs.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

CLOCKS_DIFFER = timedelta(seconds=30)  # at most, from one machine to another; later times are of a clock set back


@dataclass(frozen=True)
class Backoff:
    """How long an unanswered job waits before it is sent again: as long as it has waited in all, within two limits.

    So the pause doubles each time, and a worker that is away for a day finds few copies of a message.
    """

    first_s: float
    most_s: float

    def pause(self, waited_s: float) -> timedelta:
        """The time to wait after the last sending. waited_s: from the first sending to the last."""
        return timedelta(seconds=min(max(self.first_s, waited_s), self.most_s))


@dataclass(frozen=True)
class LeasePolicy:
    """The timing of a kind of job.

    lease_s: seconds without a heartbeat after which a lease has expired. backoff: for jobs that nobody holds.
    attempts: leases in a row without progress after which the job is given up.
    """

    lease_s: float
    backoff: Backoff
    attempts: int


class DurableJob(models.Model):
    """Something to do that a row remembers until it is done."""

    UNFINISHED: ClassVar[Collection[str]] = ("queued", "running")

    status: "models.CharField[str, str]"  # each job has its own choices

    class Meta:
        abstract = True

    @property
    def is_final(self) -> bool:
        return self.status not in self.UNFINISHED


Job = TypeVar("Job", bound=DurableJob, covariant=True)


class DurableJobQuerySet(models.QuerySet[Job]):
    def unfinished(self) -> Self:
        return self.filter(status__in=self.model.UNFINISHED)

    def waiting(self) -> Self:
        return self.filter(status="queued")

    def running(self) -> Self:
        return self.filter(status="running")


class LeasedJob(DurableJob):
    """A job that one process at a time works on: it claims a lease and renews it with heartbeats."""

    policy: ClassVar[LeasePolicy]

    holder = models.UUIDField(null=True, editable=False, help_text="The lease of the process that works on it.")
    heartbeat = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When it was last worked on, or sent if nobody does."
    )
    attempts = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Leases since it last made progress."
    )
    created: "models.DateTimeField[datetime, datetime]"

    class Meta:
        abstract = True

    def is_overdue(self, now: datetime) -> bool:
        """Whether its lease has expired or, if nobody holds it, its message has remained unanswered for too long.

        Also if it was last worked on in the future: the clock has been set back.
        """
        if self.heartbeat > now + CLOCKS_DIFFER:
            return True
        if self.holder is not None:
            pause = timedelta(seconds=self.policy.lease_s)
        else:
            pause = self.policy.backoff.pause((self.heartbeat - self.created).total_seconds())
        return self.heartbeat <= now - pause


Leased = TypeVar("Leased", bound=LeasedJob, covariant=True)


class LeasedJobQuerySet(DurableJobQuerySet[Leased]):
    def claimable(self, now: datetime) -> Self:
        """Jobs that a process may claim: nobody holds them, or the lease has expired, and they have attempts left."""
        policy = self.model.policy
        is_free = Q(holder=None) | Q(heartbeat__lt=now - timedelta(seconds=policy.lease_s))
        is_free |= Q(heartbeat__gt=now + CLOCKS_DIFFER)
        return self.filter(is_free, attempts__lt=policy.attempts)

    def perhaps_overdue(self, now: datetime) -> Self:
        """Jobs that `is_overdue` may be true of; an index on `heartbeat` finds them."""
        policy = self.model.policy
        long_ago = Q(heartbeat__lt=now - timedelta(seconds=min(policy.lease_s, policy.backoff.first_s)))
        return self.filter(long_ago | Q(heartbeat__gt=now + CLOCKS_DIFFER))
