"""The pages of a history: the list, what was deleted lately, the summary. Each finds, checks, calls, answers."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh, push_url, trigger_client_event

from . import again, answers, deletion, filters, history, numbers, registry, summary
from .access import READ_AGAIN, for_staff
from .errors import MalformedRequest
from .filters import DigitFilter
from .forms import AgainForm
from .models import Digit, ForeignVersion, Rereading
from .requests import SignedInRequest, ours

UNDO_SHOWN = timedelta(minutes=10)  # how long the history offers to undo the last deletion
RECENT = 30  # rereadings that are shown


# --- the list -----------------------------------------------------------------------------------


@require_GET
@login_required
@never_cache
@vary_on_headers("HX-Request")
def history_page(request: SignedInRequest) -> HttpResponse:
    found = DigitFilter(request.GET, Digit.objects.owned_by(request.user))
    context = _bar(request, found) | _list(request, found)
    status = 400 if context["wrong"] else 200
    if not request.htmx or request.htmx.history_restore_request:
        context |= {"undo": _last_deletion(request)}
        return render(request, "classifier/history.html", context, status=status)
    if "before" in request.GET:
        return render(request, "classifier/_history_rows.html", context, status=status)
    response = render(request, "classifier/_history.html", context, status=status)
    return push_url(response, context["here"])


def _bar(request: SignedInRequest, found: DigitFilter) -> dict[str, Any]:
    """What the filter bar shows: its form, what is in force, and what is wrong with it."""
    data: QueryDict = found.data
    try:
        filters.check(found)
        wrong = ""
    except MalformedRequest as error:
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


# --- deleting, and back -------------------------------------------------------------------------


@require_POST
@login_required
def digit_delete(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Delete a digit's drawing; it can be brought back."""
    get_object_or_404(Digit.objects.owned_by(request.user), public_id=public_id)
    return _deleted(request, deletion.delete(request.user, [public_id]))


@require_POST
@login_required
def digits_delete(request: SignedInRequest) -> HttpResponse:
    """Delete those that were ticked."""
    try:
        done = deletion.delete(request.user, _ids(request.POST.getlist("ids")))
    except MalformedRequest as error:
        return _refused(request, error)
    return _deleted(request, done)


def _deleted(request: SignedInRequest, done: deletion.Deletion) -> HttpResponse:
    """Say what was deleted, with the way back; a page that lists it removes it from there."""
    if done.digits:
        request.session["last_deletion"] = {"moment": done.moment.isoformat(), "digits": done.digits}
    if not request.htmx:
        return redirect(ours(request, reverse("classifier:history")))
    response = render(request, "classifier/_undo.html", {"undo": _last_deletion(request), "out_of_band": True})
    names = [str(drawing) for drawing in done.drawings]
    # Afterwards: it may take the form away, in whose document the notice is put.
    return trigger_client_event(response, "digits-deleted", {"drawings": names}, after="swap")


def _refused(request: SignedInRequest, error: MalformedRequest) -> HttpResponse:
    if request.htmx:
        context = {"refusal": str(error), "out_of_band": True}
        return render(request, "classifier/_undo.html", context, status=error.status)
    notices.error(request, str(error))
    return redirect(ours(request, reverse("classifier:history")))


def _last_deletion(request: SignedInRequest) -> dict[str, Any] | None:
    """What was deleted last, while it is fresh and has not been brought back."""
    last: dict[str, Any] = request.session.get("last_deletion") or {}
    moment = parse_datetime(last.get("moment", ""))
    if moment is None or timezone.now() - moment > UNDO_SHOWN:
        return None
    return {**last, "next": request.get_full_path() if request.method == "GET" else ""}


@require_POST
@login_required
def digits_restore(request: SignedInRequest) -> HttpResponse:
    """Bring back the last deletion (`moment`), or the drawings ticked among what was deleted lately."""
    try:
        count = deletion.restore(
            request.user, moment=_moment(request.POST.get("moment", "")), drawings=_ids(request.POST.getlist("ids"))
        )
    except MalformedRequest as error:
        return _refused(request, error)
    request.session.pop("last_deletion", None)
    if request.htmx and not _is_of_history(request.htmx.current_url_abs_path):
        return render(request, "classifier/_undo.html", {"restored": count})
    _say(request, count, "is back.", "are back.", none="There was nothing left to bring back.")
    if request.htmx:
        return HttpResponseClientRefresh()
    return redirect(ours(request, reverse("classifier:history")))


@require_POST
@login_required
def digits_remove(request: SignedInRequest) -> HttpResponse:
    """Remove for good the drawings ticked among what was deleted lately."""
    try:
        count = deletion.remove_now(request.user, _ids(request.POST.getlist("ids")))
    except MalformedRequest as error:
        return _refused(request, error)
    _say(request, count, "is gone for good.", "are gone for good.", none="Tick what shall go for good.")
    return redirect("classifier:deleted")


@require_GET
@login_required
@never_cache
@vary_on_headers("HX-Request")
def deleted_page(request: SignedInRequest) -> HttpResponse:
    page = deletion.page(request.user, request.GET.get("before", ""))
    context = {
        "rows": [answers.deleted_row(drawing) for drawing in page.drawings],
        "next_url": f"{reverse('classifier:deleted')}?before={page.next_before}" if page.next_before else "",
        "days": deletion.UNDO_DAYS,
    }
    template = (
        "classifier/_deleted_rows.html" if request.htmx and "before" in request.GET else "classifier/deleted.html"
    )
    return render(request, template, context)


def _say(request: HttpRequest, count: int, one: str, several: str, none: str) -> None:
    if count:
        notices.success(request, f"One drawing {one}" if count == 1 else f"{count} drawings {several}")
    else:
        notices.info(request, none)


def _ids(given: Iterable[str]) -> list[uuid.UUID]:
    """Public ids. Raises MalformedRequest for what is none."""
    try:
        return [uuid.UUID(each) for each in given]
    except ValueError:
        raise MalformedRequest("That is no digit's id. Reload the page, then choose again.") from None


def _moment(given: str) -> datetime | None:
    """Raises MalformedRequest for what is no point in time."""
    if not given:
        return None
    try:
        found = parse_datetime(given)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise MalformedRequest("That deletion cannot be found. Look among what was deleted lately.")
    return found


def _is_of_history(path: str | None) -> bool:
    """Whether a page lists what comes back, so that it has to be read again."""
    return bool(path) and urlsplit(path or "").path.startswith(reverse("classifier:history"))


# --- in figures ---------------------------------------------------------------------------------


@require_GET
@login_required
@never_cache
def summary_page(request: SignedInRequest) -> HttpResponse:
    return render(request, "classifier/summary.html", summary.summary(request.user))


# --- again with another model: for staff --------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(READ_AGAIN)
@never_cache
@vary_on_headers("HX-Request")
def again_page(request: SignedInRequest) -> HttpResponse:
    """What is read again, and the form that begins it. Of the digits themselves nothing is shown."""
    form = AgainForm(request.POST or None, initial={"person": request.GET.get("person", "")})
    if request.method == "POST" and form.is_valid():
        again.begin(form.cleaned_data["person"], form.cleaned_data["version"], request.user)
        return redirect("classifier:again")
    rows = Rereading.objects.select_related("owner", "model_version", "requested_by")
    rows = rows.defer("model_version__metadata", "model_version__summary")[:RECENT]
    context = {"form": form, "rows": rows, "is_running": any(not row.is_final for row in rows)}
    template = "classifier/_again.html" if request.htmx else "classifier/again.html"
    return render(request, template, context, status=400 if form.errors else 200)


@require_POST
@for_staff(READ_AGAIN)
def again_cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    again.cancel(get_object_or_404(Rereading, public_id=public_id))
    return redirect("classifier:again")
