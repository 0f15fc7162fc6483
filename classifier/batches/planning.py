"""What of a batch's archive is read next, in pieces, and how many pages there are.

A piece is some dozens of members that follow one another, or some pages of one member. Where a piece begins and ends
is a place: so a batch continues within a file of many pages, too.
"""

from collections.abc import Callable, Iterator

from django.conf import settings

from classifier.archives import directory
from classifier.models import Batch
from classifier.uploads import contents
from classifier.uploads.contents import Lines
from classifier.uploads.stored import Archive

from .answering import decoder
from .places import File, Piece, Place

MEMBERS_AT_ONCE = 64  # given to a decoder, and stored in one transaction
PAGES_AT_ONCE = 16  # the same, of a file with several pages, each of which takes longer


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
    return contents.lines(archive, decoder(), start, beat, settings.UPLOAD_MAX_MB * 2**20, MEMBERS_AT_ONCE)
