"""The views of training runs: the list, the form that starts one, a run, cancelling and repeating it."""

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest
from classifier.models import ModelVersion
from training.models import TrainingRun
from training.networks.architectures import of_kind
from training.runs import lifecycle, requests
from training.runs.recipe import suggested_recipe

from ..kinds import SHOWN
from ..permissions import PROMOTE, TRAIN
from ..review.queue import correction_counts
from .context import recent_runs, run_context
from .forms import RunForm
from .promise import promise

RUNS_PAGE = 25


@require_safe
@for_staff()
def run_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(recent_runs(), RUNS_PAGE).get_page(request.GET.get("page"))
    return render(request, "training/runs/runs.html", {"page": page, "section": "runs"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(TRAIN)
@vary_on_headers("HX-Request")
def run_start(request: SignedInRequest) -> HttpResponse:
    """Shows the form, filled in from the query, or starts a run; an identical unfinished run is not started twice."""
    base = suggested_recipe(request.GET.get("architecture"), request.GET.get("start_from"))
    form = RunForm(request.POST or None, base=base)
    if request.method == "POST" and form.is_valid():
        promote = form.cleaned_data["promote_if_passed"] and request.user.has_perm(PROMOTE)
        run, _ = requests.request_run(recipe=form.recipe, by=request.user, promote_if_passed=promote)
        return redirect("training:run-detail", run.public_id)
    context = {
        "form": form,
        "networks": [(SHOWN[kind], of_kind(kind)) for kind in SHOWN],
        "promise": "" if form.is_bound else promise(base),
        "continued": ModelVersion.objects.filter(public_id=base.start_from).first() if base.start_from else None,
        "counts": correction_counts() if form.kind == "digit" else None,
        "unfinished": TrainingRun.objects.unfinished().count(),
        "section": "runs",
    }
    template = "training/runs/_run_form.html" if request.htmx else "training/runs/run_start.html"
    return render(request, template, context, status=400 if form.errors else 200)


@require_POST
@for_staff(TRAIN)
def run_promise(request: SignedInRequest) -> HttpResponse:
    """Says how long a run with the settings of the form takes; starts nothing."""
    form = RunForm(request.POST, base=suggested_recipe())
    words = promise(form.recipe) if form.is_valid() else "Some settings are not valid yet."
    return render(request, "training/runs/_promise.html", {"promise": words})


@require_safe
@for_staff()
@never_cache
@vary_on_headers("HX-Request")
def run_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    run = get_object_or_404(
        TrainingRun.objects.select_related("requested_by", "version", "same_as"), public_id=public_id
    )
    template = "training/runs/_run.html" if request.htmx else "training/runs/run.html"
    return render(request, template, run_context(run) | {"section": "runs"})


@require_POST
@for_staff(TRAIN)
def run_cancel(request: SignedInRequest, public_id: str) -> HttpResponse:
    run = get_object_or_404(TrainingRun, public_id=public_id)
    lifecycle.cancel_run(run, request.user)
    if request.htmx:
        run.refresh_from_db()
        return render(request, "training/runs/_run.html", run_context(run))
    return redirect("training:run-detail", public_id)


@require_POST
@for_staff(TRAIN)
def run_repeat(request: SignedInRequest, public_id: str) -> HttpResponse:
    run = get_object_or_404(TrainingRun, public_id=public_id)
    try:
        run, _ = requests.repeat_run(run, request.user)
    except ValueError as error:
        notices.error(request, f"These settings can no longer be used: {error}")
    return redirect("training:run-detail", run.public_id)
