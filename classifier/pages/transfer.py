"""The pages of export and import."""

from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from classifier.http import downloads
from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest
from classifier.models import Digit, Import
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.errors import ClassifierError
from classifier.transfer.importing import jobs

from .forms import ImportForm, check

IMPORTS_SHOWN = 10
PROBLEMS_SHOWN = 50


@require_GET
@login_required
def export_page(request: SignedInRequest) -> HttpResponse:
    return _export_page(request)


def _export_page(request: SignedInRequest, error: ClassifierError | None = None) -> HttpResponse:
    digits = Digit.objects.owned_by(request.user)
    context = {
        "digits": digits.count(),
        "corrections": digits.filter(said__isnull=False).exclude(said=NOT_A_DIGIT).count(),
        "imports": Import.objects.owned_by(request.user)[:IMPORTS_SHOWN],
        "is_busy": Import.objects.owned_by(request.user).unfinished().exists(),
        "import_max_mb": settings.IMPORT_MAX_MB,
        "error": error,
    }
    return render(request, "classifier/transfer/export.html", context, status=error.status if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_errors(_export_page)
def export_file(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """GET: the digits that match the filters in the query string, by default all. POST: the digits in `ids`."""
    return downloads.export_file(request, request.user, kind, bom=True)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@answers_errors(_export_page)
def import_create(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("classifier:export")  # which has the form
    form = ImportForm(request.POST, request.FILES)
    check(form)
    taken = jobs.request_import(request.user, form.cleaned_data["file"])
    return redirect("classifier:import-detail", taken.public_id)


@require_GET
@login_required
@vary_on_headers("HX-Request")
def import_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    return _import_page(request, _import_or_404(request, public_id))


@require_POST
@login_required
def import_cancel(request: SignedInRequest, public_id: str) -> HttpResponse:
    taken = _import_or_404(request, public_id)
    jobs.cancel(taken)
    return _after(request, taken)


def _import_with_error(request: SignedInRequest, error: ClassifierError) -> HttpResponse:
    taken = _import_or_404(request, resolve(request.path_info).kwargs["public_id"])
    if request.htmx:
        return _import_page(request, taken, error)
    notices.error(request, str(error))
    return redirect("classifier:import-detail", taken.public_id)


@require_POST
@login_required
@answers_errors(_import_with_error)
def import_remove(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Removes what an import added."""
    taken = _import_or_404(request, public_id)
    jobs.request_removal(taken)
    return _after(request, taken)


def _after(request: SignedInRequest, taken: Import) -> HttpResponse:
    if not request.htmx:
        return redirect("classifier:import-detail", taken.public_id)
    return _import_page(request, _import_or_404(request, str(taken.public_id)))


def _import_page(request: SignedInRequest, taken: Import, error: ClassifierError | None = None) -> HttpResponse:
    problems = list(taken.problems.all()[: PROBLEMS_SHOWN + 1])
    context: dict[str, Any] = {
        "taken": taken,
        "share": min(1.0, taken.seen / taken.announced) if taken.announced else 0.0,
        "problems": problems[:PROBLEMS_SHOWN],
        "more_problems": max(0, taken.remarks - PROBLEMS_SHOWN),
        "error": error,
    }
    template = "classifier/transfer/_import.html" if request.htmx else "classifier/transfer/import.html"
    return render(request, template, context, status=error.status if error else 200)


def _import_or_404(request: SignedInRequest, public_id: str) -> Import:
    return get_object_or_404(Import.objects.owned_by(request.user), public_id=public_id)
