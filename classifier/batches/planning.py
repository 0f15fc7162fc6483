"""What of a batch's archive is read next, in pieces, and how many pages there are.

A piece is some dozens of members that follow one another, or some pages of one member. Where a piece begins and ends
is a place: so a batch continues within a file of many pages, too.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from django.conf import settings

from classifier.archives import directory, members
from classifier.archives.directory import Entry
from classifier.archives.rejections import MemberRejected
from classifier.decoding import formats
from classifier.models import Batch

from .answering import decoder
from .places import File, Piece, Place
from .storage import Archive

MEMBERS_AT_ONCE = 64  # given to a decoder, and stored in one transaction
PAGES_AT_ONCE = 16  # the same, of a file with several pages, each of which takes longer
LINES_AT_ONCE = 1000  # of the list of contents, for archives in which most lines are no files


class Lines(NamedTuple):
    """Some lines of an archive's list of contents that follow one another."""

    start: int
    end: int
    files: list[Entry]
    pages: dict[int, int]  # of the files with several: their number by Entry.at


def pieces(batch: Batch, archive: Archive, beat: Callable[[], None]) -> Iterator[Piece]:
    """The part of the archive that is not read yet. beat: called again and again while pages are counted."""
    done = batch.page
    for lines in _lines(archive, batch.position, beat):
        start, files = Place(lines.start, done), []
        for entry in lines.files:
            count = lines.pages.get(entry.at, 1)
            if count == 1:
                files.append(File(entry))
                continue
            if files:
                yield Piece(start, start := Place(entry.at), files)
                files = []
            for first in range(done, count, PAGES_AT_ONCE):
                last = min(first + PAGES_AT_ONCE, count)
                end = Place(entry.at, last) if last < count else Place(entry.next)
                yield Piece(start, end, [File(entry, page + 1) for page in range(first, last)])
                start = end
            done = 0
        if start.position < lines.end:
            yield Piece(start, Place(lines.end), files)


def counts(batch: Batch, archive: Archive, beat: Callable[[], None]) -> Iterator[tuple[int, int | None]]:
    """The pages beyond the first of some members, and where the next ones begin; None at the end of the archive."""
    last = directory.find_contents(archive.file).end
    for lines in _lines(archive, batch.counted or 0, beat):
        yield sum(lines.pages.values()) - len(lines.pages), lines.end if lines.end < last else None


def _lines(archive: Archive, start: int, beat: Callable[[], None]) -> Iterator[Lines]:
    file = archive.file
    contents = directory.find_contents(file)
    files: list[Entry] = []
    number = 0
    for entry in directory.entries(file, contents, start, settings.UPLOAD_MAX_MB * 2**20):
        number += 1
        if entry.is_file:
            files.append(entry)
        if len(files) == MEMBERS_AT_ONCE or number == LINES_AT_ONCE or entry.next >= contents.end:
            yield Lines(start, entry.next, files, _pages(archive, files, beat))
            start, files, number = entry.next, [], 0


def _pages(archive: Archive, files: list[Entry], beat: Callable[[], None]) -> dict[int, int]:
    """The numbers of pages of those files that have several, by Entry.at."""
    documents = [entry for entry in files if not entry.rejection and _may_have_pages(archive.file, entry)]
    if not documents:
        return {}
    pages = {}
    archive.bring([entry.where for entry in documents], beat)
    answers = decoder().count_pages(archive.path, [entry.where for entry in documents])
    for entry, count in zip(documents, answers, strict=True):
        if count > 1:
            pages[entry.at] = count
        beat()
    return pages


def _may_have_pages(file: BinaryIO, entry: Entry) -> bool:
    try:
        return formats.may_have_pages(members.beginning(file, entry.where, formats.HEAD))
    except MemberRejected:
        return False
