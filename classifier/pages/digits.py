"""The page of one digit."""

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from classifier.decoding.formats import FORMATS, VIEWABLE
from classifier.digits import corrections, explanations, history
from classifier.digits.numbers import know_siblings, mark, number_of, text_of
from classifier.http.originals import original_response
from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest, return_url
from classifier.models import Digit
from classifier.recognition.errors import ClassifierError
from classifier.recognition.pictures import input_png

from .answers import digits as answers
from .answers import numbers, rows
from .forms import CorrectionForm, NumberForm, check
from .pad import answer_response, answer_with_error
from .paper import Answer


@require_GET
@login_required
@vary_on_headers("HX-Request")
def digit_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    digit = _digit_or_404(request, public_id)
    know_siblings([digit])
    if request.htmx and "whole" in request.GET:  # the answer to a number polls
        return answer_response(request, _whole_answer(digit))
    answer = answers.answer_for(digit, corrections.of(digit), corrections.of_number(digit))
    if request.htmx:
        return answer_response(request, answer)
    context = {
        "digit": digit,
        "answer": answer,
        "original_url": reverse("classifier:digit-original", args=[digit.public_id]),
        "original_is_viewable": not digit.drawing.has_file or digit.drawing.original_format in VIEWABLE,
        "original_name": getattr(FORMATS.get(digit.drawing.original_format), "title", ""),
        "mark": mark(digit),
        "siblings": numbers.stamps(digit),
        "number": text_of(digit.siblings),
        "is_read": number_of(digit.siblings) is not None,
        "boxes": numbers.boxes(digit),
        "predictions": answers.every_answer(digit),
    }
    return render(request, "classifier/digits/digit.html", context)


@require_safe
@login_required
@never_cache  # the drawing may change
def digit_input(request: SignedInRequest, public_id: str) -> HttpResponse:
    return HttpResponse(input_png(_digit_or_404(request, public_id).pixels), content_type="image/png")


@require_safe
@login_required
@never_cache
def digit_original(request: SignedInRequest, public_id: str) -> HttpResponse | FileResponse:
    """The original: the rendered drawing or the uploaded file (shown only if it is a picture)."""
    return original_response(_digit_or_404(request, public_id))


@require_GET
@login_required
@never_cache  # the drawing may change
@vary_on_headers("HX-Request")
def digit_why(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The explanation of the answer, as a page or a fragment."""
    explanation = explanations.explain(_digit_or_404(request, public_id), settings.ANSWER_WAIT_S)
    template = "classifier/digits/_why.html" if request.htmx else "classifier/digits/why.html"
    return render(request, template, {"why": explanation})


@require_POST
@login_required
@answers_errors(answer_with_error)
def digit_correct(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Labels the digit, changes its label or removes it."""
    digit = _digit_or_404(request, public_id)
    form = CorrectionForm(request.POST)
    check(form)
    form.apply(digit)
    if not request.htmx:
        return redirect(return_url(request, reverse("classifier:digit-detail", args=[digit.public_id])))
    if "card" in request.POST:  # of the history's cards
        digit.refresh_from_db(fields=["said"])
        return render(request, "classifier/digits/_said.html", {"row": rows.said(digit)})
    answer = answers.answer_for(digit, corrections.of(digit))
    context = {name: getattr(answer, name) for name in ("digit", "correction", "verdict", "candidates")}
    return render(request, "classifier/digits/_correction.html", context)


def _number_with_error(request: SignedInRequest, error: ClassifierError) -> HttpResponse:
    assert request.resolver_match is not None  # noqa: S101 - for the type checker
    return _number_answer(request, _number_or_404(request, request.resolver_match.kwargs["public_id"]), error)


@require_POST
@login_required
@answers_errors(_number_with_error)
def number_correct(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Stores what the digit's drawing shows as a whole, confirms what was read, or removes the correction."""
    digit = _number_or_404(request, public_id)
    form = NumberForm(request.POST)
    check(form)
    form.apply(digit.siblings)
    return _number_answer(request, digit)


def _number_or_404(request: SignedInRequest, public_id: str) -> Digit:
    digit = _digit_or_404(request, public_id)
    know_siblings([digit])
    return digit


def _number_answer(request: SignedInRequest, digit: Digit, error: ClassifierError | None = None) -> HttpResponse:
    """What the form of a whole number receives: the card of the history, the answer, or for a page its address."""
    words, status = (str(error), error.status) if error else ("", 200)
    if not request.htmx:
        if error:
            notices.error(request, words)
        return redirect(return_url(request, reverse("classifier:digit-detail", args=[digit.public_id])))
    if "card" in request.POST:
        of_drawing = Digit.objects.owned_by(request.user).filter(drawing=digit.drawing_id)
        (leftmost,) = history.entries(of_drawing, history.ENTRY_ORDERS["newest"]).digits
        context = {"row": rows.entry_row(leftmost) | {"error": words}}
        return render(request, "classifier/history/_number_card.html", context, status=status)
    answer = _whole_answer(digit)
    answer.error = words
    return answer_response(request, answer, status)


def _whole_answer(digit: Digit) -> Answer:
    """The answer to the drawing of a digit with known siblings."""
    said, whole = corrections.by_digit(digit.siblings), corrections.of_number(digit)
    return numbers.answer_for(digit.siblings[0], said, whole)


def _digit_or_404(request: SignedInRequest, public_id: str) -> Digit:
    return get_object_or_404(Digit.objects.owned_by(request.user).with_predictions(), public_id=public_id)
