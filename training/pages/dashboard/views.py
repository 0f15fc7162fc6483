"""The view of the dashboard."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest

from .figures import site_figures


@require_safe
@for_staff()
@never_cache
@vary_on_headers("HX-Request")
def dashboard(request: SignedInRequest) -> HttpResponse:
    template = "training/dashboard/_figures.html" if request.htmx else "training/dashboard/dashboard.html"
    return render(request, template, site_figures() | {"section": "dashboard"})
