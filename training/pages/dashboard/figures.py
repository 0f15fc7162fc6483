"""The figures of the dashboard: digits, answers, workers, refusals and storage."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils import timezone
from redis import RedisError

from classifier.http import health, rejections
from classifier.jobs.workers import queue_length, workers_alive
from classifier.models import Batch, Correction, Digit, Drawing, ModelVersion, NumberCorrection, Prediction
from classifier.recognition.wording import bounded_percent, percent
from classifier.retention import showing
from training.models import TrainingRun

from ..runs.context import recent_runs
from . import charts

DAYS = 30  # of the charts
WEEK = timedelta(days=6)  # with today, seven
LAST_RUNS = 5
CACHE_FACTOR = 50  # a count is cached this many times as long as it took, so counting takes at most 2 % of a core

Day = dict[str, Any]


def site_figures() -> dict[str, Any]:
    """Returns all figures of the dashboard, at most a few seconds old unless `_days` says otherwise."""
    today = timezone.localdate()
    days = _days(today)
    return {
        "now": timezone.now(),
        "in_service": ModelVersion.objects.active().first(),
        "digits": _digit_figures(days),
        "answers": _answer_figures(days),
        "traffic": _traffic(),
        "refusals": _refusals(today, days),
        "corrections_waiting": Correction.objects.waiting().count() + NumberCorrection.objects.waiting().count(),
        "disk": _disk(),
        "failed_runs": TrainingRun.objects.filter(
            status=TrainingRun.Status.FAILED, finished__gte=_midnight(today - WEEK)
        ).count(),
        "warnings": health.warnings(),
        "retention": _cached("staff:retention", lambda: list(showing.sentences()), 60),
        "unfinished": TrainingRun.objects.unfinished().count(),
        "runs": recent_runs()[:LAST_RUNS],
        **_series(days),
    }


def _cached(name: str, count: Callable[[], Any], at_least_s: int) -> Any:
    """Returns a cached count, or counts now and caches the result for at least `at_least_s` seconds."""
    if (counted := cache.get(name)) is None:
        begun = time.monotonic()
        counted = count()
        cache.set(name, counted, max(at_least_s, round(CACHE_FACTOR * (time.monotonic() - begun))))
    return counted


def _days(today: date) -> list[Day]:
    """Returns the figures of each of the last DAYS days; today is the last.

    Today is counted every few seconds. Earlier days change little and are counted less often: yesterday after three
    hours, the day before after six, and so on.
    """
    back = range(DAYS - 1, -1, -1)
    names = {f"staff:day:{today - timedelta(days=ago)}": ago for ago in back}
    known = cache.get_many(names)
    return [
        known.get(name) or _cached(name, partial(_day, today - timedelta(days=ago)), 3 * 3600 * ago or 4)
        for name, ago in names.items()
    ]


def _day(day: date) -> Day:
    """Returns the figures of one day, by a query of its own: in SQLite grouping by date calls Python for each row."""
    begin, end = _midnight(day), _midnight(day + timedelta(days=1))
    digits = Digit.objects.filter(drawing__created__gte=begin, drawing__created__lt=end)
    answers = Prediction.objects.filter(created__gte=begin, created__lt=end)
    done = Q(status=Prediction.Status.DONE, confidence__isnull=False)
    return {
        "day": day,
        **digits.aggregate(digits=Count("pk"), corrected=Count("correction")),
        **answers.aggregate(
            answered=Count("pk", filter=done),
            confidence=Sum("confidence", filter=done, default=0.0),
            not_digits=Count("pk", filter=Q(verdict=Prediction.Verdict.NOT_A_DIGIT)),
            failed=Count("pk", filter=Q(status=Prediction.Status.FAILED)),
        ),
    }


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _of_the_week(days: list[Day], name: str) -> Any:
    return sum(day[name] for day in days[-WEEK.days - 1 :])


def _digit_figures(days: list[Day]) -> dict[str, Any]:
    week, corrected = _of_the_week(days, "digits"), _of_the_week(days, "corrected")
    share = percent(corrected / week) if week else None
    return {"today": days[-1]["digits"], "week": week, "corrected": corrected, "share_corrected": share}


def _answer_figures(days: list[Day]) -> dict[str, Any]:
    answered = _of_the_week(days, "answered")
    return {
        "mean_confidence": bounded_percent(_of_the_week(days, "confidence") / answered) if answered else None,
        "failed": _of_the_week(days, "failed"),
        "waiting": Prediction.objects.waiting().count(),
    }


def _refusals(today: date, days: list[Day]) -> list[dict[str, Any]]:
    """Returns why requests and digits were refused in seven days, the most frequent reason first."""
    rows = [
        {
            "reason": "Read, but not a digit",
            "today": days[-1]["not_digits"],
            "week": _of_the_week(days, "not_digits"),
        }
    ]
    with suppress(RedisError):  # the page says elsewhere that Redis is away
        now = rejections.counts([today])
        week = rejections.counts(today - timedelta(days=back) for back in range(WEEK.days + 1))
        rows += [
            {"reason": sentence, "today": now[key], "week": week[key]} for key, sentence in rejections.REASONS.items()
        ]
    return sorted((row for row in rows if row["week"]), key=lambda row: -row["week"])


def _traffic() -> dict[str, Any]:
    """Returns queues and workers as Redis knows them; `away` if Redis cannot be reached."""
    try:
        queues = {name: queue_length(name) for name in ("inference", "training")}
        workers = workers_alive()
        redis_since = rejections.counted_since()
    except RedisError:
        return {"away": True, "queues": {}, "workers": []}
    running = TrainingRun.objects.running().first()
    for worker in workers:
        worker["since"] = datetime.fromtimestamp(worker["since"], tz=timezone.get_current_timezone())
        worker["run"] = running if worker["queue"] == "training" else None
    return {"away": False, "queues": queues, "workers": workers, "redis_since": redis_since}


def _series(days: list[Day]) -> dict[str, Any]:
    """Returns the charts of digits and mean confidence by day, and their table."""
    names = [day["day"].isoformat() for day in days]
    counts = [day["digits"] for day in days]
    means = [round(day["confidence"] / day["answered"], 4) if day["answered"] else None for day in days]
    return {
        "digits_figure": charts.digits_figure(names, counts),
        "confidence_figure": charts.mean_confidence_figure(names, means),
        "day_rows": [
            {"day": day["day"], "digits": day["digits"], "confidence": "" if mean is None else bounded_percent(mean)}
            for day, mean in reversed(list(zip(days, means, strict=True)))
            if day["digits"]
        ],
    }


def _disk() -> dict[str, Any]:
    """Returns the stored bytes and the free bytes of the disk. Files are counted once a minute."""
    stored = _cached("staff:stored-bytes", _stored_bytes, 60)
    free = os.statvfs(settings.DATA_DIR)
    return {"files": stored, "database": _database_bytes(), "free": free.f_bavail * free.f_frsize}


def _stored_bytes() -> int:
    """Returns the bytes of all files; in a storage on another machine, of the originals and archives that rows name."""
    try:
        folder = default_storage.path("")
    except NotImplementedError:
        originals = Drawing.objects.exclude(original="").aggregate(total=Sum("original_size"))["total"]
        archives = Batch.objects.exclude(file="").aggregate(total=Sum("size"))["total"]
        return (originals or 0) + (archives or 0)
    return _folder_bytes(Path(folder))


def _folder_bytes(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(place, name)).st_size
            except OSError:  # deleted in the meantime
                continue
    return total


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
