"""The endpoints of sheets and their empty pages."""

import re
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.endpoints import AnyAccept, Endpoint, Tagged
from classifier.api.pagination import NewestFirst
from classifier.errors import NotFound
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.describing import lists, offers, uploads
from classifier.sheets.describing import sheets as describing
from classifier.sheets.models import Sheet, SheetQuerySet, SheetShare
from classifier.sheets.printing import process
from classifier.sheets.sharing.rights import Level, sheet_for

from .content import content_of, text_in, time_in
from .pictures import picture

RIGHTS = {0: "owner", Level.CHANGE: "change", Level.DECIDE: "decide", Level.READ: "read"}


class NotPrinted(ClassifierError):
    """A sheet of uploaded pages has no PDF of this site's."""

    status = 409
    code = "not_printed"


class NotOwner(ClassifierError):
    """A person may use a sheet, but not this far."""

    status = 403
    code = "not_owner"


class SheetSerializer(serializers.ModelSerializer[Sheet]):
    """A sheet with `mine`, the shares of the person who asks, and `stack_count`: see `shown_to`."""

    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField()
    owner = serializers.CharField(source="owner.username")
    rights = serializers.SerializerMethodField()
    pages = serializers.SerializerMethodField()
    stacks = serializers.SerializerMethodField()

    class Meta:
        model = Sheet
        fields = [
            "id",
            "url",
            "name",
            "owner",
            "rights",
            "is_printed",
            "paper",
            "created",
            "changed",
            "pages",
            "stacks",
        ]

    def get_url(self, sheet: Sheet) -> str:
        return reverse("sheets-api:sheet-detail", args=[sheet.public_id])

    def get_rights(self, sheet: Sheet) -> str:
        mine = cast(list[SheetShare], sheet.mine)  # type: ignore[attr-defined]
        return RIGHTS[mine[0].level if mine else 0]

    def get_pages(self, sheet: Sheet) -> list[str]:
        return [reverse("sheets-api:sheet-page", args=[sheet.public_id, page.number]) for page in sheet.pages.all()]

    def get_stacks(self, sheet: Sheet) -> str:
        return f"{reverse('sheets-api:stack-list')}?sheet={sheet.public_id}"


class WholeSheetSerializer(SheetSerializer):
    description = serializers.JSONField()
    roster = serializers.ListField(child=serializers.CharField())

    class Meta(SheetSerializer.Meta):
        fields = [*SheetSerializer.Meta.fields, "description", "roster"]


def shown_to(request: Request, sheets: SheetQuerySet) -> SheetQuerySet:
    """With what the serializers need."""
    mine = SheetShare.objects.filter(user_id=cast(User, request.user).pk)
    return sheets.select_related("owner").prefetch_related("pages", Prefetch("shares", mine, to_attr="mine"))


def whole(request: Request, sheet: Sheet) -> Any:
    return WholeSheetSerializer(shown_to(request, Sheet.objects.filter(pk=sheet.pk)).get()).data


class SheetList(Endpoint, ListAPIView[Sheet]):
    """GET: the person's own sheets and those shared with them, newest first.

    POST: a new sheet. A file makes one of its pages, still without fields; JSON makes one that this site prints.
    """

    serializer_class = SheetSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> SheetQuerySet:
        return shown_to(self.request, Sheet.objects.visible_to(self.request.user)).defer("description", "roster")

    def post(self, request: Request) -> Response:
        owner = cast(User, request.user)
        if request.content_type.startswith("multipart/"):
            name = request.POST.get("name", "")
            sheet = describing.create_sheet(owner, name, uploads.pages_of(request.FILES.get("file")))
        else:
            sheet = _printed(owner, content_of(request))
        address = request.build_absolute_uri(reverse("sheets-api:sheet-detail", args=[sheet.public_id]))
        return Response(whole(request, sheet), status=201, headers={"Location": address})


class SheetDetail(Tagged):
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(whole(request, sheet_for(request.user, public_id, Level.READ)))

    def put(self, request: Request, public_id: UUID) -> Response:
        """Changes the description, and the name if it is given."""
        sheet = sheet_for(request.user, public_id, Level.CHANGE)
        content = content_of(request)
        name = text_in(content, "name") if "name" in content else None
        seen = time_in(content, "changed") if "changed" in content else None
        describing.change_sheet(sheet, content.get("description"), name, seen)
        return Response(whole(request, sheet))

    def delete(self, request: Request, public_id: UUID) -> Response:
        """Deletes a sheet with its stacks. Only its owner may."""
        sheet = sheet_for(request.user, public_id, Level.READ)
        if sheet.owner_id != request.user.pk:
            raise NotOwner("Only the owner of a sheet may delete it.")
        describing.delete_sheet(sheet)
        return Response(status=204)


class SheetRestore(Endpoint):
    """POST: restores a deleted sheet with its stacks, until it is removed some days later. Only its owner may."""

    def post(self, request: Request, public_id: UUID) -> Response:
        describing.restore_sheet(cast(User, request.user), public_id)
        return Response(whole(request, sheet_for(request.user, public_id, Level.CHANGE)))


class SheetPdf(Endpoint):
    """A printed sheet as PDF, with a page for each copy."""

    content_negotiation_class = AnyAccept

    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        sheet = sheet_for(request.user, public_id, Level.READ)
        if not sheet.is_printed:
            raise NotPrinted("This sheet is an uploaded form, which this site does not print.")
        first, last = (_whole_number(request, name) for name in ("first", "last"))
        pdf = process.pdf_of(sheet, process.copies_of(sheet, 1 if first is None else first, last))
        headers = {"Content-Disposition": f'attachment; filename="sheet-{sheet.public_id}.pdf"'}
        return HttpResponse(pdf, content_type="application/pdf", headers=headers)


class SheetPagePicture(Endpoint):
    """An empty page as a grey PNG."""

    content_negotiation_class = AnyAccept

    def get(self, request: Request, public_id: UUID, number: int) -> HttpResponseBase:
        sheet = sheet_for(request.user, public_id, Level.READ)
        page = sheet.pages.filter(number=number).first()
        if page is None:
            raise NotFound(f"This sheet has no page {number}.")
        return picture(request, page.file, "image/png")


class SheetOffers(Tagged):
    """Rectangles on an empty page that look like fields, for a person to choose from."""

    def get(self, request: Request, public_id: UUID, number: int) -> Response:
        return Response({"results": offers.find_offers(sheet_for(request.user, public_id, Level.CHANGE), number)})


class SheetTurn(Endpoint):
    """POST: turns an empty page by 90° clockwise."""

    def post(self, request: Request, public_id: UUID, number: int) -> Response:
        sheet = sheet_for(request.user, public_id, Level.CHANGE)
        describing.turn_page(sheet, number)
        return Response(whole(request, sheet))


def _printed(owner: User, content: dict[str, Any]) -> Sheet:
    """Makes a sheet that this site prints. Raises InvalidInput."""
    lines = content.get("roster", [])
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise InvalidInput("“roster” is a list of texts, one for each copy.")
    described = content.get("description")
    if not isinstance(described, dict):
        raise InvalidInput("“description” is an object with the fields of the sheet.")
    paper = text_in(content, "paper") if "paper" in content else "A4"
    return describing.create_printed(owner, text_in(content, "name"), described, paper, lists.roster("\n".join(lines)))


def _whole_number(request: Request, name: str) -> int | None:
    """A number in the query. Raises InvalidInput."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise InvalidInput(f"“{name}” is the number of a copy.")
    return int(text)
