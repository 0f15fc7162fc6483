"""The processes that do the work, and the queues between them."""

import time
from collections.abc import Iterator

import redis
from django.conf import settings

from classifier.jobs import signs_of_life, workers
from digitsite import queues

from .findings import Finding, not_checked, note, ok, wrong

NEEDED = {"inference": "no digit is answered", "training": "no network is trained, and nothing old is removed"}
LATE_S = {"inference": 10.0, "batches": 60.0, "sheets": 60.0}  # a job of `training` waits for as long as a run takes
LATE_TRAINING_S = 3600.0
SCHEDULED_WITHIN_S = 30.0  # the scheduler sends something every five seconds
NO_SHEETS = (
    "An inference worker starts what reads sheets if OpenCV is installed (requirements/sheets.txt). Elsewhere start "
    "`manage.py sheet_worker`, or the service `sheets` of the compose file."
)
LOG = "Its log says why: logs/{0}.log in DATA_DIR, or `docker compose logs {0}`."


def check() -> Iterator[Finding]:
    findings = [*_silent(), *_scheduler()]
    try:
        alive = [str(each["queue"]) for each in workers.workers_alive()]
        findings += _missing(alive)
        findings += [finding for queue in queues.QUEUES for finding in _late(queue.name)]
    except (redis.RedisError, OSError):
        findings.append(not_checked("Workers and queues were not counted, because Redis does not answer."))
        alive = []
    yield from findings or [ok(f"{len(alive)} workers and the scheduler are at work, and no job waits for long.")]


def _silent() -> Iterator[Finding]:
    for file, last in signs_of_life.silent(settings.SIGNS_OF_LIFE).items():
        name, pid = file.name.partition("@")[0].rsplit(".", 1)
        yield wrong(
            f"The process {name} ({pid}) hangs: its last sign of life was {time.monotonic() - last:.0f} seconds ago.",
            f"The watchdog of the site should have ended it. End it by hand: kill -9 {pid}",
        )


def _scheduler() -> Iterator[Finding]:
    if "scheduler" not in signs_of_life.living(settings.SIGNS_OF_LIFE) and not _is_at_work_elsewhere():
        yield wrong(
            "The scheduler does not run, so lost jobs are not sent again.",
            f"Start the site, or only the scheduler. {LOG.format('scheduler')}",
        )


def _is_at_work_elsewhere() -> bool:
    """Whether another machine's scheduler has just had something done; signs of life stay on a machine."""
    try:
        last = workers.last_scheduled()
    except (redis.RedisError, OSError):
        return False
    return last is not None and time.time() - last < SCHEDULED_WITHIN_S


def _missing(alive: list[str]) -> Iterator[Finding]:
    for queue, consequence in NEEDED.items():
        if queue not in alive:
            yield wrong(f"No {queue} worker is alive, so {consequence}.", f"Start one. {LOG.format(queue)}")


def _late(queue: str) -> Iterator[Finding]:
    length, sent = workers.queue_length(queue), workers.oldest_sent(queue)
    waited = time.time() - sent if sent else 0.0
    says = f"{length} jobs wait in the queue {queue}, the oldest for {waited:.0f} seconds."
    if waited > LATE_S.get(queue, float("inf")):
        yield wrong(says, NO_SHEETS if queue == "sheets" else f"Start more workers. {LOG.format('inference')}")
    elif queue == "training" and waited > LATE_TRAINING_S:
        yield note(says, "A training run may be at work; the staff's dashboard shows it.")
