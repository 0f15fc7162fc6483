"""The view of the dashboard."""

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from classifier.digits.predictions import send_failed_again
from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest

from ..permissions import PROMOTE
from .figures import site_figures


@require_safe
@for_staff()
@never_cache
@vary_on_headers("HX-Request")
def dashboard(request: SignedInRequest) -> HttpResponse:
    template = "training/dashboard/_figures.html" if request.htmx else "training/dashboard/dashboard.html"
    return render(request, template, site_figures() | {"section": "dashboard"})


@require_POST
@for_staff(PROMOTE)
def answers_again(request: SignedInRequest) -> HttpResponse:
    """Sends digits again that were given up."""
    count = send_failed_again(by_staff=True)
    notices.success(request, f"Sent again: {count:,} digit{'' if count == 1 else 's'} without an answer.")
    return redirect("training:dashboard")
