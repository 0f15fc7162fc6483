"""The staff's pages: each view finds, checks, calls one function, and answers a page or its fragment."""

from django.contrib import messages as notices
from django.core.exceptions import BadRequest, ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from classifier.digits import corrections
from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest
from classifier.models import Correction, ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from training.evaluation import promotion
from training.evaluation.gate import GateRefused
from training.models import TrainingRun
from training.networks.architectures import ARCHITECTURES
from training.runs import requests
from training.runs.recipe import suggested_recipe

from . import comparison, robustness_report, runs, versions
from .access import OVERRIDE, PROMOTE, REVIEW, TRAIN
from .dashboard import site_figures
from .forms import PromoteForm, ReviewForm, RollBackForm, RunForm

RUNS_PAGE = 25


@require_safe
@for_staff()
@never_cache
@vary_on_headers("HX-Request")
def dashboard(request: SignedInRequest) -> HttpResponse:
    template = "training/dashboard/_figures.html" if request.htmx else "training/dashboard/dashboard.html"
    return render(request, template, site_figures() | {"section": "dashboard"})


@require_safe
@for_staff()
def run_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(runs.recent_runs(), RUNS_PAGE).get_page(request.GET.get("page"))
    return render(request, "training/runs/runs.html", {"page": page, "section": "runs"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(TRAIN)
@vary_on_headers("HX-Request")
def run_start(request: SignedInRequest) -> HttpResponse:
    """The form, filled in for what its address says; or the run asked for, the same when it was asked for already."""
    base = suggested_recipe(request.GET.get("architecture"), request.GET.get("start_from"))
    form = RunForm(request.POST or None, base=base)
    if request.method == "POST" and form.is_valid():
        promote = form.cleaned_data["promote_if_passed"] and request.user.has_perm(PROMOTE)
        run, _ = requests.request_run(recipe=form.recipe, by=request.user, promote_if_passed=promote)
        return redirect("training:run-detail", run.public_id)
    context = {
        "form": form,
        "architectures": ARCHITECTURES.values(),
        "continued": ModelVersion.objects.filter(public_id=base.start_from).first() if base.start_from else None,
        "counts": runs.correction_counts(),
        "unfinished": TrainingRun.objects.unfinished().count(),
        "section": "runs",
    }
    template = "training/runs/_run_form.html" if request.htmx else "training/runs/run_start.html"
    return render(request, template, context, status=400 if form.errors else 200)


@require_safe
@for_staff()
@never_cache
@vary_on_headers("HX-Request")
def run_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    run = get_object_or_404(TrainingRun.objects.select_related("requested_by", "version"), public_id=public_id)
    template = "training/runs/_run.html" if request.htmx else "training/runs/run.html"
    return render(request, template, runs.run_context(run) | {"section": "runs"})


@require_POST
@for_staff(TRAIN)
def run_cancel(request: SignedInRequest, public_id: str) -> HttpResponse:
    run = get_object_or_404(TrainingRun, public_id=public_id)
    requests.cancel_run(run)
    if request.htmx:
        run.refresh_from_db()
        return render(request, "training/runs/_run.html", runs.run_context(run))
    return redirect("training:run-detail", public_id)


@require_POST
@for_staff(TRAIN)
def run_repeat(request: SignedInRequest, public_id: str) -> HttpResponse:
    run = get_object_or_404(TrainingRun, public_id=public_id)
    try:
        run, _ = requests.repeat_run(run, request.user)
    except ValueError as error:
        notices.error(request, f"These settings cannot be used again: {error}")
    return redirect("training:run-detail", run.public_id)


@require_safe
@for_staff()
def version_list(request: HttpRequest) -> HttpResponse:
    return render(request, "training/versions/versions.html", versions.list_context() | {"section": "versions"})


@require_safe
@for_staff()
def version_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    version = _version_or_404(public_id)
    return render(
        request, "training/versions/version.html", versions.version_context(version) | {"section": "versions"}
    )


@require_safe
@for_staff()
@never_cache
def version_card(request: HttpRequest, public_id: str) -> HttpResponse:
    """The part of a version's page that is measured later than the rest."""
    version, chosen = _version_or_404(public_id), request.GET.get("with", "")
    other = _version_or_404(chosen) if chosen else versions.opponent(version)
    context = {"version": version, "card": robustness_report.card_context(version, other), "section": "versions"}
    return render(request, "training/versions/_robustness_report.html", context)


@require_safe
@for_staff()
def version_compare(request: HttpRequest, public_id: str) -> HttpResponse:
    return _comparison(request, _version_or_404(public_id), PromoteForm())


@require_POST
@for_staff(PROMOTE)
def version_promote(request: SignedInRequest, public_id: str) -> HttpResponse:
    version, form = _version_or_404(public_id), PromoteForm(request.POST)
    if not form.is_valid():
        return _comparison(request, version, form, status=400)
    override = form.cleaned_data["override"] and request.user.has_perm(OVERRIDE)
    try:
        promotion.promote(version=version, by=request.user, reason=form.cleaned_data["reason"], override=override)
    except (GateRefused, ModelFileDamaged) as refusal:
        return _comparison(request, version, form, status=409, refusal=refusal)
    notices.success(request, f"{version} is in service. Workers serve it from their next prediction on.")
    return redirect("training:version-list")


@require_POST
@for_staff(PROMOTE)
def version_rollback(request: SignedInRequest) -> HttpResponse:
    form = RollBackForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    leaving = get_object_or_404(ModelVersion, public_id=form.cleaned_data["leaving"])
    try:
        done = promotion.roll_back(by=request.user, reason=form.cleaned_data["reason"], leaving=leaving)
        notices.success(request, f"{done.version} is back in service.")
    except (promotion.NothingBefore, ModelFileDamaged) as error:
        notices.error(request, str(error))
    return redirect("training:version-list")


@require_safe
@for_staff()
def version_file(request: HttpRequest, public_id: str, name: str) -> HttpResponseBase:
    file = versions.model_file(_version_or_404(public_id), name)
    if file is None or not file.storage.exists(file.name):
        raise Http404
    return FileResponse(file.open("rb"), as_attachment=True, filename=name)


def _version_or_404(public_id: str) -> ModelVersion:
    found = ModelVersion.objects.select_related("measurement", "training_run__requested_by")
    try:
        return get_object_or_404(found, public_id=public_id)
    except ValidationError as error:  # in ?with= anything may stand
        raise Http404 from error


def _comparison(
    request: HttpRequest, version: ModelVersion, form: PromoteForm, status: int = 200, refusal: Exception | None = None
) -> HttpResponse:
    chosen = request.GET.get("with", "")
    other = _version_or_404(chosen) if chosen else versions.opponent(version)
    context = comparison.comparison(version, other) | {"form": form, "refusal": refusal, "section": "versions"}
    return render(request, "training/versions/compare.html", context, status=status)


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
        "rows": runs.review_queue(),
        "counts": runs.correction_counts(),
        "last": request.session.get("last_review"),
        "section": "review",
    }
    return render(request, "training/review/_review.html" if request.htmx else "training/review/review.html", context)


def _decide(request: SignedInRequest, form: ReviewForm) -> None:
    """Carry out a decision, and remember it so that it can be undone."""
    decision, ids = form.chosen() if form.is_valid() else ("", [])
    if decision == "undo":
        last = request.session.pop("last_review", {"ids": []})
        corrections.undo_review(ids=last["ids"])
    elif decision and ids:
        waiting = list(Correction.objects.waiting().filter(pk__in=ids).values_list("pk", flat=True))
        corrections.review(ids=waiting, accept=decision == "accept", by=request.user)
        request.session["last_review"] = {"ids": waiting, "accepted": decision == "accept"}
