"""Deleting digits and restoring them."""

import uuid

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from classifier.digits import deletion
from classifier.http.requests import SignedInRequest, return_url
from classifier.models import Digit
from classifier.recognition.errors import InvalidInput

from . import answers
from .history import ids, is_of_history, last_deletion, moment, say


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
        done = deletion.delete(request.user, ids(request.POST.getlist("ids")))
    except InvalidInput as error:
        return _refused(request, error)
    return _deleted(request, done)


def _deleted(request: SignedInRequest, done: deletion.Deletion) -> HttpResponse:
    """Say what was deleted, with the way back; a page that lists it removes it from there."""
    if done.digits:
        request.session["last_deletion"] = {"moment": done.moment.isoformat(), "digits": done.digits}
    if not request.htmx:
        return redirect(return_url(request, reverse("classifier:history")))
    response = render(request, "classifier/history/_undo.html", {"undo": last_deletion(request), "out_of_band": True})
    names = [str(drawing) for drawing in done.drawings]
    # Afterwards: it may take the form away, in whose document the notice is put.
    return trigger_client_event(response, "digits-deleted", {"drawings": names}, after="swap")


def _refused(request: SignedInRequest, error: InvalidInput) -> HttpResponse:
    if request.htmx:
        context = {"refusal": str(error), "out_of_band": True}
        return render(request, "classifier/history/_undo.html", context, status=error.status)
    notices.error(request, str(error))
    return redirect(return_url(request, reverse("classifier:history")))


@require_POST
@login_required
def digits_restore(request: SignedInRequest) -> HttpResponse:
    """Bring back the last deletion (`moment`), or the drawings ticked among what was deleted lately."""
    try:
        count = deletion.restore(
            request.user, moment=moment(request.POST.get("moment", "")), drawings=ids(request.POST.getlist("ids"))
        )
    except InvalidInput as error:
        return _refused(request, error)
    request.session.pop("last_deletion", None)
    if request.htmx and not is_of_history(request.htmx.current_url_abs_path):
        return render(request, "classifier/history/_undo.html", {"restored": count})
    say(request, count, "is back.", "are back.", none="There was nothing left to bring back.")
    if request.htmx:
        return HttpResponseClientRefresh()
    return redirect(return_url(request, reverse("classifier:history")))


@require_POST
@login_required
def digits_remove(request: SignedInRequest) -> HttpResponse:
    """Remove for good the drawings ticked among what was deleted lately."""
    try:
        count = deletion.remove_now(request.user, ids(request.POST.getlist("ids")))
    except InvalidInput as error:
        return _refused(request, error)
    say(request, count, "is gone for good.", "are gone for good.", none="Tick what shall go for good.")
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
        "classifier/history/_deleted_rows.html"
        if request.htmx and "before" in request.GET
        else "classifier/history/deleted.html"
    )
    return render(request, template, context)
