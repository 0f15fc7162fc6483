"""The pad: drawing, uploading and taking a sample."""

from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from classifier.batches import lifecycle
from classifier.digits import corrections, history, intake
from classifier.digits.samples import mnist
from classifier.errors import SeveralPages
from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest
from classifier.models import Digit, Drawing
from classifier.recognition.errors import ClassifierError
from classifier.uploads import receiving

from .answers import digits as answers
from .answers import numbers
from .answers.rows import entry_row
from .forms import DrawingForm, PictureForm, SampleForm, check
from .paper import Answer, paper_context, preview
from .trial import welcome

RECENT = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return welcome(request)
    return render(request, "classifier/pad/pad.html", _home_context(request.user) | {"answer": answers.BLANK})


def answer_response(request: SignedInRequest, answer: Answer, status: int = 200) -> HttpResponse:
    """The fragment with the answer, or the whole page for a browser without JavaScript."""
    if request.htmx:
        return render(request, answer.template, {"answer": answer}, status=status)
    return render(request, "classifier/pad/pad.html", _home_context(request.user) | {"answer": answer}, status=status)


def answer_with_error(request: SignedInRequest, error: ClassifierError) -> HttpResponse:
    return answer_response(request, answers.rejection(error), error.status)


@require_POST
@login_required
@answers_errors(answer_with_error)
def drawing_save(request: SignedInRequest) -> HttpResponse:
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
    return _answer_digit(request, digit, may_be_labelled=data["restored"])


@require_POST
@login_required
@answers_errors(answer_with_error)
def drawing_preview(request: SignedInRequest) -> HttpResponse:
    """Answers an unfinished stroke without storing it; 204 if there is no answer."""
    answer = preview(request.POST)
    return answer_response(request, answer) if answer else HttpResponse(status=204)


@require_POST
@login_required
@answers_errors(answer_with_error)
def picture_upload(request: SignedInRequest) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    check(form)
    data = form.cleaned_data
    source = Drawing.Source(data["source"] or Drawing.Source.UPLOAD)
    try:
        digit = intake.accept_picture(request.user, data["image"], source, one_digit=data["one_digit"])
    except SeveralPages as error:
        return _read_pages(request, data["image"], error, data["one_digit"])
    return _answer_digit(request, digit)


def _read_pages(
    request: SignedInRequest, file: "UploadedFile[bytes]", error: SeveralPages, one_digit: bool
) -> HttpResponse:
    """Has the pages of a file read as a batch, and leads there."""
    with receiving.packed(file) as archive:
        batch = lifecycle.accept_batch(request.user, archive, one_digit=one_digit)
    notices.info(request, f"{error} They are read as a batch: each page is a picture of its own.")
    address = reverse("classifier:batch-detail", args=[batch.public_id])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_POST
@login_required
@answers_errors(answer_with_error)
def sample_take(request: SignedInRequest) -> HttpResponse:
    form = SampleForm(request.POST)
    check(form)
    return _answer_digit(request, intake.accept_sample(request.user, form.cleaned_data["digit"]))


def _answer_digit(request: SignedInRequest, digit: Digit, *, may_be_labelled: bool = False) -> HttpResponse:
    """The answer if it is ready in time, otherwise the fragment that asks again."""
    if not request.htmx:
        return redirect("classifier:digit-detail", digit.public_id)
    intake.wait_for_answer(digit, settings.ANSWER_WAIT_S)
    # A new drawing has no corrections yet.
    if not (may_be_labelled or digit.drawing.revision > 1):
        return answer_response(request, numbers.answer_for(digit, {}))
    said, whole = corrections.by_digit(digit.siblings), corrections.of_number(digit)
    return answer_response(request, numbers.answer_for(digit, said, whole))


def _home_context(owner: User) -> dict[str, Any]:
    kind = intake.sample_images(mnist.configured()[0]).kind
    return paper_context() | {
        "samples": {"kind": kind, "note": "" if kind == "mnist" else answers.GENERATED_NOTE},
        "recent": [entry_row(digit) for digit in history.recent(owner, RECENT)],
    }
