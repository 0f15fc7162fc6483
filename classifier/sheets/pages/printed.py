"""The pages of printed sheets: describing one, and the PDF."""

import base64
import io
import re
import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from PIL import Image

from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.describing import lists, sheets
from classifier.sheets.fields.marks import PAPERS
from classifier.sheets.models import Sheet
from classifier.sheets.printing.drawing import Copy
from classifier.sheets.printing.pictures import pictures
from classifier.sheets.printing.placing import check_text, place
from classifier.sheets.printing.process import PAGES_AT_MOST, copies_of, pdf_of
from classifier.sheets.sharing.rights import Level

from . import printed_form
from .finding import sheet_or_404
from .printed_form import Row

PREVIEW_SIDE = 1100  # px
EXAMPLE = [
    Row(name="Pupil number", digits=4),
    Row(name="Points", digits=3, decimals=1),
    Row(name="Was absent", kind="check"),
]


def _form_page(request: SignedInRequest, error: ClassifierError | None = None) -> HttpResponse:
    return _show(request, printed_form.rows_in(request.POST), error)


def _show(
    request: SignedInRequest,
    rows: list[Row],
    error: ClassifierError | None = None,
    given: dict[str, str] | None = None,
) -> HttpResponse:
    given = given or _given(request)
    context = {"rows": rows, "papers": list(PAPERS), "error": error, **given, **_preview(given, rows)}
    is_part = request.htmx and request.method == "POST"
    template = "classifier/sheets/_printed_form.html" if is_part else "classifier/sheets/printed.html"
    return render(request, template, context, status=error.status if error else 200)


def _given(request: SignedInRequest) -> dict[str, str]:
    sent = request.POST
    return {
        "name": sent.get("name", ""),
        "paper": sent["paper"] if sent.get("paper") in PAPERS else "A4",
        "roster": sent.get("roster", ""),
        "copy_of": sent.get("copy_of", ""),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@answers_errors(_form_page)
def printed_new(request: SignedInRequest) -> HttpResponse:
    """GET: the form. POST: adds or moves a row (`action`), shows the preview, or makes the sheet (`make`)."""
    if request.method != "POST":
        return _show(request, list(EXAMPLE))
    rows = printed_form.rows_in(request.POST)
    if "make" not in request.POST:
        return _show(request, printed_form.apply(request.POST.get("action", ""), rows))
    file = request.FILES.get("roster_file")
    roster = lists.roster(lists.text_of(file) if file else request.POST.get("roster", ""))
    described = printed_form.described(rows, _copied(request))
    given = _given(request)
    sheet = sheets.create_printed(request.user, given["name"], described, given["paper"], roster)
    response = redirect("sheets:sheet-detail", sheet.public_id)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": response["Location"]})
    return response


@require_GET
@login_required
@never_cache
def printed_copy(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """The form, filled in with the fields of another printed sheet."""
    sheet = sheet_or_404(request, public_id, Level.READ)
    if not sheet.is_printed:
        return redirect("sheets:sheet-detail", sheet.public_id)
    rows = printed_form.rows_of(sheet.described())
    given = {"name": sheet.name, "paper": sheet.paper, "roster": "", "copy_of": str(sheet.public_id)}
    return _show(request, rows, given=given)


def _copied(request: SignedInRequest) -> Any:
    """The description of the sheet that was copied, or None."""
    try:
        public_id = uuid.UUID(request.POST.get("copy_of", ""))
    except ValueError:
        return None
    sheet = Sheet.objects.visible_to(request.user).filter(public_id=public_id).first()
    return sheet.described() if sheet else None


def _preview(given: dict[str, str], rows: list[Row]) -> dict[str, Any]:
    """Pictures of the pages, or what is wrong."""
    if not rows:
        return {"problem": "The sheet has no fields. Add one."}
    try:
        name = sheets.checked_name(given["name"] or "Name of the sheet")
        check_text(name)
        first = (lists.roster(given["roster"]) or [""])[0]
        description = place(printed_form.described(rows), given["paper"])
    except ClassifierError as error:
        return {"problem": str(error)}
    copy = Copy(1, first) if first else None
    drawn = pictures(name, description, given["paper"], uuid.UUID(int=0), PREVIEW_SIDE, copy)
    return {"previews": [_data_address(image) for image in drawn]}


def _data_address(image: Image.Image) -> str:
    file = io.BytesIO()
    image.quantize(8).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _print_page(request: SignedInRequest, error: ClassifierError | None = None) -> HttpResponse:
    sheet = sheet_or_404(request, request.resolver_match.kwargs["public_id"], Level.READ)  # type: ignore[union-attr]
    pages = sheet.described().pages
    most = PAGES_AT_MOST // pages
    context = {"sheet": sheet, "pages": pages, "most": most, "most_words": f"{most:,}", "error": error}
    return render(request, "classifier/sheets/print.html", context, status=error.status if error else 200)


@require_GET
@login_required
@never_cache
@answers_errors(_print_page)
def sheet_print(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The choice of copies; with `first` and `last`, or `same` for that many equal copies, the PDF."""
    sheet = sheet_or_404(request, public_id, Level.READ)
    if not sheet.is_printed:
        return redirect("sheets:sheet-detail", sheet.public_id)
    if not request.GET:
        return _print_page(request)
    if "same" in request.GET:
        copies = [0] * _whole(request.GET["same"])
    else:
        copies = copies_of(sheet, _whole(request.GET.get("first", "1")), _whole(request.GET.get("last", "0")))
    pdf = pdf_of(sheet, copies)
    return FileResponse(
        io.BytesIO(pdf), as_attachment=True, filename=f"{sheet.name}.pdf", content_type="application/pdf"
    )


def _whole(text: str) -> int:
    """Raises InvalidInput."""
    if not re.fullmatch(r"[0-9]{1,6}", text.strip()):
        raise InvalidInput("Enter the copies as whole numbers.")
    return int(text)
