"""Drawings, pictures and digits for tests; nothing is random."""

import io
import json
import uuid
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from numpy.typing import NDArray
from PIL import Image

from classifier.digits.intake import save_drawing
from classifier.models import Digit, Drawing, ModelVersion, Prediction
from classifier.recognition.preprocessing.strokes import Sketch, render
from classifier.sheets.fields.description import Description
from classifier.sheets.models import Sheet, SheetPage, Stack, StackPage, Value

SEVEN = [[[60, 60], [220, 60], [130, 230]]]
ONE = [[[140, 50], [138, 150], [140, 230]]]
FOUR = [[[70, 60], [30, 150], [120, 150]], [[95, 90], [95, 220]]]
FORTY_SEVEN = [*FOUR, [[160, 70], [250, 70], [200, 215]]]
PEN = 18
SIZE = [280, 280]

Grey = NDArray[np.uint8]


def seven(side: int = 280) -> Grey:
    """A drawn 7, dark on light: shape (side, side)."""
    drawn = Image.fromarray(255 - render(Sketch([[[2 * x, 2 * y] for x, y in SEVEN[0]]], 560, 560, 2 * PEN)))
    return np.asarray(drawn.resize((side, side), Image.Resampling.BOX if side < 560 else Image.Resampling.BILINEAR))


def picture(array: Grey | None = None, kind: str = "PNG", mode: str = "L", **options: Any) -> bytes:
    """A picture file of `array`, by default a 7."""
    return encoded(Image.fromarray(seven() if array is None else array).convert(mode), kind, **options)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def pad_form(**changed: Any) -> dict[str, Any]:
    """The form that the pad posts for a 7."""
    form = {
        "drawing": str(uuid.uuid4()),
        "revision": 1,
        "strokes": json.dumps(SEVEN),
        "width": 280,
        "height": 280,
        "pen": PEN,
    }
    return form | {"pointer": "mouse"} | changed


def sketch(strokes: list[list[list[float]]] = SEVEN) -> Sketch:  # type: ignore[assignment]  # list is invariant
    return Sketch(strokes, 280, 280, PEN)


def drawn_digit(owner: User, **given: Any) -> Digit:
    """A 7 that waits for its answer, as the pad stores it."""
    return save_drawing(owner, sketch(), **given)


def many_digits(owner: User, count: int, version: ModelVersion | None = None) -> list[Digit]:
    """`count` digits, stored at once and answered by `version` if given; the last is the newest."""
    drawings = Drawing.objects.bulk_create(
        Drawing(owner=owner, source="draw", strokes=SEVEN, width=280, height=280, pen=PEN) for _ in range(count)
    )
    pixels = bytes(range(196)) * 4
    digits = Digit.objects.bulk_create(
        Digit(drawing=drawing, pixels=pixels, preprocessing_version=1) for drawing in drawings
    )
    Prediction.objects.bulk_create(
        Prediction(digit=digit, revision=1, preprocessing_version=1, **(answered(version) if version else {}))
        for digit in digits
    )
    return digits


def answered(version: ModelVersion, label: int = 7) -> dict[str, Any]:
    """The fields of a prediction that `version` answered with `label`."""
    probabilities = [0.91 if digit == label else 0.01 for digit in range(10)]
    return {
        "status": "done",
        "verdict": "digit",
        "model_version": version,
        "label": label,
        "confidence": 0.91,
        "probabilities": probabilities,
        "logits": [0.0] * 10,
        "inference_ms": 0.05,
    }


def document(kind: str, *pages: Grey, **options: Any) -> bytes:
    """A PDF or TIFF with these pages."""
    first, *others = [Image.fromarray(page) for page in pages]
    return encoded(first, kind, save_all=True, append_images=others, **options)


def drawn(strokes: list[list[list[float]]]) -> Grey:
    """A picture of strokes on a pad, dark on light."""
    grey: Grey = 255 - render(sketch(strokes))
    return grey


def heic(image: Image.Image, **options: Any) -> bytes:
    """A HEIC file of a picture."""
    import pillow_heif  # only some tests need it

    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, **options)
    return file.getvalue()


def pdf_of(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    data, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(places) + 1, table)
    tail = b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, trailer, len(data))
    return data + head + tail


def blank_pdf(pages: int) -> bytes:
    """A PDF with so many empty pages."""
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>"
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, pages), *[page] * pages
    )


def stored_stack(owner: User) -> Stack:
    """A stack of a sheet with one page and one value, all with their files, as if it had been read."""
    sheet = Sheet.objects.create(owner=owner, name="Readings", description=Description().as_json())
    empty = SheetPage(sheet=sheet, number=1, width=10, height=10)
    empty.file.save("", ContentFile(b"an empty page"))
    stack = Stack(sheet=sheet, sent_by=owner, name="may.pdf", size=9, description=sheet.description, total=1)
    stack.file.save("", ContentFile(b"the scans"))
    page = StackPage(stack=stack, number=1, name="may.pdf", place=[0, 9, 9, 0, 0], status="read", sheet_page=1)
    page.file.save("", ContentFile(b"a page"))
    Value.objects.create(stack=stack, page=page, position=0, key="a", kind="line", text="7", confidence=0.9, risk=0.1)
    return stack
