"""Answers with stored pictures."""

import io
import logging

from django.core.files import File
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from PIL import Image
from rest_framework.request import Request

from classifier.api.endpoints import etag_of, is_known
from classifier.errors import NotFound, StorageAway
from classifier.sheets.fields.description import Box
from classifier.sheets.reading.crops import crop_box

log = logging.getLogger(__name__)


def picture(request: Request, file: FieldFile, media_type: str) -> HttpResponseBase:
    """A stored picture. It never changes: another one has another name. Raises NotFound and StorageAway."""
    etag = etag_of(file.name or "")
    if is_known(request, etag):
        return HttpResponse(status=304, headers={"ETag": etag})
    return FileResponse(_opened(file), content_type=media_type, headers={"ETag": etag})


def crop(request: Request, file: FieldFile, box: Box) -> HttpResponseBase:
    """A field and a margin around it, cut out of the picture of its page, as JPEG. Raises NotFound and StorageAway."""
    etag = etag_of(file.name or "", repr(box))
    if is_known(request, etag):
        return HttpResponse(status=304, headers={"ETag": etag})
    content = io.BytesIO()
    with _opened(file) as stored, Image.open(stored) as page:
        page.crop(crop_box(box, *page.size)).save(content, "JPEG", quality=90)
    return HttpResponse(content.getvalue(), content_type="image/jpeg", headers={"ETag": etag})


def _opened(file: FieldFile) -> "File[bytes]":  # the class has no parameters when it runs
    try:
        return file.open("rb")
    except StorageAway:
        raise
    except (OSError, ValueError) as error:  # ValueError: the row has no file
        log.error("The picture %s cannot be opened: %s", file.name, error)
        raise NotFound("The picture of this page is not stored.") from error
