"""Exports as a ZIP: the JSON, the originals of drawings and the archives of batches.

The ZIP is made while it is sent. Each drawing is read at one moment with all its rows. The file holds what existed
when the export began, except for rows deleted before their turn.
"""

import logging
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, cast

from django.contrib.auth.models import User
from django.db.models.fields.files import FieldFile
from django.utils.module_loading import import_string

from classifier.archives.writing import Member, streamed_zip
from classifier.errors import StorageAway
from classifier.models import BatchQuerySet, DigitQuerySet
from classifier.transfer.export_format import JSON_NAME

from . import FURTHER_FILES
from .batches import archive_name
from .documents import json_lines
from .drawings import drawings_with_original
from .files import original_name
from .pieces import PIECE_BYTES, in_pieces
from .records import oldest_first
from .selection import existing_now

log = logging.getLogger(__name__)


def as_zip(owner: User, digits: DigitQuerySet, *, is_all: bool = True) -> Iterator[bytes]:
    """Yields the bytes of a ZIP that can be imported. The JSON notes files that are missing. is_all: see as_json.

    Raises StorageAway, so that a download breaks off and is not taken for a whole one.
    """
    digits, batches = existing_now(owner, digits, is_all)
    lines = json_lines(owner, digits, batches, is_all=is_all)
    return in_pieces(streamed_zip(chain(_members(lines, digits, batches), _further(owner) if is_all else ())))


def _members(lines: Iterator[bytes], digits: DigitQuerySet, batches: BatchQuerySet) -> Iterator[Member]:
    yield Member(JSON_NAME, in_pieces(lines), is_compressed=True)
    for drawing in drawings_with_original(digits):
        yield from _stored_file(original_name(drawing), drawing.original)
    for batch in oldest_first(batches.exclude(file="")):
        yield from _stored_file(archive_name(batch), batch.file)


def _further(owner: User) -> Iterator[Member]:
    for function in FURTHER_FILES:
        for name, file in import_string(function)(owner):
            yield from _stored_file(name, file)


def _stored_file(name: str, file: FieldFile) -> Iterator[Member]:
    """The member for a stored picture or ZIP, which would hardly shrink; none if the file is missing."""
    try:
        source = cast(BinaryIO, file.storage.open(file.name or "", "rb"))
    except StorageAway:
        raise
    except OSError as error:  # deleted since the JSON was written, or missing there too
        log.warning("%s cannot be exported: %s", file.name, error)
        return
    with source:
        yield Member(name, _file_pieces(source))


def _file_pieces(source: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file. A file that cannot be read to its end ends early; an import notices by its length."""
    while True:
        try:
            piece = source.read(PIECE_BYTES)
        except StorageAway:
            raise
        except OSError as error:
            log.warning("A file cannot be read to its end: %s", error)
            return
        if not piece:
            return
        yield piece
