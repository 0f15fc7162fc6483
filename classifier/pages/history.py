"""The history."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from classifier.digits import filters, history, numbers, registry
from classifier.digits.filters import DigitFilter
from classifier.http.requests import SignedInRequest
from classifier.models import Digit, ForeignVersion
from classifier.recognition.errors import InvalidInput

from . import answers

UNDO_SHOWN = timedelta(minutes=10)  # how long the history offers to undo the last deletion
RECENT = 30  # rereadings that are shown


@require_GET
@login_required
@never_cache
@vary_on_headers("HX-Request")
def history_page(request: SignedInRequest) -> HttpResponse:
    found = DigitFilter(request.GET, Digit.objects.owned_by(request.user))
    context = _bar(request, found) | _list(request, found)
    status = 400 if context["wrong"] else 200
    if not request.htmx or request.htmx.history_restore_request:
        context |= {"undo": last_deletion(request)}
        return render(request, "classifier/history/history.html", context, status=status)
    if "before" in request.GET:
        return render(request, "classifier/history/_history_rows.html", context, status=status)
    response = render(request, "classifier/history/_history.html", context, status=status)
    return push_url(response, context["here"])


def _bar(request: SignedInRequest, found: DigitFilter) -> dict[str, Any]:
    """What the filter bar shows: its form, what is in force, and what is wrong with it."""
    data: QueryDict = found.data
    try:
        filters.check(found)
        wrong = ""
    except InvalidInput as error:
        wrong = str(error)
    chosen = filters.query(data)
    chips = [] if wrong else filters.chips(request.user, found)
    version = data.get("version", "")
    here = registry.shown_to_all().order_by().values_list("name", flat=True)
    imported = ForeignVersion.objects.owned_by(request.user).order_by().values_list("name", flat=True)
    names = {*here.union(imported), version} - {""}
    return {
        "form": found.form,
        "wrong": wrong,
        "query": chosen,
        "here": _address("classifier:history", chosen),
        "chips": [{"words": chip.words, "url": _address("classifier:history", chip.without)} for chip in chips],
        "digits_chosen": data.getlist("digit"),
        "version": version,
        "versions": sorted(names),
        "sorted": data.get("sort") or "newest",
    }


def _list(request: SignedInRequest, found: DigitFilter) -> dict[str, Any]:
    """A page of what was found, and how many there are."""
    if not found.is_valid():
        return {"rows": [], "next_url": "", "total": 0, "is_more": False}
    digits, before = found.qs, request.GET.get("before", "")
    order = history.ORDERS[found.form.cleaned_data["sort"] or "newest"]
    last = history.place(request.user, before) if before else None
    page = history.page_of(digits, order, last, filtered=filters.chooses(found.data))
    following = QueryDict(filters.query(found.data), mutable=True)
    following["before"] = page.next_before
    rows = [answers.history_row(digit) | {"mark": numbers.mark(digit)} for digit in page.digits]
    context = {"rows": rows, "next_url": _address("classifier:history", following.urlencode())}
    if not page.next_before:
        context["next_url"] = ""
    if request.htmx and before:
        return context  # a fragment says no number
    total, is_more = (page.all, False) if page.all is not None else history.counted(digits)
    return context | {"total": total, "is_more": is_more}


def _address(name: str, query: str) -> str:
    return f"{reverse(name)}?{query}" if query else reverse(name)


def last_deletion(request: SignedInRequest) -> dict[str, Any] | None:
    """What was deleted last, while it is fresh and has not been brought back."""
    last: dict[str, Any] = request.session.get("last_deletion") or {}
    moment = parse_datetime(last.get("moment", ""))
    if moment is None or timezone.now() - moment > UNDO_SHOWN:
        return None
    return {**last, "next": request.get_full_path() if request.method == "GET" else ""}


def say(request: HttpRequest, count: int, one: str, several: str, none: str) -> None:
    if count:
        notices.success(request, f"One drawing {one}" if count == 1 else f"{count} drawings {several}")
    else:
        notices.info(request, none)


def ids(given: Iterable[str]) -> list[uuid.UUID]:
    """Public ids. Raises InvalidInput for what is none."""
    try:
        return [uuid.UUID(each) for each in given]
    except ValueError:
        raise InvalidInput("That is no digit's id. Reload the page, then choose again.") from None


def moment(given: str) -> datetime | None:
    """Raises InvalidInput for what is no point in time."""
    if not given:
        return None
    try:
        found = parse_datetime(given)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise InvalidInput("That deletion cannot be found. Look among what was deleted lately.")
    return found


def is_of_history(path: str | None) -> bool:
    """Whether a page lists what comes back, so that it has to be read again."""
    return bool(path) and urlsplit(path or "").path.startswith(reverse("classifier:history"))
