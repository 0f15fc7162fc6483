"""Reading some pages of a stack: decoding, laying straight, reading fields. Runs in forked processes, without database.

Loads OpenCV and LiteRT, so only the worker that reads sheets imports it.
"""

import atexit
import logging
from collections.abc import Sequence
from functools import cache
from uuid import UUID

import cv2
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from classifier.decoding.client import MemberDecoder, PageToRead
from classifier.digits.lines.reader import ServingReader
from classifier.errors import ArchiveRejected
from classifier.jobs.process_pool import processes
from classifier.recognition.errors import ClassifierError
from classifier.sheets.imaging import REFERENCE_SIDE
from classifier.sheets.imaging.pages import Placer, Reference
from classifier.sheets.models import Sheet, Stack
from classifier.sheets.reading.fields import FieldRead, FieldReader
from classifier.sheets.reading.promise import NEVER

from .outcomes import PageOutcome, ValueRead
from .places import WaitingPage

FILE_BYTES = 256 * 2**20  # that a file of a stack may have, such as a PDF with all its pages
JPEG_QUALITY = 85
CUT_OFF = FieldRead("", 0.0, NEVER, [], "cut_off")
FAILED = "This page could not be read because of an error of the site. The people who run it find it in the log."
PICTURE_GONE = "The picture of an empty page of this sheet is gone, so nothing can be laid on it."

Grey = NDArray[np.uint8]
log = logging.getLogger(__name__)


@cache
def decoder() -> MemberDecoder:
    """This process's own decoding server, which ends with the process."""
    server = MemberDecoder(processes(), FILE_BYTES)
    atexit.register(server.stop)
    return server


class PageReader:
    """Reads pages of one stack with the versions that are in service when it is made."""

    def __init__(self, stack: Stack, path: str) -> None:
        """path: of the archive. Raises ModelFileDamaged; ArchiveRejected without pictures of the empty pages."""
        self._path = path
        serving = ServingReader()
        self._reader = FieldReader(
            serving.line_network, serving.digit_network, serving.line_calibration, serving.digit_calibration
        )
        self._placer, self._references = _placer(stack)
        fields = list(enumerate(stack.described().fields()))
        self._fields = {page: [each for each in fields if each[1].page == page] for page in self._references}

    def read(self, pages: Sequence[WaitingPage]) -> list[PageOutcome]:
        """Reads pages. All are decoded first, because a decoder that waits to be asked for the next is killed."""
        wanted = [PageToRead(each.where, each.page) for each in pages]
        pictures = list(decoder().read_pages(self._path, wanted, round(settings.PICTURE_MAX_MEGAPIXELS * 1e6)))
        return [self._outcome(page.key, picture) for page, picture in zip(pages, pictures, strict=True)]

    def _outcome(self, key: int, picture: Grey | ClassifierError) -> PageOutcome:
        if isinstance(picture, ClassifierError):
            return PageOutcome(key, picture.code, str(picture))
        try:
            return self._read_page(key, picture)
        except ClassifierError as error:
            return _refused(key, error.code, str(error), picture)
        except Exception:  # the outermost edge of reading a page: the others are read
            log.exception("A page could not be read")
            return _refused(key, "failed", FAILED, picture)

    def _read_page(self, key: int, picture: Grey) -> PageOutcome:
        placed = self._placer.place(picture)
        fields = self._fields[placed.number]
        read = self._reader.read(placed.grey, [each for _, each in fields], self._references[placed.number])
        values = [
            ValueRead(position, field.key, field.kind, each if placed.shows(field.box) else CUT_OFF)
            for (position, field), each in zip(fields, read, strict=True)
        ]
        height, width = placed.grey.shape
        jpeg = _jpeg(placed.grey)
        return PageOutcome(key, "", "", placed.number, placed.copy or None, jpeg, width, height, values)


def _refused(key: int, code: str, sentence: str, picture: Grey) -> PageOutcome:
    scale = REFERENCE_SIDE / max(picture.shape)
    if scale < 1:
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = picture.shape
    return PageOutcome(key, code, sentence, picture=_jpeg(picture), width=width, height=height)


def _jpeg(grey: Grey) -> bytes:
    is_made, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not is_made:
        raise ValueError("OpenCV could not write a JPEG")
    return data.tobytes()


_placers: dict[UUID, tuple[Placer, dict[int, Grey]]] = {}  # of the stack read last: its features take a second


def _placer(stack: Stack) -> tuple[Placer, dict[int, Grey]]:
    """The placer of a stack's sheet, and the pictures of its empty pages by number."""
    if stack.public_id not in _placers:
        _placers.clear()
        references = [_reference(stack, number, data) for number, data in _pictures(stack.sheet)]
        pictures = {each.number: each.grey for each in references}
        _placers[stack.public_id] = Placer(references), pictures
    return _placers[stack.public_id]


def _pictures(sheet: Sheet) -> list[tuple[int, bytes]]:
    found = []
    for page in sheet.pages.order_by("number"):
        try:
            with page.file.open("rb") as file:
                found.append((page.number, file.read()))
        except FileNotFoundError:
            raise ArchiveRejected(PICTURE_GONE, "sheet_incomplete") from None
    return found


def _reference(stack: Stack, number: int, data: bytes) -> Reference:
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ArchiveRejected(PICTURE_GONE, "sheet_incomplete")
    sheet, boxes = stack.sheet, tuple(field.box for field in stack.described().on_page(number))
    printed = sheet.public_id if sheet.is_printed else None
    return Reference(number, np.asarray(grey, np.uint8), printed, sheet.paper, boxes)
