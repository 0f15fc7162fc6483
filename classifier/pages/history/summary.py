"""A person's history in figures: number of digits, confidence over time and the confusion matrix.

All figures are counted from indexes. Slow counts are cached.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Avg, CharField, Count, F, Max, Min, Q, Sum
from django.db.models.functions import Cast, Substr
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from classifier.digits.filters import KNOWN, TRUTH
from classifier.http.requests import SignedInRequest
from classifier.models import NOT_READ, Digit, DigitQuerySet
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.wording import bounded_percent

from ..answers.charts import confidence_over_time_figure, counts_figure
from ..answers.model import shares_of


@require_GET
@login_required
@never_cache
def summary_page(request: SignedInRequest) -> HttpResponse:
    return render(request, "classifier/history/summary.html", summary(request.user))


KEPT_TIMES = 100  # counts are cached this many times as long as counting took
POINTS = 60  # of the line, at most
MINUTE, HOUR, DAY = 16, 13, 10  # characters of a time up to its minute, hour or day
QUARTER = 91  # days


def summary(owner: User) -> dict[str, Any]:
    """The context of the summary page."""
    counted = _kept(f"summary:3:{owner.pk}", lambda: _counted(owner))
    counts = {read: count for read, count, _ in counted["reads"]}
    points = _points(counted["times"])
    return {
        "total": sum(counts.values()),
        "digit_rows": [_digit_row(*row) for row in counted["reads"]],
        "counts_figure": counts_figure([counts.get(digit, 0) for digit in range(10)]),
        "times_figure": confidence_over_time_figure(*zip(*points, strict=True)) if len(points) > 1 else None,
        "time_rows": [{"time": at, "percent": bounded_percent(share)} for at, share in reversed(points)],
        "confusion": _confusion(counted["known"]),
        "known": sum(count for _, _, count in counted["known"]),
        "corrected": counted["corrected"],
        "confirmed": sum(count for truth, read, count in counted["known"] if truth == read),
        "numbers": counted["numbers"],
    }


def _kept(name: str, count: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    counted: dict[str, Any] | None = cache.get(name)
    if counted is None:
        begun = time.monotonic()
        counted = count()
        if kept_s := round(KEPT_TIMES * (time.monotonic() - begun)):
            cache.set(name, counted, kept_s)
    return counted


def _counted(owner: User) -> dict[str, Any]:
    digits = Digit.objects.owned_by(owner).order_by()
    reads = digits.values("read").annotate(count=Count("pk"), mean=Avg("confidence"))
    read = digits.filter(KNOWN).exclude(read=NOT_READ)
    known = read.annotate(truth=TRUTH).values("truth", "read").annotate(count=Count("pk"))
    ends = digits.aggregate(first=Min("created"), last=Max("created"))
    return {
        "reads": sorted(reads.values_list("read", "count", "mean")),
        "known": list(known.values_list("truth", "read", "count")),
        "corrected": read.filter(said__isnull=False).count(),
        "times": _times(owner, ends["first"], ends["last"]),
        "numbers": _numbers(digits),
    }


def _numbers(digits: DigitQuerySet) -> dict[str, int]:
    """How many numbers of several digits there are, of how many it is known what they are, and the right ones of these.

    A number is right if each of its digits is, and if it was cut into as many as it has.
    """
    is_right = Q(said=F("read")) | Q(said=None, true_label=F("read"))
    drawings = digits.values("created", "drawing").annotate(  # as an index has them, already sorted
        size=Count("pk"),
        amiss=Count("pk", filter=Q(miscounted=True)),
        told=Count(TRUTH),
        hits=Count("pk", filter=is_right),
        last=Max("read"),
    )
    numbers = drawings.filter(Q(size__gt=1) | Q(amiss__gt=0))
    is_known = Q(last__lt=NOT_READ) & (Q(amiss__gt=0) | Q(told=F("size")))
    return numbers.aggregate(
        all=Count("drawing"),
        known=Count("drawing", filter=is_known),
        right=Count("drawing", filter=is_known & Q(amiss=0, hits=F("size"))),
    )


def _times(owner: User, first: datetime | None, last: datetime | None) -> list[tuple[str, int, float]]:
    """The number of digits read and the sum of their confidences, by hour, or by day over a longer time.

    Hours and days are those of the site's zone.
    """
    if first is None or last is None:
        return []
    # A substring, because SQLite's date functions call Python for each row. The database writes times in UTC.
    at = Substr(Cast("created", CharField()), 1, HOUR if _has_whole_hours(first, last) else MINUTE)
    read = Digit.objects.owned_by(owner).filter(read__lt=NOT_READ).order_by()
    length = HOUR if last - first < timedelta(hours=POINTS) else DAY
    sums: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for utc, count, total in read.annotate(at=at).values_list("at").annotate(Count("pk"), Sum("confidence")):
        period = _local(utc)[:length]
        sums[period] = (sums[period][0] + count, sums[period][1] + total)
    return sorted((period, *both) for period, both in sums.items())


def _has_whole_hours(first: datetime, last: datetime) -> bool:
    """Whether the site's clocks differed from UTC by whole hours all the time: not in India, nor in Nepal."""
    days = range(0, (last - first).days + QUARTER, QUARTER)  # a quarter of a year apart, they meet summer and winter
    moments = [first, last, *(first + timedelta(days=day) for day in days)]
    offsets = (timezone.localtime(moment).utcoffset() or timedelta() for moment in moments)
    return all(offset % timedelta(hours=1) == timedelta() for offset in offsets)


def _local(utc: str) -> str:
    """Returns the start of a time in UTC, its hour or minute, in the site's zone."""
    begin = datetime.fromisoformat(utc if len(utc) > HOUR else f"{utc}:00").replace(tzinfo=UTC)
    return f"{timezone.localtime(begin):%Y-%m-%d %H:%M}"


def _points(times: list[tuple[str, int, float]]) -> list[tuple[str, float]]:
    """The mean of each period: an hour, a day, or enough days for at most POINTS periods."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    begin = _begins(at for at, _, _ in times)
    for at, count, total in times:
        sums[begin(at)][0] += count
        sums[begin(at)][1] += total
    return [(at, total / count) for at, (count, total) in sorted(sums.items())]


def _begins(times: Iterable[str]) -> Callable[[str], str]:
    """Returns a function that gives the start of a time's period."""
    ordered = sorted(times)
    if not ordered or len(ordered[0]) == HOUR:
        return lambda at: f"{at}:00"
    first, last = date.fromisoformat(ordered[0]), date.fromisoformat(ordered[-1])
    days = max(1, -(-(last - first).days // POINTS))
    return lambda at: (first + timedelta(days=(date.fromisoformat(at) - first).days // days * days)).isoformat()


def _digit_row(read: int, count: int, mean: float) -> dict[str, Any]:
    query = {"digit": read} if read < NOT_A_DIGIT else {"verdict": "not_a_digit"} if read == NOT_A_DIGIT else {}
    name = str(read) if read < NOT_A_DIGIT else "not a digit" if read == NOT_A_DIGIT else "not read (yet)"
    return {
        "name": name,
        "count": count,
        "percent": bounded_percent(mean) if read < NOT_READ else "",
        "url": _history(**query) if query else "",
    }


def _confusion(known: list[tuple[int, int, int]]) -> list[dict[str, Any]]:
    """The confusion matrix. Rows: the known label; columns: the digit read; both 0 to 9 and "not a digit"."""
    counts = {(row, column): count for row, column, count in known}
    rows = []
    for row in range(NOT_READ):
        cells = shares_of([counts.get((row, column), 0) for column in range(NOT_READ)])
        label = "none" if row == NOT_A_DIGIT else str(row)
        for column, cell in enumerate(cells):
            read = {"verdict": "not_a_digit"} if column == NOT_A_DIGIT else {"digit": column}
            cell |= {"right": row == column, "url": _history(known=label, **read) if cell["count"] else ""}
        rows.append({"name": "–" if row == NOT_A_DIGIT else label, "cells": cells})
    return rows


def _history(**query: Any) -> str:
    return f"{reverse('classifier:history')}?{urlencode(query)}"
