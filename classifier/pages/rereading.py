"""The page of re-readings: another version reads a person's history again."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from classifier.digits import rereading
from classifier.http.access import READ_AGAIN, for_staff
from classifier.http.requests import SignedInRequest
from classifier.models import Rereading

from .forms import RereadingForm

SHOWN = 30


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(READ_AGAIN)
@never_cache
@vary_on_headers("HX-Request")
def rereading_page(request: SignedInRequest) -> HttpResponse:
    """The re-readings and the form that starts one. Shows no digits."""
    form = RereadingForm(request.POST or None, initial={"person": request.GET.get("person", "")})
    if request.method == "POST" and form.is_valid():
        rereading.begin(form.cleaned_data["person"], form.cleaned_data["version"], request.user)
        return redirect("classifier:rereading")
    rows = Rereading.objects.select_related("owner", "model_version", "requested_by")
    rows = rows.defer("model_version__metadata", "model_version__summary")[:SHOWN]
    context = {"form": form, "rows": rows, "is_running": any(not row.is_final for row in rows)}
    template = "classifier/rereading/_rereading.html" if request.htmx else "classifier/rereading/rereading.html"
    return render(request, template, context, status=400 if form.errors else 200)


@require_POST
@for_staff(READ_AGAIN)
def rereading_cancel(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    rereading.cancel(get_object_or_404(Rereading, public_id=public_id))
    return redirect("classifier:rereading")
