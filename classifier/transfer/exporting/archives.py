"""Everything of a person's as files: JSON, CSV, MNIST's layout, and a ZIP with the originals and batches' archives.

Each is made while it is sent, a few hundred drawings at a time, so that 100,000 need no more memory than 100. A
drawing is read in one moment with all that belongs to it, and the file holds what was there when it was begun, less
what has been deleted meanwhile. `docs/export.md` describes the format, `data/export.schema.json` holds it to it.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, BinaryIO, cast
from zipfile import ZipFile, ZipInfo

from django.contrib.auth.models import User
from django.db.models.fields.files import FieldFile

from classifier.archives.writing import streamed_zip
from classifier.models import BatchQuerySet, DigitQuerySet

from .documents import PIECE, json_pieces
from .records import archive_name, in_turn, original_name, originals
from .selection import there_now

JSON_NAME = "digits.json"  # in the ZIP
log = logging.getLogger(__name__)


def as_zip(owner: User, digits: DigitQuerySet, *, is_all: bool = True) -> Iterator[bytes]:
    """The JSON and the files it names: what an import takes. A missing file is noted in the JSON. is_all: as_json."""
    digits, batches = there_now(owner, digits, is_all)
    document = json_pieces(owner, digits, batches)
    return streamed_zip(lambda archive: _all_members(archive, document, digits, batches), PIECE)


def _all_members(
    archive: ZipFile, document: Iterator[bytes], digits: DigitQuerySet, batches: BatchQuerySet
) -> Iterator[None]:
    with archive.open(JSON_NAME, "w", force_zip64=True) as file:
        for piece in document:
            file.write(piece)
            yield
    for drawing in originals(digits):
        yield from _add_file(archive, original_name(drawing), drawing.created, drawing.original)
    for batch in in_turn(batches.exclude(file="")):
        yield from _add_file(archive, archive_name(batch), batch.created, batch.file)


def _add_file(archive: ZipFile, name: str, made: datetime, file: FieldFile) -> Iterator[None]:
    try:
        source = cast(BinaryIO, file.storage.open(file.name or "", "rb"))
    except OSError as error:  # gone since the JSON was written, or noted there already
        log.warning("%s cannot be exported: %s", file.name, error)
        return
    member = ZipInfo(name, made.timetuple()[:6])  # stored: pictures are packed already
    with source, archive.open(member, "w", force_zip64=True) as target:
        yield from _copied(source, target.write)


def _copied(source: BinaryIO, write: Callable[[bytes], Any]) -> Iterator[None]:
    """Copy a file piece by piece. What cannot be read to its end ends early; an import then sees its length."""
    while True:
        try:
            piece = source.read(PIECE)
        except OSError as error:
            log.warning("A file cannot be read to its end: %s", error)
            return
        if not piece:
            return
        write(piece)
        yield
