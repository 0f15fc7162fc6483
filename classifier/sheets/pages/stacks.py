"""The pages of stacks: putting one in, following it, and what can be done with it as a whole."""

from typing import Any
from uuid import UUID

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from classifier.digits.deletion import UNDO_DAYS
from classifier.errors import NotFound
from classifier.http.rejections import count_error
from classifier.http.requests import SignedInRequest
from classifier.models import ModelVersion
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.deciding.checks import checks
from classifier.sheets.models import Stack, StackPage
from classifier.sheets.models.stacks import ONE_IN
from classifier.sheets.reading.made import networks_of_promise
from classifier.sheets.sharing.rights import Level, deleted_stack_for, may
from classifier.sheets.stacks import lifecycle, progress
from classifier.sheets.webhooks import allowing, attempts, shown
from classifier.uploads import receiving

from .finding import sheet_or_404, stack_or_404
from .stack_lists import stack_form

REFUSED_SHOWN = 48  # pages


def _upload_page(request: HttpRequest, error: ClassifierError | None, public_id: UUID) -> HttpResponse:
    sheet = sheet_or_404(request, public_id, Level.CHANGE)  # type: ignore[arg-type]  # signed in
    context = stack_form() | {"sheet": sheet, "stack_error": error}
    return render(request, "classifier/sheets/stack_upload.html", context, status=error.status if error else 200)


@csrf_exempt  # until the body is received: see below
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def stack_upload(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """The form that puts a stack in, also on the sheet's page."""
    sheet_or_404(request, public_id, Level.CHANGE)
    if request.method != "POST":
        return _upload_page(request, None, public_id)
    receiving.receive_to_disk(request)  # first: the check of the CSRF token reads the body
    try:
        return _put_in(request, public_id)
    except ClassifierError as error:
        count_error(error)
        return _upload_page(request, error, public_id)


@csrf_protect
def _put_in(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    sheet = sheet_or_404(request, public_id, Level.CHANGE)
    webhook, secret = allowing.checked(request.POST.get("webhook", "").strip(), "")
    lifecycle.call_worker()  # it starts while the pages are stored
    stack = lifecycle.accept(
        sheet,
        request.user,
        receiving.received(request),
        one_in=_whole(request.POST.get("one_in") or ONE_IN, "Choose a tolerance."),
        keep_days=_days(request.POST.get("keep_days", "")),
        webhook=webhook,
        webhook_secret=secret,
    )
    return redirect("sheets:stack", stack.public_id)


def _days(given: str) -> int | None:
    return _whole(given, "Write a number of days, or leave it empty.") if given.strip() else None


def _whole(given: object, sentence: str) -> int:
    try:
        return int(str(given).strip())
    except ValueError:
        raise InvalidInput(sentence) from None


@require_GET
@login_required
@never_cache
@vary_on_headers("HX-Request")
def stack_page(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """A stack; for htmx its state and figures only."""
    return _answer(request, stack_or_404(request, public_id, Level.READ))


def _answer(request: SignedInRequest, stack: Stack) -> HttpResponse:
    name = "_stack" if request.htmx else "stack"
    return render(request, f"classifier/sheets/{name}.html", _context(request, stack))


def _context(request: SignedInRequest, stack: Stack) -> dict[str, Any]:
    figures = progress.figures(stack)
    refused = stack.pages.filter(status=StackPage.Status.REFUSED).order_by("number")
    may_change = may(request.user, stack.sheet, Level.CHANGE)
    return {
        "stack": stack,
        "figures": figures,
        "forecast": progress.forecast(stack) if figures.values else [],
        "promise": promise(stack, figures),
        "other_networks": other_networks() if figures.values else "",
        "checks": checks(stack) if figures.values else None,
        "share": figures.dealt_with / figures.pages if figures.pages else 0,
        "refused": list(refused[:REFUSED_SHOWN]) if figures.refused else [],
        "more_refused": max(0, figures.refused - REFUSED_SHOWN),
        "may_decide": may(request.user, stack.sheet, Level.DECIDE),
        "may_change": may_change,
        **shown.context(stack, may_change=may_change),
    }


def promise(stack: Stack, figures: progress.Figures) -> str:
    """How many fields nobody has to look at, as a sentence."""
    if not figures.values:
        return "No field has been read yet." if not stack.is_final else "No field was read."
    start = "" if stack.is_final else "So far, "
    verbs = "is" if figures.taken == 1 else "are", "is" if figures.left == 1 else "are"
    left = f"{figures.left:,} {verbs[1]} left to you" if figures.left else "none is left"
    done = f"; {figures.decided:,} decided" if figures.decided else ""
    taken = f"{figures.taken:,} of {figures.values:,} field{'s' if figures.values > 1 else ''} {verbs[0]} taken unseen"
    return f"{start}{taken}{done}; {left}."


def other_networks() -> str:
    """A sentence if a network is in service with which the promise was not measured."""
    measured = networks_of_promise()
    active = ModelVersion.objects.filter(is_active=True).values_list("name", "tflite_sha256")
    others = [name for name, checksum in active if checksum[:12] not in measured]
    if not others or not measured:
        return ""
    return (
        f"How many errors to expect was measured with {' and '.join(measured.values())}, but {' and '.join(others)} "
        f"{'is' if len(others) == 1 else 'are'} in service: rely on the checks."
    )


def _with_error(request: SignedInRequest, error: ClassifierError, public_id: UUID) -> HttpResponse:
    notices.error(request, str(error))
    return redirect("sheets:stack", public_id)


@require_POST
@login_required
def stack_tolerance(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    stack = stack_or_404(request, public_id, Level.CHANGE)
    try:
        lifecycle.set_tolerance(stack, _whole(request.POST.get("one_in"), "Choose a tolerance."))
    except ClassifierError as error:
        return _with_error(request, error, public_id)
    if request.htmx:
        return _answer(request, stack)
    return redirect("sheets:stack", stack.public_id)


@require_POST
@login_required
def stack_cancel(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    stack = stack_or_404(request, public_id, Level.CHANGE)
    lifecycle.cancel(stack)
    if request.htmx:
        stack.refresh_from_db()
        return _answer(request, stack)
    return redirect("sheets:stack", stack.public_id)


@require_POST
@login_required
def stack_delete(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Deletes a stack; the sheet's page offers to restore it."""
    stack = stack_or_404(request, public_id, Level.CHANGE)
    lifecycle.delete(stack)
    notices.success(request, f"“{stack.name}” is deleted. You can restore it below for {UNDO_DAYS} days.")
    return redirect("sheets:sheet-detail", stack.sheet.public_id)


@require_POST
@login_required
def stack_restore(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    try:
        stack = deleted_stack_for(request.user, public_id, Level.CHANGE)
    except NotFound as error:
        raise Http404 from error
    lifecycle.restore(stack)
    notices.success(request, f"“{stack.name}” is restored.")
    return redirect("sheets:stack", stack.public_id)


@require_POST
@login_required
def stack_webhook(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """Sends the message again that the stack is done."""
    stack = stack_or_404(request, public_id, Level.CHANGE)
    try:
        attempts.send_again(stack)
    except ClassifierError as error:
        return _with_error(request, error, public_id)
    notices.success(request, "The message is sent again now. Reload this page to see what happened.")
    return redirect("sheets:stack", stack.public_id)
