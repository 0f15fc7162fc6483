"""The view of the review, in which staff accept or reject people's corrections."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from classifier.digits import corrections
from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest
from classifier.models import Correction, NumberCorrection

from ..permissions import REVIEW
from .forms import ReviewForm
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


def _decide(request: SignedInRequest, form: ReviewForm) -> None:
    """Carries out a decision and remembers it for undo."""
    decision, ids, numbers = form.chosen() if form.is_valid() else ("", [], [])
    if decision == "undo":
        last = request.session.pop("last_review", {"ids": []})
        corrections.undo_review(ids=last["ids"], numbers=last.get("numbers", []), by=request.user)
    elif decision and (ids or numbers):
        ids = list(Correction.objects.waiting().filter(pk__in=ids).values_list("pk", flat=True))
        numbers = list(NumberCorrection.objects.waiting().filter(pk__in=numbers).values_list("pk", flat=True))
        accept = decision == "accept"
        corrections.review(ids=ids, accept=accept, by=request.user)
        corrections.review_numbers(ids=numbers, accept=accept, by=request.user)
        request.session["last_review"] = {
            "ids": ids,
            "numbers": numbers,
            "count": len(ids) + len(numbers),
            "accepted": accept,
        }
