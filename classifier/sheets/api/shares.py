"""The endpoints of shares: who else may use a sheet."""

from uuid import UUID

from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.api.endpoints import Endpoint, Tagged
from classifier.errors import NotFound
from classifier.recognition.errors import InvalidInput
from classifier.sheets.models import Sheet
from classifier.sheets.sharing import people
from classifier.sheets.sharing.rights import Level, sheet_for

from .content import content_of, text_in
from .sheets import NotOwner

LEVELS = {level.name.lower(): level for level in Level}


class ShareList(Tagged):
    """The people with whom a sheet is shared. PUT adds a person, or changes what one may do."""

    parser_classes: list[type[BaseParser]] = [JSONParser]

    def get(self, request: Request, public_id: UUID) -> Response:
        return _listed(_own(request, public_id))

    def put(self, request: Request, public_id: UUID) -> Response:
        sheet = _own(request, public_id)
        content = content_of(request)
        level = LEVELS.get(text_in(content, "rights"))
        if level is None:
            raise InvalidInput(f"“rights” is one of {', '.join(LEVELS)}.")
        people.share(sheet, text_in(content, "name"), level)
        return _listed(sheet)


class ShareDetail(Endpoint):
    """DELETE: stops sharing a sheet with a person."""

    def delete(self, request: Request, public_id: UUID, name: str) -> Response:
        sheet = _own(request, public_id)
        if not sheet.shares.filter(user__username=name).exists():
            raise NotFound("The sheet is not shared with this person.")
        people.unshare(sheet, name)
        return Response(status=204)


def _own(request: Request, public_id: UUID) -> Sheet:
    """A sheet of the person's own. Raises NotFound, and NotOwner if it is only shared with them."""
    sheet = sheet_for(request.user, public_id, Level.READ)
    if sheet.owner_id != request.user.pk:
        raise NotOwner("Only the owner of a sheet may share it.")
    return sheet


def _listed(sheet: Sheet) -> Response:
    shares = sheet.shares.select_related("user")
    return Response(
        {"results": [{"name": each.user.get_username(), "rights": Level(each.level).name.lower()} for each in shares]}
    )
