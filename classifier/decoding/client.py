"""Decoding of uploaded picture files, in a process that may fail.

A picture file is a program for its decoder: it can ask for gigabytes, hang or crash. So a small server process, with
nothing but Pillow and NumPy in it, keeps a few children bounded in pixels, memory and time. A child answers with 784
bytes for each digit, or with a reason, and is replaced when a file was large, failed or killed it.
"""

import atexit
import json
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from classifier.archives import rejections, zip_format
from classifier.errors import SiteBusy, UnreadablePicture
from classifier.recognition.errors import ClassifierError
from classifier.recognition.preprocessing.steps import Step

from .limits import MEMBER_TRIES
from .messages import pixel_count, restore
from .picture_files import REASONS, TOOK_TOO_LONG, Picture
from .server_process import ServerProcess

_BUSY = "Pictures cannot be read at the moment. Please try again."

_server = ServerProcess()
atexit.register(_server.stop)


def start_decoder() -> None:
    """Starts the decoding server, so the first picture does not wait for it."""
    _server.connect().close()


def read_picture(
    data: bytes, max_pixels: int, *, one_digit: bool = False, turned: int = 0, steps: list[Step] | None = None
) -> Picture:
    """Decodes a picture file in a child process, finds its digits and frames each for the network.

    data: the content of the file; max_pixels: the most pixels it may have; one_digit: never split the picture into
    several digits; turned: degrees clockwise by which it is turned first; steps: receives the pictures of the
    pipeline's steps, at most STEP_SIDE px a side, also when there is no ink. Raises PictureTooLarge,
    UnknownPictureFormat, UnreadablePicture or NoInk; SiteBusy when no child answers.
    """
    how = {"one_digit": one_digit, "turned": turned, "steps": steps is not None}
    request = {"max_pixels": max_pixels, "size": len(data)} | how
    try:
        with _server.connect() as connection, connection.makefile("rb") as stream:
            connection.sendall(json.dumps(request).encode() + b"\n")
            if data:  # for an empty file the child may have answered and left
                connection.sendall(data)
            line, pixels = stream.readline(), stream.read()
    except OSError as error:
        raise SiteBusy(_BUSY) from error
    if not line:  # the child was killed: out of time or memory, or a crash in a decoder
        raise UnreadablePicture(TOOK_TOO_LONG)
    header = json.loads(line)
    own = pixel_count(header)
    if steps is not None:
        steps += _steps(header["steps"], pixels[own:])
    if "code" in header:
        raise REASONS[header["code"]](header["message"])
    return restore(header, pixels[:own])


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
        self, archive: str, members: Sequence[tuple[zip_format.Packed, bool, int]], max_pixels: int
    ) -> list[Picture | ClassifierError]:
        """Decodes members of an archive and finds their digits; returns a picture or an error for each.

        archive: the path of the file; members: where each member is, whether it is one digit, and the degrees by
        which to turn it; max_pixels: the most that a picture may have. A member whose child ended is tried again,
        alone. Raises SiteBusy.
        """
        answers: list[Picture | ClassifierError] = []
        fatal, ends = -1, 0  # the member at which a child ended, and how often
        while len(answers) < len(members):
            begin = len(answers)
            end = begin + 1 if begin == fatal else len(members)
            wanted = [(*where, one_digit, turned) for where, one_digit, turned in members[begin:end]]
            header = {"archive": archive, "members": wanted, "max_pixels": max_pixels}
            try:
                with self.connect() as connection, connection.makefile("rb") as stream:
                    connection.sendall(json.dumps(header).encode() + b"\n")
                    is_whole = _receive(stream, answers)
            except ConnectionError:  # the child was killed
                is_whole = False
            except OSError as error:
                raise SiteBusy(_BUSY) from error
            if is_whole and len(answers) == begin:
                raise SiteBusy(_BUSY)
            if not is_whole and len(answers) < len(members):
                fatal, ends = len(answers), ends + 1 if fatal == len(answers) else 1
                if ends == MEMBER_TRIES:  # out of time or memory, or a crash
                    answers.append(UnreadablePicture(TOOK_TOO_LONG))
        return answers


def _receive(stream: BinaryIO, answers: list[Picture | ClassifierError]) -> bool:
    """Appends the answers of a child; returns whether the child marked their end."""
    while line := stream.readline():
        if not line.endswith(b"\n"):
            return False
        header = json.loads(line)
        if not header:
            return True
        if "code" in header:
            answers.append(member_error(header["code"], header["message"]))
            continue
        pixels = stream.read(pixel_count(header))
        if len(pixels) < pixel_count(header):
            return False
        answers.append(restore(header, pixels))
    return False


def member_error(code: str, message: str = "") -> ClassifierError:
    """The error for a member that was not read. code: of an error in picture_files.REASONS, or of archives.REASONS."""
    if code in REASONS:
        return REASONS[code](message)
    return rejections.MemberRejected(code)
