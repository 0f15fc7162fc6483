"""The page where people decide doubtful fields, one after the other.

With JavaScript, decisions are sent in the background (static/classifier/sheets/decide.js), and a request that accepts
JSON gets JSON. Without it, the page is a form for one field.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from classifier.errors import NotFound
from classifier.http.rejections import count_error
from classifier.http.requests import SignedInRequest
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.deciding import acts, queue
from classifier.sheets.fields.rules import ValueRejected
from classifier.sheets.models import Stack, Value
from classifier.sheets.sharing.rights import Level

from .asking import asked
from .finding import stack_or_404

AHEAD = 8  # fields that a page holds


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@vary_on_headers("Accept")
def decide_page(request: SignedInRequest, public_id: UUID) -> HttpResponseBase:
    """The field that is least certain, and those that come next. POST: `act`, of ACTS, and what it needs."""
    stack = stack_or_404(request, public_id, Level.DECIDE)
    if request.method != "POST":
        return _page(request, stack, queue.next_values(stack, request.user, AHEAD))
    try:
        answer = _act(request, stack)
    except ClassifierError as error:
        count_error(error)
        return _refusal(request, stack, error)
    if _wants_json(request):
        return JsonResponse(answer)
    if answer == {"value": None}:
        notices.info(request, "You have decided nothing here that can be undone.")
    return redirect("sheets:decide", stack.public_id)


def _page(
    request: SignedInRequest, stack: Stack, values: list[Value], error: ClassifierError | None = None
) -> HttpResponse:
    ahead = asked(values, stack)
    context = {
        "stack": stack,
        "ahead": ahead,
        "value": ahead[0] if ahead else None,
        "left": queue.left(stack),
        "error": error,
        "text": request.POST.get("text") if error else None,
        "may_force": isinstance(error, ValueRejected),
    }
    return render(request, "classifier/sheets/decide.html", context, status=error.status if error else 200)


def _refusal(request: SignedInRequest, stack: Stack, error: ClassifierError) -> HttpResponseBase:
    if _wants_json(request):
        return JsonResponse({"code": error.code, "detail": str(error)}, status=error.status)
    values = queue.next_values(stack, request.user, AHEAD)
    given = request.POST.get("value")
    values.sort(key=lambda value: str(value.public_id) != given)  # the one that was refused first
    return _page(request, stack, values, error)


def _act(request: SignedInRequest, stack: Stack) -> dict[str, Any]:
    """Does what was asked. Raises a ClassifierError."""
    form, user = request.POST, request.user
    act = form.get("act", "take" if "other" in form else "")
    if act == "next":
        return _next(request, stack)
    if act == "release":
        queue.release(stack, user)
        return {}
    if act == "undo":
        back = acts.undo(stack, user, _id(form["value"]) if form.get("value") else None)
        return {"value": asked([back], stack)[0] if back else None}
    if act not in ("take", "empty", "force"):
        raise InvalidInput("“act” is one of take, empty, force, undo, next and release.")
    text = "" if act == "empty" else form.get("other", form.get("text", ""))
    force = act == "force" or form.get("force") == "true"
    acts.decide(stack, user, form.get("value", ""), text, force=force, is_first=True)
    return {}


def _next(request: SignedInRequest, stack: Stack) -> dict[str, Any]:
    """More fields, and which of those that the page has (`have`) are still held for it; `sent`: not to come again."""
    have = [_id(each) for each in request.POST.getlist("have")[: queue.HELD_AT_MOST]]
    sent = [_id(each) for each in request.POST.getlist("sent")[:1000]]
    kept = queue.renew(stack, request.user, have)
    more = queue.next_values(stack, request.user, AHEAD - len(kept), [*kept, *sent])
    return {"values": asked(more, stack), "kept": [str(each) for each in kept], "left": queue.left(stack)}


def _id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise NotFound("There is no such field in this stack.") from None


def _wants_json(request: SignedInRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
