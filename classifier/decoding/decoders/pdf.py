"""Drawing the pages of a PDF. PDFium is loaded when the first one arrives.

It is not thread-safe: the decoding processes have one thread each.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image

from classifier.decoding.limits import PAGES_AT_MOST
from classifier.errors import UnreadablePicture

from .aims import Aim
from .pages import choose, counted

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

ENCRYPTED = "This PDF is protected by a password. Save it without one and retry."
EMPTY = "This PDF has no pages."
DAMAGED = "This PDF cannot be read: it seems damaged or incomplete. Save it again and retry."


def count(data: bytes | io.RawIOBase) -> int:
    """The number of pages to read one by one. Raises UnreadablePicture."""
    with _opened(data) as document:
        return counted(len(document))


def draw(data: bytes | io.RawIOBase, page: int | None, aim: Aim) -> Image.Image:
    """A page in RGB, or in grey if that is enough. page: from 1; None if there should be one only.

    Raises SeveralPages, PictureTooLarge or UnreadablePicture.
    """
    with _opened(data) as document:
        sheet = document[choose(list(range(min(len(document), PAGES_AT_MOST + 1))), page)]
        longer = max(sheet.get_size())
        if not longer > 0:
            raise UnreadablePicture(DAMAGED)
        # Images are averaged, not sampled: lines of a scan are thinner than a pixel here.
        how = {"force_halftone": True, "limit_image_cache": True, "grayscale": aim.is_grey}
        bitmap = sheet.render(scale=aim.drawn / longer, **how)
        drawn: Image.Image = bitmap.to_pil().copy()  # the bitmap ends with the document
        return drawn


@contextmanager
def _opened(data: bytes | io.RawIOBase) -> "Iterator[PdfDocument]":
    import pypdfium2  # 10 MB that only processes with such files need
    from pypdfium2 import internal, raw

    # By hand, because PdfDocument takes a PDF without pages for one that PDFium refused, with the reason of another.
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    access, _callbacks = internal.get_bufreader(file)  # both must live as long as the document
    handle = raw.FPDF_LoadCustomDocument(access, None)
    if not handle:
        is_locked = raw.FPDF_GetLastError() in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise UnreadablePicture(ENCRYPTED if is_locked else DAMAGED)
    with pypdfium2.PdfDocument(handle) as document:
        if len(document) < 1:
            raise UnreadablePicture(EMPTY)
        yield document
