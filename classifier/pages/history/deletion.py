"""Deleting digits and restoring them."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from classifier.digits import deletion
from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest, return_url
from classifier.models import Digit
from classifier.recognition.errors import ClassifierError, InvalidInput

from ..answers.rows import deleted_row

UNDO_SHOWN = timedelta(minutes=10)  # how long the history offers to undo the last deletion


def _with_error(request: SignedInRequest, error: ClassifierError) -> HttpResponse:
    if request.htmx:
        context = {"error": str(error), "out_of_band": True}
        return render(request, "classifier/history/_undo.html", context, status=error.status)
    notices.error(request, str(error))
    return redirect(return_url(request, reverse("classifier:history")))


@require_POST
@login_required
def digit_delete(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Deletes a digit's drawing, with the whole number it may belong to, which can be restored."""
    get_object_or_404(Digit.objects.owned_by(request.user), public_id=public_id)
    return _deleted(request, deletion.delete(request.user, [public_id]))


@require_POST
@login_required
@answers_errors(_with_error)
def digits_delete(request: SignedInRequest) -> HttpResponse:
    """Deletes the selected digits."""
    return _deleted(request, deletion.delete(request.user, _ids(request.POST.getlist("ids"))))


def _deleted(request: SignedInRequest, done: deletion.Deletion) -> HttpResponse:
    """Reports the deletion with a button that undoes it; a page removes the deleted digits from its list."""
    if done.digits:
        counts = {"digits": done.digits, "entries": len(done.drawings), "number": done.number}
        request.session["last_deletion"] = {"moment": done.moment.isoformat(), **counts}
    if not request.htmx:
        return redirect(return_url(request, reverse("classifier:history")))
    response = render(request, "classifier/history/_undo.html", {"undo": last_deletion(request), "out_of_band": True})
    names = [str(drawing) for drawing in done.drawings]
    # After the swap: the event may remove the form that receives the notice.
    return trigger_client_event(response, "digits-deleted", {"drawings": names}, after="swap")


@require_POST
@login_required
@answers_errors(_with_error)
def digits_restore(request: SignedInRequest) -> HttpResponse:
    """Restores the last deletion (`moment`), or the selected drawings."""
    moment, drawings = _moment(request.POST.get("moment", "")), _ids(request.POST.getlist("ids"))
    count = deletion.restore(request.user, moment=moment, drawings=drawings)
    request.session.pop("last_deletion", None)
    if request.htmx and not _is_of_history(request.htmx.current_url_abs_path):
        return render(request, "classifier/history/_undo.html", {"restored": count})
    _say(request, count, "is restored.", "are restored.", none="There was nothing to restore.")
    if request.htmx:
        return HttpResponseClientRefresh()
    return redirect(return_url(request, reverse("classifier:history")))


@require_POST
@login_required
@answers_errors(_with_error)
def digits_remove(request: SignedInRequest) -> HttpResponse:
    """Removes the selected drawings permanently."""
    count = deletion.remove_now(request.user, _ids(request.POST.getlist("ids")))
    _say(request, count, "is permanently removed.", "are permanently removed.", none="Select the drawings to remove.")
    return redirect("classifier:deleted")


@require_GET
@login_required
@never_cache
@vary_on_headers("HX-Request")
def deleted_page(request: SignedInRequest) -> HttpResponse:
    page = deletion.page(request.user, request.GET.get("before", ""))
    context = {
        "rows": [deleted_row(drawing) for drawing in page.drawings],
        "next_url": f"{reverse('classifier:deleted')}?before={page.next_before}" if page.next_before else "",
        "days": deletion.UNDO_DAYS,
    }
    template = (
        "classifier/history/_deleted_rows.html"
        if request.htmx and "before" in request.GET
        else "classifier/history/deleted.html"
    )
    return render(request, template, context)


def last_deletion(request: SignedInRequest) -> dict[str, Any] | None:
    """The last deletion, if it is recent and not undone."""
    last: dict[str, Any] = request.session.get("last_deletion") or {}
    moment = parse_datetime(last.get("moment", ""))
    if moment is None or timezone.now() - moment > UNDO_SHOWN:
        return None
    return {**last, "next": request.get_full_path() if request.method == "GET" else ""}


def _say(request: HttpRequest, count: int, one: str, several: str, none: str) -> None:
    if count:
        notices.success(request, f"One drawing {one}" if count == 1 else f"{count} drawings {several}")
    else:
        notices.info(request, none)


def _ids(given: Iterable[str]) -> list[uuid.UUID]:
    """Public ids. Raises InvalidInput for an invalid id."""
    try:
        return [uuid.UUID(each) for each in given]
    except ValueError:
        raise InvalidInput("Invalid id of a digit. Reload the page and select again.") from None


def _moment(given: str) -> datetime | None:
    """A time with its zone, or None if empty. Raises InvalidInput for an invalid time."""
    if not given:
        return None
    try:
        moment = parse_datetime(given)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment):
        raise InvalidInput("This deletion was not found. Look in “Recently deleted”.")
    return moment


def _is_of_history(path: str | None) -> bool:
    """Whether the page lists restored drawings and has to be reloaded."""
    return bool(path) and urlsplit(path or "").path.startswith(reverse("classifier:history"))
