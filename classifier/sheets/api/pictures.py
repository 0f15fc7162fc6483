"""Answers with stored pictures."""

import logging

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from classifier.api.endpoints import etag_of, is_known
from classifier.errors import NotFound, StorageAway

log = logging.getLogger(__name__)


def picture(request: Request, file: FieldFile, media_type: str) -> HttpResponseBase:
    """A stored picture. It never changes: another one has another name. Raises NotFound and StorageAway."""
    etag = etag_of(file.name or "")
    if is_known(request, etag):
        return HttpResponse(status=304, headers={"ETag": etag})
    try:
        content = file.open("rb")
    except StorageAway:
        raise
    except (OSError, ValueError) as error:  # ValueError: the row has no file
        log.error("The picture %s cannot be opened: %s", file.name, error)
        raise NotFound("The picture of this page is not stored.") from error
    return FileResponse(content, content_type=media_type, headers={"ETag": etag})
