"""The history: a list with filters."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from classifier.digits import filters, history, registry
from classifier.digits.filters import DigitFilter
from classifier.http.requests import SignedInRequest
from classifier.models import Digit, ForeignVersion
from classifier.recognition.errors import InvalidInput

from ..answers import rows
from .deletion import last_deletion
from .percentages import percentages, with_shares


@require_GET
@login_required
@never_cache
@vary_on_headers("HX-Request")
def history_page(request: SignedInRequest) -> HttpResponse:
    data, wrong = with_shares(request.GET)
    digit_filter = DigitFilter(data, Digit.objects.owned_by(request.user))
    context = _bar(request, digit_filter, wrong)
    context |= _list(request, digit_filter, is_wrong=bool(context["wrong"]))
    status = 400 if context["wrong"] else 200
    if not request.htmx or request.htmx.history_restore_request:
        context |= {"undo": last_deletion(request)}
        return render(request, "classifier/history/history.html", context, status=status)
    if "before" in request.GET:
        return render(request, "classifier/history/_history_rows.html", context, status=status)
    response = render(request, "classifier/history/_history.html", context, status=status)
    return push_url(response, context["here"])


def _bar(request: SignedInRequest, digit_filter: DigitFilter, wrong: str) -> dict[str, Any]:
    """The filter bar: its form, the active filters and its error, which may be known already."""
    data: QueryDict = digit_filter.data
    try:
        filters.check(digit_filter)
    except InvalidInput as error:
        wrong = wrong or str(error)
    query = filters.query(data)
    chips = [] if wrong else filters.chips(request.user, digit_filter)
    version = data.get("version", "")
    here = registry.shown_to_all().order_by().values_list("name", flat=True)
    imported = ForeignVersion.objects.owned_by(request.user).order_by().values_list("name", flat=True)
    names = {*here.union(imported), version} - {""}
    return {
        "form": digit_filter.form,
        "wrong": wrong,
        "query": query,
        "here": _address("classifier:history", query),
        "chips": [{"words": chip.words, "url": _address("classifier:history", chip.without)} for chip in chips],
        "percent": percentages(request.GET, data),
        "digits_chosen": data.getlist("digit"),
        "version": version,
        "versions": sorted(names),
        "sorted": data.get("sort") or "newest",
    }


def _list(request: SignedInRequest, digit_filter: DigitFilter, *, is_wrong: bool) -> dict[str, Any]:
    """A page of the matching entries and their number."""
    if is_wrong:
        return {"rows": [], "next_url": "", "total": 0, "is_more": False}
    digits, before = digit_filter.qs, request.GET.get("before", "")
    order = history.ENTRY_ORDERS[digit_filter.form.cleaned_data["sort"] or "newest"]
    last = history.place(request.user, before) if before else None
    page = history.entries(digits, order, last, filtered=filters.chooses(digit_filter.data))
    following = QueryDict(filters.query(digit_filter.data), mutable=True)
    following["before"] = page.next_before
    context = {
        "rows": [rows.entry_row(digit) for digit in page.digits],
        "next_url": _address("classifier:history", following.urlencode()),
    }
    if not page.next_before:
        context["next_url"] = ""
    if request.htmx and before:
        return context  # a fragment shows no number
    total, is_more = (page.all, False) if page.all is not None else history.counted(digits)
    return context | {"total": total, "is_more": is_more}


def _address(name: str, query: str) -> str:
    return f"{reverse(name)}?{query}" if query else reverse(name)
