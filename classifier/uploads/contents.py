"""What is in a stored archive, some files at a time, and how many pages each file has."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from classifier.archives import directory, members
from classifier.archives.directory import Entry
from classifier.archives.rejections import MemberRejected
from classifier.decoding import formats
from classifier.decoding.client import MemberDecoder

from .stored import Archive

LINES_AT_ONCE = 1000  # of the list of contents, for archives in which most lines are no files


class Lines(NamedTuple):
    """Some lines of an archive's list of contents that follow one another."""

    start: int
    end: int
    files: list[Entry]
    pages: dict[int, int]  # of the files with several: their number by Entry.at


def lines(
    archive: Archive, decoder: MemberDecoder, start: int, beat: Callable[[], None], largest: int, at_once: int
) -> Iterator[Lines]:
    """The list of contents from the offset `start` on. Counts pages with the decoder.

    beat: called again and again meanwhile; largest: bytes that a file may have; at_once: files. Raises SiteBusy,
    ArchiveRejected.
    """
    contents = directory.find_contents(archive.file)
    files: list[Entry] = []
    number = 0
    for entry in directory.entries(archive.file, contents, start, largest):
        number += 1
        if entry.is_file:
            files.append(entry)
        if len(files) == at_once or number == LINES_AT_ONCE or entry.next >= contents.end:
            yield Lines(start, entry.next, files, _pages(archive, decoder, files, beat))
            start, files, number = entry.next, [], 0


def _pages(archive: Archive, decoder: MemberDecoder, files: list[Entry], beat: Callable[[], None]) -> dict[int, int]:
    """The numbers of pages of those files that have several, by Entry.at."""
    documents = [entry for entry in files if not entry.rejection and _may_have_pages(archive.file, entry)]
    if not documents:
        return {}
    pages = {}
    archive.bring([entry.where for entry in documents], beat)
    answers = decoder.count_pages(archive.path, [entry.where for entry in documents])
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
