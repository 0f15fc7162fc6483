"""The page on which the owner of a sheet shares it."""

import uuid

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest
from classifier.recognition.errors import ClassifierError
from classifier.sheets.sharing import people
from classifier.sheets.sharing.rights import Level

from .sheets import own_sheet_or_404


def _page(request: SignedInRequest, error: ClassifierError | None = None) -> HttpResponse:
    sheet = own_sheet_or_404(request, request.resolver_match.kwargs["public_id"])  # type: ignore[union-attr]
    context = {
        "sheet": sheet,
        "shares": sheet.shares.select_related("user"),
        "levels": Level.choices,
        "error": error,
        "name": request.POST.get("name", "") if error else "",
    }
    return render(request, "classifier/sheets/sharing.html", context, status=error.status if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_errors(_page)
def sheet_sharing(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """POST: shares the sheet with `name` at `level`, or ends that with `remove`."""
    if request.method != "POST":
        return _page(request)
    sheet, name = own_sheet_or_404(request, public_id), request.POST.get("name", "")
    if "remove" in request.POST:
        people.unshare(sheet, name)
        notices.success(request, f"{name} no longer sees this sheet.")
    else:
        level = request.POST.get("level", "")
        shared = people.share(sheet, name, int(level) if level in map(str, Level.values) else 0)
        notices.success(request, f"{shared.user.get_username()} may {shared.get_level_display()}.")
    return redirect("sheets:sheet-sharing", sheet.public_id)
