"""The page that says what the site keeps about people, for how long, and who sees it.

Every figure comes from the code that acts on it.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier.accounts import attempts, forgetting, last_seen
from classifier.audit import reading
from classifier.digits import corrections, idempotency
from classifier.digits.deletion import UNDO_DAYS
from classifier.http.rates import parse_rate
from classifier.jobs import replies
from classifier.recognition.wording import percent


@require_safe
@never_cache  # it lists what staff did with a person's pictures
def privacy_page(request: HttpRequest) -> HttpResponse:
    context = periods()
    if request.user.is_authenticated:
        context["acts"] = reading.shown_to(request.user)
    return render(request, "classifier/site/privacy.html", context)


def periods() -> dict[str, Any]:
    """How long the site keeps things, in words."""
    rate = parse_rate(settings.TRY_RATE)
    return {
        "restorable": f"{UNDO_DAYS} days",
        "keep_originals": _days(settings.KEEP_ORIGINALS_DAYS),
        "keep_digits": _days(settings.KEEP_DIGITS_DAYS),
        "session": in_words(timedelta(seconds=settings.SESSION_COOKIE_AGE)),
        "seen_every": in_words(timedelta(seconds=last_seen.NOTED_EVERY_S)),
        "idempotency": in_words(idempotency.KEPT),
        "reply": in_words(timedelta(seconds=replies.KEPT_S)),
        "known_browser": in_words(timedelta(seconds=attempts.KNOWN_FOR_S)),
        "try_counts": in_words(2 * timedelta(seconds=rate.window_s)) if rate else "",
        "counts": in_words(timedelta(seconds=forgetting.longest_count_s())),
        "held_back": percent(corrections.HELD_BACK_SHARE, 0),
    }


def _days(days: int) -> str:
    return f"{days:,} day{'' if days == 1 else 's'}" if days else ""


def in_words(period: timedelta) -> str:
    """A period in the largest unit that divides it, such as "2 weeks" or "90 minutes"."""
    seconds = round(period.total_seconds())
    units = [("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)]
    name, size = next((name, size) for name, size in units if seconds % size == 0 and seconds >= size)
    count = seconds // size
    return f"{count} {name}{'' if count == 1 else 's'}"
