"""The start page of visitors: they draw or upload a picture and see the answer and its explanation.

Nothing is stored. Once a visitor has signed in, the browser sends what it has kept.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from classifier.digits import explanations, intake
from classifier.digits.replay import steps_of_cut
from classifier.errors import SiteBusy, TooManyRequests
from classifier.http.rejections import answers_errors
from classifier.http.visitors import BUSY, only_place, spare_capacity
from classifier.recognition.errors import ClassifierError
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.preprocessing.steps import Step
from classifier.recognition.preprocessing.strokes import Sketch

from .answers import digits as answers
from .answers.trials import trial_answer, unpack
from .forms import DrawingForm, PictureForm, WhyForm, check
from .paper import Answer, paper_context, preview

# As how many requests these count for an address.
PICTURE_COST, WHY_COST = 20, 10

View = Callable[..., HttpResponseBase]


def welcome(request: HttpRequest) -> HttpResponse:
    """The start page of visitors."""
    if settings.TRY_WITHOUT_ACCOUNT:
        return _page(request, answers.BLANK)
    return render(request, "classifier/pad/welcome.html")


def _for_visitors(view: View) -> View:
    """Closes a view if the operator has switched it off. Sends people who have signed in to their own pad."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if not settings.TRY_WITHOUT_ACCOUNT:
            raise Http404
        return redirect("classifier:home") if request.user.is_authenticated else view(request)

    return guarded


def _respond(request: Any, answer: Answer, status: int = 200) -> HttpResponse:
    """The fragment with the answer, or the whole page for a browser without JavaScript."""
    if request.htmx:
        return render(request, answer.template, {"answer": answer}, status=status)
    return _page(request, answer, status)


def _page(request: HttpRequest, answer: Answer, status: int = 200) -> HttpResponse:
    context = paper_context() | {"answer": answer}
    return render(request, "classifier/pad/trial.html", context, status=status)


def _answer_with_error(request: HttpRequest, error: ClassifierError) -> HttpResponse:
    response = _respond(request, answers.rejection(error), error.status)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, SiteBusy):
        response.headers["Retry-After"] = "1"
    return response


@require_POST
@_for_visitors
@answers_errors(_answer_with_error)
def drawing_try(request: HttpRequest) -> HttpResponse:
    form = DrawingForm(request.POST)
    check(form)
    sketch, one_digit = form.sketch(), form.cleaned_data["one_digit"]
    if not sketch.strokes:
        return _respond(request, answers.BLANK)
    with spare_capacity(request):
        read = _at_hand(intake.preview_sketch(sketch, settings.ANSWER_WAIT_S, one_digit=one_digit))
        return _respond(request, trial_answer(read, is_drawn=True))


@require_POST
@_for_visitors
@answers_errors(_answer_with_error)
def drawing_preview(request: HttpRequest) -> HttpResponse:
    """Answers an unfinished stroke; 204 if there is no answer."""
    with spare_capacity(request):
        answer = preview(request.POST)
        return _respond(request, answer) if answer else HttpResponse(status=204)


@require_POST
@_for_visitors
@answers_errors(_answer_with_error)
def picture_try(request: HttpRequest) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    check(form)
    with spare_capacity(request, PICTURE_COST):
        with only_place("picture"):
            one_digit = form.cleaned_data["one_digit"]
            read = intake.read_picture_unstored(form.cleaned_data["image"], one_digit=one_digit)
        return _respond(request, trial_answer(_at_hand(read), is_drawn=False))


def _at_hand(read: intake.Unstored | None) -> intake.Unstored:
    """What was read. Raises SiteBusy if no worker has answered in time."""
    if read is None:
        raise SiteBusy(BUSY)
    return read


def _why_failed(request: Any, error: ClassifierError) -> HttpResponse:
    response = _answer_with_error(request, error)
    if request.htmx:
        response.content = render(request, "classifier/pad/_why_failed.html", {"message": str(error)}).content
    return response


@require_POST
@_for_visitors
@answers_errors(_why_failed)
def trial_why(request: Any) -> HttpResponse:
    """The explanation of a visitor's digit: of the strokes or the file if they come along, otherwise of its pixels."""
    form = WhyForm(request.POST, request.FILES)
    check(form)
    with spare_capacity(request, WHY_COST), only_place("explanation"):
        why = _explain(request, form)
    template = "classifier/digits/_why.html" if request.htmx else "classifier/pad/trial_why.html"
    return render(request, template, {"why": why})


def _explain(request: HttpRequest, form: WhyForm) -> explanations.Explanation:
    steps: list[Step] = []
    found_digits, whole = _digits_to_explain(request, form, steps)
    position = min(form.cleaned_data["position"] or 0, len(found_digits) - 1)
    digit = found_digits[position]
    if form.cleaned_data["digit"]:
        asked = unpack(form.cleaned_data["digit"])
        if not np.array_equal(asked.pixels, digit.pixels):  # the line reader has cut it out
            digit, steps = asked, steps_of_cut(steps, asked.pixels)
    (answer,) = _at_hand(intake.read_unstored([digit], settings.ANSWER_WAIT_S)).results
    return explanations.explain_unstored(digit, position, answer, whole, steps, settings.ANSWER_WAIT_S)


def _digits_to_explain(
    request: HttpRequest, form: WhyForm, steps: list[Step]
) -> tuple[list[FoundDigit], Sketch | None]:
    """The digits of the strokes, the file or the pixels that a form brings, and the strokes. steps: receives theirs."""
    data = form.cleaned_data
    if "strokes" in request.POST:
        drawn = DrawingForm(request.POST)
        check(drawn)
        whole = drawn.sketch()
        return intake.find_in_sketch(whole, drawn.cleaned_data["one_digit"], steps), whole
    if data["image"]:
        with only_place("picture"):
            return intake.decode_unstored(data["image"], one_digit=data["one_digit"], steps=steps)[0].digits, None
    return [unpack(data["digit"])], None
