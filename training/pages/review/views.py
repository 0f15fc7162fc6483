"""The review, in which staff accept or reject people's corrections and what they decided about fields of sheets."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from classifier.digits import corrections
from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest
from classifier.models import Correction, NumberCorrection
from classifier.sheets.deciding import teaching
from classifier.sheets.models import Value
from classifier.sheets.pages.pictures import crop_of, kept

from ..permissions import REVIEW
from .forms import Chosen, ReviewForm
from .queue import correction_counts, review_queue


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(REVIEW)
@never_cache
@vary_on_headers("HX-Request")
def review(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        _decide(request, ReviewForm(request.POST))
        if not request.htmx:
            return redirect("training:review")
    context = {
        "rows": review_queue(),
        "counts": correction_counts(),
        "last": request.session.get("last_review"),
        "section": "review",
    }
    return render(request, "training/review/_review.html" if request.htmx else "training/review/review.html", context)


@require_GET
@for_staff(REVIEW)
@kept
def value_picture(request: SignedInRequest, value_id: UUID) -> HttpResponse:
    """A field of a sheet about which a person has decided something to be reviewed."""
    values = Value.objects.exclude(review="").select_related("page", "stack")
    value = get_object_or_404(values, public_id=value_id)
    return crop_of(value.stack, value)


def _decide(request: SignedInRequest, form: ReviewForm) -> None:
    """Carries out a decision and remembers it for undo."""
    decision, chosen = form.chosen() if form.is_valid() else ("", Chosen([], [], []))
    if decision == "undo":
        last = request.session.pop("last_review", {"ids": []})
        corrections.undo_review(ids=last["ids"], numbers=last.get("numbers", []), by=request.user)
        teaching.undo_review(last.get("values", []), by=request.user)
    elif decision and len(chosen):
        chosen = _still_waiting(chosen)
        accept = decision == "accept"
        corrections.review(ids=chosen.digits, accept=accept, by=request.user)
        corrections.review_numbers(ids=chosen.numbers, accept=accept, by=request.user)
        teaching.review(chosen.values, accept=accept, by=request.user)
        request.session["last_review"] = {
            "ids": chosen.digits,
            "numbers": chosen.numbers,
            "values": chosen.values,
            "count": len(chosen),
            "accepted": accept,
        }


def _still_waiting(chosen: Chosen) -> Chosen:
    waiting = (
        (Correction.objects.waiting(), chosen.digits),
        (NumberCorrection.objects.waiting(), chosen.numbers),
        (Value.objects.to_review(), chosen.values),
    )
    return Chosen(*(list(rows.filter(pk__in=keys).values_list("pk", flat=True)) for rows, keys in waiting))
