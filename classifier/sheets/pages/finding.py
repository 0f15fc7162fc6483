"""The sheets and stacks that pages are about; what a person may not use is a 404."""

from uuid import UUID

from django.http import Http404

from classifier.errors import NotFound
from classifier.http.requests import SignedInRequest
from classifier.sheets.models import Sheet, Stack
from classifier.sheets.sharing import rights
from classifier.sheets.sharing.rights import Level


def sheet_or_404(request: SignedInRequest, public_id: UUID, level: Level) -> Sheet:
    try:
        return rights.sheet_for(request.user, public_id, level)
    except NotFound as error:
        raise Http404 from error


def stack_or_404(request: SignedInRequest, public_id: UUID, level: Level) -> Stack:
    try:
        return rights.stack_for(request.user, public_id, level)
    except NotFound as error:
        raise Http404 from error
