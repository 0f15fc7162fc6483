"""The dashboard's figures: what came in, what was answered, who works, what is stored."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Avg, Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from redis import RedisError

from classifier import messages
from classifier.charts import percent
from classifier.models import Correction, Digit, ModelVersion, Prediction

from . import charts
from .models import TrainingRun
from .selectors import recent_runs

DAYS = 30  # of the charts
WEEK = timedelta(days=6)  # with today, seven
LAST_RUNS = 5


def site_figures() -> dict[str, Any]:
    """Everything that the dashboard's figures are made of, as it is now."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "now": timezone.now(),
        "in_service": ModelVersion.objects.active().first(),
        "digits": _digit_figures(today),
        "answers": _answer_figures(today),
        "traffic": _traffic(),
        "corrections_waiting": Correction.objects.waiting().count(),
        "disk": _disk(),
        "failed_runs": TrainingRun.objects.filter(status=TrainingRun.Status.FAILED, finished__gte=today - WEEK).count(),
        "unfinished": TrainingRun.objects.unfinished().count(),
        "runs": recent_runs()[:LAST_RUNS],
        **_series(today.date()),
    }


def _digit_figures(today: datetime) -> dict[str, Any]:
    week = today - WEEK
    found = Digit.objects.filter(drawing__created__gte=week).aggregate(
        today=Count("pk", filter=Q(drawing__created__gte=today)),
        week=Count("pk"),
        corrected=Count("correction"),
    )
    share = found["corrected"] / found["week"] if found["week"] else None
    return {**found, "share_corrected": None if share is None else percent(share)}


def _answer_figures(today: datetime) -> dict[str, Any]:
    found = Prediction.objects.filter(created__gte=today - WEEK).aggregate(
        confidence=Avg("confidence", filter=Q(status=Prediction.Status.DONE)),
        refused=Count("pk", filter=Q(verdict=Prediction.Verdict.NOT_A_DIGIT)),
        failed=Count("pk", filter=Q(status=Prediction.Status.FAILED)),
        waiting=Count("pk", filter=Q(status=Prediction.Status.QUEUED)),
    )
    mean = found["confidence"]
    return {**found, "mean_confidence": None if mean is None else percent(mean)}


def _traffic() -> dict[str, Any]:
    """Queues and workers as Redis knows them; `away` when it cannot be asked."""
    try:
        queues = {name: messages.queue_length(name) for name in ("inference", "training")}
        workers = messages.workers_alive()
    except RedisError:
        return {"away": True, "queues": {}, "workers": []}
    running = TrainingRun.objects.running().first()
    for worker in workers:
        worker["since"] = datetime.fromtimestamp(worker["since"], tz=timezone.get_current_timezone())
        worker["run"] = running if worker["queue"] == "training" else None
    return {"away": False, "queues": queues, "workers": workers}


def _series(today: date) -> dict[str, Any]:
    """Digits and mean confidence of each of the last DAYS days."""
    days = [today - timedelta(days=DAYS - 1 - back) for back in range(DAYS)]
    begin = timezone.make_aware(datetime.combine(days[0], datetime.min.time()))
    by_day = dict(
        Digit.objects.filter(drawing__created__gte=begin)
        .order_by()
        .values_list(TruncDate("drawing__created"))
        .annotate(Count("pk"))
    )
    confidence = dict(
        Prediction.objects.filter(created__gte=begin, status=Prediction.Status.DONE)
        .order_by()
        .values_list(TruncDate("created"))
        .annotate(Avg("confidence"))
    )
    names = [day.isoformat() for day in days]
    counts = [by_day.get(day, 0) for day in days]
    means = [None if (mean := confidence.get(day)) is None else round(mean, 4) for day in days]
    return {
        "digits_figure": charts.digits_figure(names, counts),
        "confidence_figure": charts.mean_confidence_figure(names, means),
        "day_rows": [
            {"day": day, "digits": count, "confidence": "" if mean is None else percent(mean)}
            for day, count, mean in reversed(list(zip(days, counts, means, strict=True)))
            if count
        ],
    }


def _disk() -> dict[str, Any]:
    """What the installation has stored, and what is left of the disk, in bytes. Files are counted once a minute."""
    stored = cache.get_or_set("staff:stored-bytes", lambda: _folder_bytes(Path(settings.MEDIA_ROOT)), 60)
    free = os.statvfs(settings.DATA_DIR)
    return {"files": stored, "database": _database_bytes(), "free": free.f_bavail * free.f_frsize}


def _folder_bytes(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(place, name)).st_size
            except OSError:  # it was deleted meanwhile
                continue
    return total


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
