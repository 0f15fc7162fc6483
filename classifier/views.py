"""The pages. Each view finds, checks, calls one function, and answers a page or its fragment."""

import logging
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from . import (
    answers,
    corrections,
    explanations,
    health,
    history,
    intake,
    mnist,
    numbers,
    refusals,
    registry,
)
from .decoding import JPEG_ALLOWANCE
from .errors import ClassifierError, NoInk
from .forms import CorrectionForm, DrawingForm, PictureForm, SampleForm, TokenForm, check
from .models import ApiToken, Digit, Drawing
from .originals import VIEWABLE_FORMATS, original_response
from .pictures import input_png
from .problems import is_api, plain_problem
from .requests import SignedInRequest, ours
from .tokens import Scope, create_token

PAD = {"width": 280, "height": 280, "pen": 18, "pens": [10, 14, 18, 24, 32]}
PREVIEW_WAIT_S = 1.0
RECENT = 8

log = logging.getLogger(__name__)


# --- drawing and sending ------------------------------------------------------------------------


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "classifier/welcome.html")
    return render(request, "classifier/home.html", _home_context(request.user) | {"answer": answers.BLANK})


@require_POST
@login_required
def drawing_save(request: SignedInRequest) -> HttpResponse:
    try:
        form = DrawingForm(request.POST)
        check(form)
        data, sketch = form.cleaned_data, form.sketch()
        if not sketch.strokes:
            intake.remove_drawing(request.user, data["drawing"], data["revision"])
            return _answer(request, answers.BLANK)
        digit = intake.save_drawing(
            request.user,
            sketch,
            drawing_id=data["drawing"],
            revision=data["revision"],
            pointer=data["pointer"],
            one_digit=data["one_digit"],
        )
    except ClassifierError as error:
        return _refuse(request, error)
    return _answer_digit(request, digit)


@require_POST
@login_required
def drawing_preview(request: SignedInRequest) -> HttpResponse:
    """What the network makes of a stroke half drawn. Stores nothing; 204 when there is nothing to say."""
    try:
        form = DrawingForm(request.POST)
        check(form)
        found = intake.preview_sketch(form.sketch(), PREVIEW_WAIT_S, one_digit=form.cleaned_data["one_digit"])
    except NoInk:
        found = None
    except ClassifierError as error:
        return _refuse(request, error)
    return _answer(request, numbers.preview_answer(found)) if found else HttpResponse(status=204)


@require_POST
@login_required
def picture_upload(request: SignedInRequest) -> HttpResponse:
    try:
        form = PictureForm(request.POST, request.FILES)
        check(form)
        data = form.cleaned_data
        source = Drawing.Source(data["source"] or Drawing.Source.UPLOAD)
        digit = intake.accept_picture(request.user, data["image"], source, one_digit=data["one_digit"])
    except ClassifierError as error:
        return _refuse(request, error)
    return _answer_digit(request, digit)


@require_POST
@login_required
def sample_take(request: SignedInRequest) -> HttpResponse:
    try:
        form = SampleForm(request.POST)
        check(form)
        digit = intake.accept_sample(request.user, form.cleaned_data["digit"])
    except ClassifierError as error:
        return _refuse(request, error)
    return _answer_digit(request, digit)


def _answer_digit(request: SignedInRequest, digit: Digit) -> HttpResponse:
    """The finished answer where it comes in time, else the fragment that asks again."""
    if not request.htmx:
        return redirect("classifier:digit-detail", digit.public_id)
    try:
        intake.wait_for_answer(digit, settings.ANSWER_WAIT_S)
    except ClassifierError as error:
        return _refuse(request, error)
    # A drawing just begun cannot have been corrected yet.
    said = corrections.by_digit(digit.siblings) if digit.drawing.revision > 1 else {}
    return _answer(request, numbers.answer_for(digit, said))


def _answer(
    request: SignedInRequest, answer: answers.AnswerView | numbers.NumberView, status: int = 200
) -> HttpResponse:
    if request.htmx:
        return render(request, answer.template, {"answer": answer}, status=status)
    return render(request, "classifier/home.html", _home_context(request.user) | {"answer": answer}, status=status)


def _refuse(request: SignedInRequest, error: ClassifierError) -> HttpResponse:
    if error.__cause__ is not None:
        log.info("Refused (%s): %r", error.code, error.__cause__)
    refusals.note(error.code)
    return _answer(request, answers.refusal(error), error.status)


def _home_context(owner: User) -> dict[str, Any]:
    kind = intake.sample_images(mnist.configured()[0]).kind
    return {
        "pad": PAD,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
        "max_megapixels": settings.PICTURE_MAX_MEGAPIXELS,
        "max_jpeg_megapixels": settings.PICTURE_MAX_MEGAPIXELS * JPEG_ALLOWANCE,
        "samples": {"kind": kind, "note": "" if kind == "mnist" else answers.GENERATED_NOTE},
        "recent": [answers.history_row(digit) for digit in history.recent(owner, RECENT)],
    }


# --- a digit -------------------------------------------------------------------------------------


@require_GET
@login_required
@vary_on_headers("HX-Request")
def digit_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    digit = _digit_or_404(request, public_id)
    numbers.know_siblings([digit])
    if request.htmx and "whole" in request.GET:  # the number's answer asks again
        leftmost = digit.siblings[0]
        return _answer(request, numbers.answer_for(leftmost, corrections.by_digit(digit.siblings)))
    answer = answers.answer_for(digit, corrections.of(digit))
    if request.htmx:
        return _answer(request, answer)
    context = {
        "digit": digit,
        "answer": answer,
        "original_url": reverse("classifier:digit-original", args=[digit.public_id]),
        "original_is_viewable": not digit.drawing.original or digit.drawing.original_format in VIEWABLE_FORMATS,
        "original_name": digit.drawing.original_format,
        "mark": numbers.mark(digit),
        "siblings": numbers.stamps(digit),
        "number": numbers.text_of(digit.siblings),
        "boxes": numbers.boxes(digit),
        "predictions": answers.every_answer(digit),
    }
    return render(request, "classifier/digit.html", context)


@require_safe
@login_required
@never_cache  # the drawing may go on
def digit_input(request: SignedInRequest, public_id: str) -> HttpResponse:
    return HttpResponse(input_png(_digit_or_404(request, public_id).pixels), content_type="image/png")


@require_safe
@login_required
@never_cache
def digit_original(request: SignedInRequest, public_id: str) -> HttpResponse | FileResponse:
    """What was put in: the drawing as rendered, or the file as it came (shown only if it is a picture)."""
    return original_response(_digit_or_404(request, public_id))


@require_GET
@login_required
@never_cache  # the drawing may go on
@vary_on_headers("HX-Request")
def digit_why(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Why the network read it so, as a page or as a part of one."""
    found = explanations.explain(_digit_or_404(request, public_id), settings.ANSWER_WAIT_S)
    template = "classifier/_why.html" if request.htmx else "classifier/why.html"
    return render(request, template, {"why": found})


@require_POST
@login_required
def digit_correct(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Note what the digit is, another label than before, or take the correction back."""
    digit = _digit_or_404(request, public_id)
    form = CorrectionForm(request.POST)
    try:
        check(form)
    except ClassifierError as error:
        return _refuse(request, error)
    form.apply(digit)
    if not request.htmx:
        return redirect(ours(request, reverse("classifier:digit-detail", args=[digit.public_id])))
    if "card" in request.POST:  # of the history
        digit.refresh_from_db(fields=["said"])
        return render(request, "classifier/_said.html", {"row": answers.said(digit)})
    return render(request, "classifier/_correction.html", {"digit": digit, "correction": corrections.of(digit)})


def _digit_or_404(request: SignedInRequest, public_id: str) -> Digit:
    return get_object_or_404(Digit.objects.owned_by(request.user).with_predictions(), public_id=public_id)


# --- the network --------------------------------------------------------------------------------


@require_safe
def model(request: HttpRequest, public_id: uuid.UUID | None = None) -> HttpResponse:
    """The version in service, or another that everybody may look at."""
    shown = registry.shown_to_all()
    version = get_object_or_404(shown, public_id=public_id) if public_id else registry.version_in_service()
    others = (
        shown.exclude(pk=version.pk).only("public_id", "name", "is_active", "parameters", "accuracy") if version else ()
    )
    return render(request, "classifier/model.html", answers.model_context(version) | {"others": others})


# --- tokens -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tokens(request: SignedInRequest) -> HttpResponse:
    form, new_key = TokenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        scope = Scope(data["scope"] or Scope.WRITE)
        _, new_key = create_token(request.user, data["name"], scope=scope, expires_days=data["expires_days"])
        form = TokenForm()
    context = {"form": form, "new_key": new_key, "tokens": ApiToken.objects.owned_by(request.user)}
    return render(request, "classifier/tokens.html", context)


@require_POST
@login_required
def token_revoke(request: SignedInRequest, public_id: str) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.owned_by(request.user), public_id=public_id)
    token.delete()
    notices.success(request, f"The token “{token.name}” no longer works.")
    return redirect("classifier:tokens")


# --- where nothing else answers -----------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not isinstance(exception, DisallowedHost):  # a stranger's scan, nobody's digit
        refusals.note("too_large" if isinstance(exception, RequestDataTooBig) else "malformed")
    if is_api(request):
        return plain_problem(400, "The request cannot be read.", "malformed")
    return defaults.bad_request(request, exception)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    refusals.note("rate_limited")
    return render(request, "429.html", status=429)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return plain_problem(404, "There is no such address.", "not_found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    refusals.note("server_error")
    if is_api(request):
        return plain_problem(500, "Something went wrong here; it was noted. Please try again.", "error")
    return defaults.server_error(request)


# --- for operators ------------------------------------------------------------------------------


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    checks = health.readiness()
    missing = [name for name, found in checks.items() if found != "ok"]
    return JsonResponse({"ready": not missing, "missing": missing, "checks": checks}, status=503 if missing else 200)
