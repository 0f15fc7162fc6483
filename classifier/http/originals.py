"""What was put in, as an answer: the drawing as rendered, or the file as it came."""

import logging

from django.http import FileResponse, Http404, HttpResponse

from classifier.digits import originals
from classifier.models import Digit
from classifier.recognition.errors import ClassifierError
from classifier.recognition.pictures import drawing_png, input_png
from classifier.recognition.preprocessing.strokes import Sketch, render

VIEWABLE_FORMATS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
}

log = logging.getLogger(__name__)


def original_response(digit: Digit) -> HttpResponse | FileResponse:
    """A file that browsers do not show is offered as a download. Raises Http404 when the file is gone."""
    drawing = digit.drawing
    if drawing.strokes is not None:
        sketch = Sketch(drawing.strokes, drawing.width, drawing.height, drawing.pen or 1)
        return HttpResponse(drawing_png(render(sketch)), content_type="image/png")
    if drawing.member_at is not None:
        return _member_picture(digit)
    if not drawing.original:
        return HttpResponse(input_png(digit.pixels), content_type="image/png")
    kind = VIEWABLE_FORMATS.get(drawing.original_format)
    try:
        file = drawing.original.open("rb")
    except OSError as error:
        log.error("The original of %s cannot be opened: %s", drawing.public_id, error)
        raise Http404 from error
    name = f"digit-{digit.public_id}.{drawing.original_format.lower()}"
    return FileResponse(
        file, as_attachment=kind is None, filename=name, content_type=kind or "application/octet-stream"
    )


def _member_picture(digit: Digit) -> HttpResponse:
    """The picture out of its batch's archive."""
    name, kind = digit.drawing.original_format, VIEWABLE_FORMATS.get(digit.drawing.original_format)
    try:
        data = originals.member_bytes(digit.drawing)
    except ClassifierError as error:
        raise Http404 from error
    how = "inline" if kind else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="digit-{digit.public_id}.{name.lower()}"'}
    return HttpResponse(data, content_type=kind or "application/octet-stream", headers=headers)
