"""The editor of a sheet's fields: its page, and the JSON that its script exchanges with the site."""

import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.describing import lists, offers, sheets
from classifier.sheets.fields import description
from classifier.sheets.models import Sheet
from classifier.sheets.sharing.rights import Level

from .finding import sheet_or_404

CHECKSUM_NAMES = {
    "": "none",
    "luhn": "Luhn (cards, customer numbers)",
    "mod11": "mod 11",
    "mod97": "mod 97 (IBAN)",
    "gtin": "EAN, UPC, ISBN-13",
}


def _as_json(request: SignedInRequest, error: ClassifierError) -> JsonResponse:
    return JsonResponse({"code": error.code, "detail": str(error)}, status=error.status)


def _json_post(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that the editor's script posts to: errors are answered as JSON."""
    return wraps(view)(require_POST(login_required(answers_errors(_as_json)(view))))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_errors(_as_json)
def sheet_edit(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """GET: the editor. POST: saves the description that its script sends as JSON."""
    sheet = sheet_or_404(request, public_id, Level.CHANGE)
    if request.method == "POST":
        return _save(request, sheet)
    context = {"sheet": sheet, "pages": sheet.pages.all(), "data": _data(sheet), "checksums": CHECKSUM_NAMES}
    return render(request, "classifier/sheets/editor.html", context)


def _save(request: SignedInRequest, sheet: Sheet) -> JsonResponse:
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        raise InvalidInput("The fields did not arrive whole. Save again.") from None
    if not isinstance(sent, dict) or not isinstance(sent.get("seen", ""), str):
        raise InvalidInput("The fields did not arrive whole. Save again.")
    try:
        seen = parse_datetime(sent.get("seen", ""))
    except ValueError:
        seen = None
    sheet = sheets.change_sheet(sheet, sent.get("description"), seen=seen)
    return JsonResponse({"seen": sheet.changed.isoformat(), "description": sheet.description})


def _data(sheet: Sheet) -> dict[str, Any]:
    """What the script needs."""
    address = [sheet.public_id]
    return {
        "description": sheet.described().as_json(),
        "seen": sheet.changed.isoformat(),
        "locked": sheet.is_printed,
        "save": reverse("sheets:sheet-edit", args=address),
        "allowed": reverse("sheets:sheet-allowed", args=address),
        "pages": [
            {
                "number": page.number,
                "width": page.width,
                "height": page.height,
                # The query changes with the picture, which browsers keep.
                "picture": f"{reverse('sheets:sheet-picture', args=[*address, page.number])}?{page.file.name}",
                "offers": reverse("sheets:sheet-offers", args=[*address, page.number]),
            }
            for page in sheet.pages.all()
        ],
        "most": {
            "cells": description.CELLS_AT_MOST,
            "fields": description.FIELDS_AT_MOST,
            "name": description.NAME_AT_MOST,
        },
    }


@_json_post
def sheet_offers(request: SignedInRequest, public_id: uuid.UUID, number: int) -> JsonResponse:
    """Rectangles on a page that look like fields."""
    sheet = sheet_or_404(request, public_id, Level.CHANGE)
    return JsonResponse({"offers": offers.find_offers(sheet, number)})


@_json_post
def sheet_allowed(request: SignedInRequest, public_id: uuid.UUID) -> JsonResponse:
    """The values in a pasted text (`text`) or a file (`file`)."""
    sheet_or_404(request, public_id, Level.CHANGE)
    file = request.FILES.get("file")
    return JsonResponse({"values": lists.values(lists.text_of(file) if file else request.POST.get("text", ""))})


def _editor_again(request: SignedInRequest, error: ClassifierError) -> HttpResponse:
    notices.error(request, str(error))
    return redirect("sheets:sheet-edit", request.resolver_match.kwargs["public_id"])  # type: ignore[union-attr]


@require_POST
@login_required
@answers_errors(_editor_again)
def sheet_turn(request: SignedInRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    """Turns a page by 90° clockwise."""
    sheet = sheet_or_404(request, public_id, Level.CHANGE)
    sheets.turn_page(sheet, number)
    return redirect(f"{reverse('sheets:sheet-edit', args=[public_id])}#page-{number}")
