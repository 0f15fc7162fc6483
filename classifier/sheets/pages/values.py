"""One value of the results: looking at it, and changing what it is."""

from typing import Any
from uuid import UUID

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from classifier.http.rejections import count_error
from classifier.http.requests import SignedInRequest, return_url
from classifier.recognition.errors import ClassifierError
from classifier.sheets.deciding import acts
from classifier.sheets.fields.rules import ValueRejected
from classifier.sheets.models import Stack, Value
from classifier.sheets.results.cells import cell_of
from classifier.sheets.sharing.rights import Level

from .asking import asked
from .finding import stack_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@vary_on_headers("HX-Request")
def value_page(request: SignedInRequest, public_id: UUID, value_id: UUID) -> HttpResponse:
    """A value with its crop and a form that changes it; for htmx a cell of the results. GET with `cell`: as it is."""
    stack = stack_or_404(request, public_id, Level.DECIDE)
    value = get_object_or_404(stack.values.select_related("page", "decided_by"), public_id=value_id)
    if request.method != "POST":
        if request.htmx and "cell" in request.GET:
            return _cell(request, stack, value)
        return _form(request, stack, value)
    empty = request.POST.get("act") == "empty"
    text = "" if empty else request.POST.get("other", request.POST.get("text", ""))
    try:
        value = acts.decide(stack, request.user, value_id, text, force=request.POST.get("act") == "force")
    except ClassifierError as error:
        count_error(error)
        return _form(request, stack, value, error)
    if request.htmx:
        return _cell(request, stack, value)
    notices.success(request, "The field is changed.")
    return redirect(_back(request, stack))


def _back(request: SignedInRequest, stack: Stack) -> str:
    return return_url(request, reverse("sheets:stack-results", args=[stack.public_id]))


def _form(request: SignedInRequest, stack: Stack, value: Value, error: ClassifierError | None = None) -> HttpResponse:
    name = "_value_form" if request.htmx else "value"
    context: dict[str, Any] = {"stack": stack, "value": asked([value], stack)[0], "error": error}
    context |= {
        "text": request.POST.get("text", "") if error else value.text,
        "may_force": isinstance(error, ValueRejected),
        "back": _back(request, stack),
    }
    return render(request, f"classifier/sheets/{name}.html", context, status=error.status if error else 200)


def _cell(request: SignedInRequest, stack: Stack, value: Value) -> HttpResponse:
    context = {"stack": stack, "cell": cell_of(value, stack), "may_decide": True}
    return render(request, "classifier/sheets/_value_cell.html", context)
