"""Responses with the original of a digit: its drawing, rendered, or the uploaded file."""

import logging

from django.http import FileResponse, Http404, HttpResponse

from classifier.decoding.formats import VIEWABLE, suffix
from classifier.digits import originals
from classifier.errors import StorageAway
from classifier.models import Digit
from classifier.recognition.errors import ClassifierError
from classifier.recognition.pictures import drawing_png, input_png
from classifier.recognition.preprocessing.strokes import Sketch, render

DOWNLOAD = "application/octet-stream"
# A stranger's file is shown as a picture and nothing else, if a browser takes it for a page.
SANDBOXED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

log = logging.getLogger(__name__)


def original_response(digit: Digit) -> HttpResponse | FileResponse:
    """A format that browsers cannot show becomes a download.

    Raises Http404 if the file is missing, or StorageAway.
    """
    response = _original(digit)
    response.headers["Content-Security-Policy"] = SANDBOXED
    return response


def _original(digit: Digit) -> HttpResponse | FileResponse:
    drawing = digit.drawing
    if drawing.strokes is not None:
        sketch = Sketch(drawing.strokes, drawing.width, drawing.height, drawing.pen or 1)
        return HttpResponse(drawing_png(render(sketch)), content_type="image/png")
    if drawing.member_at is not None:
        return _member_picture(digit)
    if not drawing.original:
        return HttpResponse(input_png(digit.pixels), content_type="image/png")
    media_type = VIEWABLE.get(drawing.original_format)
    try:
        file = drawing.original.open("rb")
    except StorageAway:
        raise
    except OSError as error:
        log.error("The original of %s cannot be opened: %s", drawing.public_id, error)
        raise Http404 from error
    name = f"digit-{digit.public_id}{suffix(drawing.original_format)}"
    return FileResponse(file, as_attachment=media_type is None, filename=name, content_type=media_type or DOWNLOAD)


def _member_picture(digit: Digit) -> HttpResponse:
    """A picture from the archive of its batch."""
    picture_format = digit.drawing.original_format
    media_type = VIEWABLE.get(picture_format)
    try:
        data = originals.member_bytes(digit.drawing)
    except ClassifierError as error:
        raise Http404 from error
    disposition = "inline" if media_type else "attachment"
    headers = {"Content-Disposition": f'{disposition}; filename="digit-{digit.public_id}{suffix(picture_format)}"'}
    return HttpResponse(data, content_type=media_type or DOWNLOAD, headers=headers)
