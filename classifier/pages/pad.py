"""The pad: drawing, uploading and taking a sample."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classifier.decoding.picture_files import JPEG_ALLOWANCE
from classifier.digits import corrections, history, intake
from classifier.digits.samples import mnist
from classifier.http import rejections
from classifier.http.requests import SignedInRequest
from classifier.models import Digit, Drawing
from classifier.recognition.errors import ClassifierError, NoInk

from . import answers, numbers
from .forms import DrawingForm, PictureForm, SampleForm, check

PAD = {"width": 280, "height": 280, "pen": 18, "pens": [10, 14, 18, 24, 32]}
PREVIEW_WAIT_S = 1.0
RECENT = 8

log = logging.getLogger(__name__)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "classifier/pad/welcome.html")
    return render(request, "classifier/pad/pad.html", _home_context(request.user) | {"answer": answers.BLANK})


@require_POST
@login_required
def drawing_save(request: SignedInRequest) -> HttpResponse:
    try:
        form = DrawingForm(request.POST)
        check(form)
        data, sketch = form.cleaned_data, form.sketch()
        if not sketch.strokes:
            intake.remove_drawing(request.user, data["drawing"], data["revision"])
            return answer_response(request, answers.BLANK)
        digit = intake.save_drawing(
            request.user,
            sketch,
            drawing_id=data["drawing"],
            revision=data["revision"],
            pointer=data["pointer"],
            one_digit=data["one_digit"],
        )
    except ClassifierError as error:
        return refuse(request, error)
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
        return refuse(request, error)
    return answer_response(request, numbers.preview_answer(found)) if found else HttpResponse(status=204)


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
        return refuse(request, error)
    return _answer_digit(request, digit)


@require_POST
@login_required
def sample_take(request: SignedInRequest) -> HttpResponse:
    try:
        form = SampleForm(request.POST)
        check(form)
        digit = intake.accept_sample(request.user, form.cleaned_data["digit"])
    except ClassifierError as error:
        return refuse(request, error)
    return _answer_digit(request, digit)


def _answer_digit(request: SignedInRequest, digit: Digit) -> HttpResponse:
    """The finished answer where it comes in time, else the fragment that asks again."""
    if not request.htmx:
        return redirect("classifier:digit-detail", digit.public_id)
    try:
        intake.wait_for_answer(digit, settings.ANSWER_WAIT_S)
    except ClassifierError as error:
        return refuse(request, error)
    # A drawing just begun cannot have been corrected yet.
    said = corrections.by_digit(digit.siblings) if digit.drawing.revision > 1 else {}
    return answer_response(request, numbers.answer_for(digit, said))


def answer_response(
    request: SignedInRequest, answer: answers.AnswerView | numbers.NumberView, status: int = 200
) -> HttpResponse:
    if request.htmx:
        return render(request, answer.template, {"answer": answer}, status=status)
    return render(request, "classifier/pad/pad.html", _home_context(request.user) | {"answer": answer}, status=status)


def refuse(request: SignedInRequest, error: ClassifierError) -> HttpResponse:
    if error.__cause__ is not None:
        log.info("Refused (%s): %r", error.code, error.__cause__)
    rejections.count(error.code)
    return answer_response(request, answers.refusal(error), error.status)


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
