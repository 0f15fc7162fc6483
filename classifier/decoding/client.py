"""Decoding of uploaded picture files, in a process that may fail.

A picture file is a program for its decoder: it can ask for gigabytes, hang or crash. So a small server process, with
nothing but decoders and NumPy in it, keeps a few children bounded in pixels, memory and time. A child answers with 784
bytes for each digit, or with a reason, and is replaced when a file was large, failed or killed it.
"""

import atexit
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from classifier.archives import rejections, zip_format
from classifier.errors import SiteBusy, UnreadablePicture
from classifier.recognition.errors import ClassifierError
from classifier.recognition.preprocessing.steps import Step

from .limits import MEMBER_TRIES
from .messages import pixel_count, restore, restore_page
from .pictures import REASONS, TOOK_TOO_LONG, Picture
from .server_process import ServerProcess

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

Answer = TypeVar("Answer")


class MemberToRead(NamedTuple):
    """A member of an archive, or a page of it, and how digits are found in it."""

    where: zip_format.Packed
    one_digit: bool
    turned: int  # degrees clockwise
    page: int | None  # of a member with several, from 1


class PageToRead(NamedTuple):
    """A member of an archive, or a page of it, whose picture is wanted."""

    where: zip_format.Packed
    page: int | None  # of a member with several, from 1


_BUSY = "Pictures cannot be read at the moment. Please try again."

_server = ServerProcess()
atexit.register(_server.stop)


def start_decoder() -> None:
    """Starts the decoding server, so the first picture does not wait for it."""
    _server.connect().close()


def read_picture(
    data: "bytes | UploadedFile[bytes]",
    max_pixels: int,
    *,
    page: int | None = None,
    one_digit: bool = False,
    turned: int = 0,
    steps: list[Step] | None = None,
) -> Picture:
    """Decodes a picture file in a child process, finds its digits and frames each for the network.

    data: the content of the file, or the file, which is sent piece by piece; max_pixels: the most pixels it may have;
    page: of a file with several, from 1; one_digit: never split the picture into several digits; turned: degrees
    clockwise by which it is turned first; steps: receives the pictures of the pipeline's steps, at most STEP_SIDE px a
    side, also when there is no ink. Raises PictureTooLarge, SeveralPages, UnknownPictureFormat, UnreadablePicture or
    NoInk; SiteBusy when no child answers.
    """
    how = {"page": page, "one_digit": one_digit, "turned": turned, "steps": steps is not None}
    header, pixels = _ask(data, {"max_pixels": max_pixels} | how)
    own = pixel_count(header)
    if steps is not None:
        steps += _steps(header["steps"], pixels[own:])
    if "code" in header:
        raise REASONS[header["code"]](header["message"])
    return restore(header, pixels[:own])


def read_page(data: "bytes | UploadedFile[bytes]", max_pixels: int, page: int | None = None) -> NDArray[np.uint8]:
    """The picture of a file, or of a page of it, in grey and upright, 0 black to 255 white.

    Its longer side is at most limits.WHOLE_PAGE_SIDE px. data, max_pixels, page and errors: as of `read_picture`,
    except NoInk.
    """
    header, pixels = _ask(data, {"max_pixels": max_pixels, "page": page, "whole": True})
    if "code" in header:
        raise REASONS[header["code"]](header["message"])
    return restore_page(header, pixels)


def count_pages(data: "bytes | UploadedFile[bytes]") -> int:
    """The number of pages of a file; 1 if it cannot be read, or has more than limits.PAGES_AT_MOST. Raises SiteBusy."""
    try:
        return int(_ask(data, {"count": True})[0]["pages"])
    except UnreadablePicture:
        return 1


def _ask(data: "bytes | UploadedFile[bytes]", request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """A child's answer about a file. Raises SiteBusy; UnreadablePicture if the child was killed."""
    size, pieces = (len(data), [data]) if isinstance(data, bytes) else (data.size or 0, data.chunks())
    try:
        with _server.connect() as connection, connection.makefile("rb") as stream:
            connection.sendall(json.dumps(request | {"size": size}).encode() + b"\n")
            if size:  # for an empty file the child may have answered and left
                for piece in pieces:
                    connection.sendall(piece)
            line, pixels = stream.readline(), stream.read()
    except OSError as error:
        raise SiteBusy(_BUSY) from error
    if not line:  # the child was killed: out of time or memory, or a crash in a decoder
        raise UnreadablePicture(TOOK_TOO_LONG)
    return json.loads(line), pixels


def _steps(described: list[dict[str, str | int]], pixels: bytes) -> list[Step]:
    steps, start = [], 0
    for each in described:
        height, width = int(each["height"]), int(each["width"])
        picture = np.frombuffer(pixels, np.uint8, height * width, start).reshape(height, width)
        steps.append(Step(str(each["name"]), str(each["title"]), picture, str(each["advice"])))
        start += height * width
    return steps


class MemberDecoder(ServerProcess):
    """A decoding server for the members of archives. Its owner stops it."""

    def read_members(
        self, archive: str, members: Sequence[MemberToRead], max_pixels: int
    ) -> list[Picture | ClassifierError]:
        """Decodes members of an archive and finds their digits; returns a picture or an error for each.

        archive: the path of the file; max_pixels: the most that a picture may have. A member whose child ended is tried
        again, alone. Raises SiteBusy.
        """
        wanted = [(*where, *how) for where, *how in members]
        request = {"archive": archive, "max_pixels": max_pixels}
        given_up: Picture | ClassifierError = UnreadablePicture(TOOK_TOO_LONG)
        return list(self._answers(request, wanted, _picture, given_up))

    def read_pages(
        self, archive: str, pages: Sequence[PageToRead], max_pixels: int
    ) -> Iterator[NDArray[np.uint8] | ClassifierError]:
        """The picture of each of some pages of an archive, see `read_page`, or the error. Raises SiteBusy."""
        wanted = [(*where, page) for where, page in pages]
        request = {"archive": archive, "max_pixels": max_pixels, "whole": True}
        given_up: NDArray[np.uint8] | ClassifierError = UnreadablePicture(TOOK_TOO_LONG)
        return self._answers(request, wanted, _page, given_up)

    def count_pages(self, archive: str, members: Sequence[zip_format.Packed]) -> Iterator[int]:
        """The number of pages of each of some members; 1 for those that cannot be read. Raises SiteBusy."""
        return self._answers({"archive": archive, "count": True}, members, lambda header, _: int(header["pages"]), 1)

    def _answers(
        self,
        request: dict[str, Any],
        members: Sequence[Sequence[Any]],
        parse: Callable[[dict[str, Any], bytes], Answer],
        given_up: Answer,
    ) -> Iterator[Answer]:
        """The answers about members in turn. parse: makes one of JSON and pixels; given_up: for fatal members."""
        done = 0
        fatal, ends = -1, 0  # the member at which a child ended, and how often
        while done < len(members):
            begin = done
            some = members[begin : begin + 1 if begin == fatal else None]
            is_whole = False
            try:
                with self.connect() as connection, connection.makefile("rb") as stream:
                    connection.sendall(json.dumps(request | {"members": some}).encode() + b"\n")
                    while (received := _receive(stream)) is not None:
                        if is_whole := not received[0]:
                            break
                        done += 1
                        yield parse(*received)
            except ConnectionError:  # the child was killed
                pass
            except OSError as error:
                raise SiteBusy(_BUSY) from error
            if is_whole and done == begin:
                raise SiteBusy(_BUSY)
            if not is_whole and done < len(members):
                fatal, ends = done, ends + 1 if fatal == done else 1
                if ends == MEMBER_TRIES:  # out of time or memory, or a crash
                    done += 1
                    yield given_up


def _receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next answer of a child, an empty one at their end; None if the child has ended."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    header = json.loads(line)
    pixels = stream.read(pixel_count(header))
    return (header, pixels) if len(pixels) == pixel_count(header) else None


def _picture(header: dict[str, Any], pixels: bytes) -> Picture | ClassifierError:
    if "code" in header:
        return member_error(header["code"], header["message"])
    return restore(header, pixels)


def _page(header: dict[str, Any], pixels: bytes) -> NDArray[np.uint8] | ClassifierError:
    if "code" in header:
        return member_error(header["code"], header["message"])
    return restore_page(header, pixels)


def member_error(code: str, message: str = "") -> ClassifierError:
    """The error for a member that was not read. code: of an error in pictures.REASONS, or of archives.REASONS."""
    if code in REASONS:
        return REASONS[code](message)
    return rejections.MemberRejected(code)
