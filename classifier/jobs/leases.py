"""The verbs of a durable job: claim it, renew the lease with heartbeats, release it, finish it, send it again.

Each is one conditional update, so doing it twice, late or in two processes at once does no harm.
"""

import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from classifier.jobs import trace
from classifier.models.jobs import DurableJob, LeasedJob, LeasedJobQuerySet

OVERDUE_AT_ONCE = 100  # jobs in one look at what is overdue

Leased = TypeVar("Leased", bound=LeasedJob)
Job = TypeVar("Job", bound=DurableJob)

_STARTED = Case(When(status="queued", then=Value("running")), default=F("status"))


class LeaseLost(Exception):
    """The job was cancelled or deleted, or another process has claimed it."""


def claim(jobs: LeasedJobQuerySet[Leased], **changed: Any) -> Leased | None:
    """Claims a job for this process. Returns None if another process holds it, it has ended, or is to be given up.

    jobs: unfinished jobs, filtered to the one. changed: further fields to set. The lines logged from now on name it.
    """
    now, holder = timezone.now(), uuid.uuid4()
    lease = {"holder": holder, "heartbeat": now, "attempts": F("attempts") + 1, "status": _STARTED}
    if not jobs.claimable(now).update(**lease, **changed):
        return None
    job = jobs.filter(holder=holder).first()
    if job is not None:
        trace.about_row(job)
    return job


def held(job: Leased) -> QuerySet[Leased]:
    """The row of a claimed job, as long as the claim holds: to renew, release and finish it by."""
    return type(job)._default_manager.filter(pk=job.pk, holder=job.holder, status=job.status)


def renew(jobs: QuerySet[Leased], **changed: Any) -> bool:
    """Gives a heartbeat. Returns False if the job is held no longer: then this process has to stop."""
    return bool(jobs.update(heartbeat=timezone.now(), **changed))


def beat(job: LeasedJob) -> None:
    """Gives a heartbeat of a claimed job. Raises LeaseLost."""
    if not renew(held(job)):
        raise LeaseLost


def beats(job: LeasedJob) -> Callable[[], None]:
    """A function that gives a heartbeat when called, at most once a second, and raises LeaseLost."""
    last = time.monotonic()

    def beat_sometimes() -> None:
        nonlocal last
        if time.monotonic() - last > 1:
            beat(job)
            last = time.monotonic()

    return beat_sometimes


def release(jobs: QuerySet[Leased], **changed: Any) -> bool:
    """Ends the lease of a job that is not done, for any process to claim it."""
    return bool(jobs.update(holder=None, heartbeat=timezone.now(), **changed))


def finish(jobs: QuerySet[Leased], status: str, **changed: Any) -> bool:
    """Ends a job. Returns False if it is held no longer, or has ended already."""
    return bool(jobs.update(status=status, finished=timezone.now(), holder=None, **changed))


def take_overdue(jobs: LeasedJobQuerySet[Leased]) -> tuple[list[Leased], list[Leased]]:
    """Takes overdue jobs from their holders. Returns those to send again, and those to give up.

    Takes each with a conditional update, so two schedulers never send it twice.
    """
    now = timezone.now()
    to_send: list[Leased] = []
    to_give_up: list[Leased] = []
    for job in jobs.perhaps_overdue(now).order_by("heartbeat")[:OVERDUE_AT_ONCE]:
        if not job.is_overdue(now):
            continue
        if not jobs.filter(pk=job.pk, heartbeat=job.heartbeat).update(holder=None, heartbeat=now):
            continue
        job.holder, job.heartbeat = None, now
        (to_send if job.attempts < job.policy.attempts else to_give_up).append(job)
    return to_send, to_give_up
