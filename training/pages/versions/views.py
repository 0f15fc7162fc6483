"""The views of model versions: the list, one version, a comparison, promotion and rollback, and the files."""

from django.contrib import messages as notices
from django.core.exceptions import BadRequest, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier.http.access import for_staff
from classifier.http.requests import SignedInRequest
from classifier.models import ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from training.evaluation import promotion
from training.evaluation.gate import GateRefused

from ..permissions import OVERRIDE, PROMOTE
from .comparison import comparison
from .details import list_context, model_file, opponent, version_context
from .forms import PromoteForm, RollBackForm
from .robustness import robustness_context


@require_safe
@for_staff()
def version_list(request: HttpRequest) -> HttpResponse:
    return render(request, "training/versions/versions.html", list_context() | {"section": "versions"})


@require_safe
@for_staff()
def version_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    version = _version_or_404(public_id)
    return render(request, "training/versions/version.html", version_context(version) | {"section": "versions"})


@require_safe
@for_staff()
@never_cache
def version_robustness(request: HttpRequest, public_id: str) -> HttpResponse:
    """Returns the part of a version's page that is measured later than the rest."""
    version, chosen = _version_or_404(public_id), request.GET.get("with", "")
    other = _version_or_404(chosen) if chosen else opponent(version)
    context = {"version": version, "report": robustness_context(version, other), "section": "versions"}
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
    notices.success(request, f"{version} is in service. Workers use it from their next prediction on.")
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
    file = model_file(_version_or_404(public_id), name)
    if file is None or not file.storage.exists(file.name):
        raise Http404
    return FileResponse(file.open("rb"), as_attachment=True, filename=name)


def _version_or_404(public_id: str) -> ModelVersion:
    versions = ModelVersion.objects.select_related("measurement", "training_run__requested_by")
    try:
        return get_object_or_404(versions, public_id=public_id)
    except ValidationError as error:  # ?with= may be anything
        raise Http404 from error


def _comparison(
    request: HttpRequest, version: ModelVersion, form: PromoteForm, status: int = 200, refusal: Exception | None = None
) -> HttpResponse:
    chosen = request.GET.get("with", "")
    other = _version_or_404(chosen) if chosen else opponent(version)
    context = comparison(version, other) | {"form": form, "refusal": refusal, "section": "versions"}
    return render(request, "training/versions/compare.html", context, status=status)
