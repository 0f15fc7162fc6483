"""The pages of sheets: the list, one sheet, and what is done with it by a button."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from PIL import Image

from classifier.digits.deletion import UNDO_DAYS
from classifier.errors import NotFound, StorageAway
from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest
from classifier.recognition.errors import ClassifierError
from classifier.sheets.describing import sheets, uploads
from classifier.sheets.models import Sheet
from classifier.sheets.sharing.rights import Level, may

from . import pictures
from .finding import sheet_or_404
from .stack_lists import stack_form, stacks_of

CARD_SIDE = 360  # px, the longer side of a page in the list: three for each px of the screen


def own_sheet_or_404(request: SignedInRequest, public_id: uuid.UUID) -> Sheet:
    return get_object_or_404(Sheet.objects.owned_by(request.user), public_id=public_id)


@require_GET
@login_required
@never_cache
def sheet_list(request: SignedInRequest) -> HttpResponse:
    """A person's own sheets and those shared with them."""
    visible = (
        Sheet.objects.visible_to(request.user)
        .select_related("owner")
        .annotate(stacks_kept=Count("stacks", Q(stacks__deleted=None), distinct=True))
        .order_by("-pk")
    )
    own = [sheet for sheet in visible if sheet.owner_id == request.user.pk]
    context = {
        "own": own,
        "shared": [sheet for sheet in visible if sheet.owner_id != request.user.pk],
        "deleted": sheets.restorable(request.user),
        "days": UNDO_DAYS,
    }
    return render(request, "classifier/sheets/sheets.html", context)


def _new_page(request: SignedInRequest, error: ClassifierError | None = None) -> HttpResponse:
    context = {"error": error, "name": request.POST.get("name", ""), "max_mb": settings.UPLOAD_MAX_MB}
    return render(request, "classifier/sheets/new.html", context, status=error.status if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@answers_errors(_new_page)
def sheet_new(request: SignedInRequest) -> HttpResponse:
    """The two roads to a sheet; POST uploads a form."""
    if request.method != "POST":
        return _new_page(request)
    file = request.FILES.get("file")
    pages = uploads.pages_of(file)
    name = request.POST.get("name", "").strip() or (file.name or "").rpartition(".")[0][: sheets.NAME_AT_MOST]  # type: ignore[union-attr]  # there are pages of it
    sheet = sheets.create_sheet(request.user, name or "Form", pages)
    return redirect("sheets:sheet-edit", sheet.public_id)


def _sheet_page(
    request: SignedInRequest, error: ClassifierError | None = None, *, sheet: Sheet | None = None
) -> HttpResponse:
    sheet = sheet or sheet_or_404(request, _id_in(request), Level.READ)
    description = sheet.described()
    context = {
        "sheet": sheet,
        "pages": sheet.pages.all(),
        "single": description.single,
        "tables": description.tables,
        "fields": len(description.fields()),
        "is_owner": sheet.owner_id == request.user.pk,
        "may_change": may(request.user, sheet, Level.CHANGE),
        "error": error,
    }
    context |= stack_form() | stacks_of(sheet, request.GET.get("page"))
    return render(request, "classifier/sheets/sheet.html", context, status=error.status if error else 200)


def _id_in(request: SignedInRequest) -> uuid.UUID:
    """The public id in the address of a request that is answered with the page of its sheet."""
    found: uuid.UUID = request.resolver_match.kwargs["public_id"]  # type: ignore[union-attr]  # it was resolved
    return found


@require_GET
@login_required
@never_cache
def sheet_detail(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """A sheet with its stacks."""
    return _sheet_page(request, sheet=sheet_or_404(request, public_id, Level.READ))


@require_GET
@login_required
def sheet_picture(request: SignedInRequest, public_id: uuid.UUID, number: int) -> HttpResponseBase:
    """The picture of an empty page. small: for the list; when the sheet was changed, so that browsers may keep it."""
    return (_small_picture if "small" in request.GET else _whole_picture)(request, public_id, number)


@cache_control(private=True, max_age=60)
def _whole_picture(request: SignedInRequest, public_id: uuid.UUID, number: int) -> FileResponse:
    return FileResponse(_page_file(request, public_id, number), content_type="image/png")


@pictures.kept
def _small_picture(request: SignedInRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    with _page_file(request, public_id, number) as file:
        return pictures.thumbnail(Image.open(file, formats=["PNG"]), CARD_SIDE)


def _page_file(request: SignedInRequest, public_id: uuid.UUID, number: int) -> Any:
    page = get_object_or_404(sheet_or_404(request, public_id, Level.READ).pages, number=number)
    try:
        return page.file.open("rb")
    except StorageAway:
        raise
    except OSError as error:
        raise Http404 from error


@require_POST
@login_required
@answers_errors(_sheet_page)
def sheet_rename(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    sheet = sheet_or_404(request, public_id, Level.CHANGE)
    sheets.rename_sheet(sheet, request.POST.get("name", ""))
    return redirect("sheets:sheet-detail", sheet.public_id)


@require_POST
@login_required
@answers_errors(_sheet_page)
def sheet_copy(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Copies an uploaded form. A printed sheet is copied by the form for printed sheets."""
    sheet = sheet_or_404(request, public_id, Level.READ)
    copy = sheets.copy_sheet(sheet, request.user, f"{sheet.name[: sheets.NAME_AT_MOST - 7]} (copy)")
    notices.success(request, f"“{copy.name}” is a sheet of its own. Changes do not change the first one.")
    return redirect("sheets:sheet-edit", copy.public_id)


@require_POST
@login_required
def sheet_delete(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    sheet = own_sheet_or_404(request, public_id)
    sheets.delete_sheet(sheet)
    notices.success(request, f"“{sheet.name}” was deleted with its stacks. You can restore it below.")
    return redirect("sheets:sheets")


@require_POST
@login_required
def sheet_restore(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    try:
        sheet = sheets.restore_sheet(request.user, public_id)
    except NotFound as error:
        raise Http404 from error
    notices.success(request, f"“{sheet.name}” is restored.")
    return redirect("sheets:sheet-detail", sheet.public_id)
