"""Decoding people's picture files, in a process that may fail.

A picture file is a program for its decoder: it can ask for gigabytes, hang or crash. So a small server
process with nothing but Pillow and NumPy in it keeps two children, bounded in pixels, memory and time; a
child hands back 784 bytes for each digit, or a reason, and is replaced when the file was large, failed or
killed it.
`read_picture` is what the others call; the server starts at its first use, is shared with processes that
are forked afterwards, and ends with the process that started it.
"""

import atexit
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from classifier.archives import directory
from classifier.errors import SiteBusy, UnreadablePicture
from classifier.recognition.errors import ClassifierError
from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.preprocessing.steps import Step

from .picture_files import REASONS, TOOK_TOO_LONG, Picture

TIME_S = 10  # of a child's life, by the clock
CHILDREN = 2  # decoding at once, for each server; further files wait their turn
MEMBER_TRIES = 3  # children that a member of an archive may end: somebody else may have killed one or two


class _Decoder:
    """This process's decoding server, started when first needed and again when it has died."""

    def __init__(self, children: int = CHILDREN) -> None:
        self._children = children
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._path = ""

    def connect(self) -> socket.socket:
        for attempt in (1, 2):
            path = self._running()
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(2 * TIME_S)
            try:
                connection.connect(path)
            except OSError:
                connection.close()
                if attempt == 2:
                    raise
                self.stop()
            else:
                return connection
        raise AssertionError

    def _running(self) -> str:
        with self._lock:
            if self._process is None or not self._may_use():
                self._start()
            return self._path

    def _may_use(self) -> bool:
        """Whether our server runs still, or is our parent's, which forked us and shares it."""
        if self._owner == os.getpid():
            return self._process is not None and self._process.poll() is None
        return self._owner == os.getppid()

    def _start(self) -> None:
        folder = tempfile.mkdtemp(prefix="digitsite-")
        self._path, self._owner = f"{folder}/decode.sock", os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "classifier.decoding", self._path, str(self._children)],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONDONTWRITEBYTECODE": "1",
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
        if self._process.stdout is not None:  # always: it says when it is ready
            self._process.stdout.readline()

    def stop(self) -> None:
        with self._lock:
            if self._process is not None and self._owner == os.getpid():
                self._process.kill()  # its children see that it is gone
                self._process.wait()
                shutil.rmtree(Path(self._path).parent, ignore_errors=True)
            self._process = None


_decoder = _Decoder()
atexit.register(_decoder.stop)


def start_decoder() -> None:
    """Start the decoding server now, so that the first picture does not wait for it."""
    _decoder.connect().close()


def read_picture(data: bytes, max_pixels: int, *, one_digit: bool = False, steps: list[Step] | None = None) -> Picture:
    """Decode a picture file in a child process, find its digits and place each for the network.

    data: the file as it came; max_pixels: the most pixels it may have; one_digit: do not cut it into several;
    steps: gets the pictures of the pipeline's steps, at most STEP_SIDE px a side, also when no ink is found.
    Raises PictureTooLarge, UnknownPictureFormat, UnreadablePicture, NoInk; SiteBusy when no child answers.
    """
    request = {
        "max_pixels": max_pixels,
        "size": len(data),
        "one_digit": one_digit,
        "steps": steps is not None,
    }
    try:
        with _decoder.connect() as connection, connection.makefile("rb") as answer:
            connection.sendall(json.dumps(request).encode() + b"\n")
            if data:  # a child that awaits nothing may have answered and left
                connection.sendall(data)
            header, pixels = answer.readline(), io.BytesIO(answer.read())
    except OSError as error:
        raise SiteBusy("Pictures cannot be read at the moment. Please try again.") from error
    if not header:  # the child was killed: out of time, out of memory, or a crash in a decoder
        raise UnreadablePicture(TOOK_TOO_LONG)
    said = json.loads(header)
    digits = []
    for each in said.get("digits", []):
        left, top, right, bottom = each["box"]
        digits.append(FoundDigit(_take(pixels, SIDE, SIDE), (left, top, right, bottom), each["hints"]))
    if steps is not None:
        for each in said["steps"]:
            picture = _take(pixels, each["height"], each["width"])
            steps.append(Step(each["name"], each["title"], picture, each["advice"]))
    if "code" in said:
        raise REASONS[said["code"]](said["message"])
    return Picture(digits, said["format"], said["width"], said["height"])


class MemberDecoder(_Decoder):
    """A decoding server for the members of archives, as many at once as it has children. To be stopped by its owner."""

    def read_members(
        self, archive: str, members: Sequence[tuple[directory.Packed, bool]], max_pixels: int
    ) -> list[Picture | ClassifierError]:
        """Decode members of an archive and find their digits; of each the picture, or why there is none.

        archive: its path; members: where each is, and whether it is said to be one digit; max_pixels: the most that a
        picture may have. A member with which a child ends is tried again, alone. Raises SiteBusy.
        """
        found: list[Picture | ClassifierError] = []
        fatal, ends = -1, 0  # the member with which a child has ended, and how often
        while len(found) < len(members):
            begin = len(found)
            end = begin + 1 if begin == fatal else len(members)
            asked = [(*where, one_digit) for where, one_digit in members[begin:end]]
            header = {"archive": archive, "members": asked, "max_pixels": max_pixels}
            try:
                with self.connect() as connection, connection.makefile("rb") as stream:
                    connection.sendall(json.dumps(header).encode() + b"\n")
                    is_whole = _take_answers(stream, found)
            except ConnectionError:  # the child was killed
                is_whole = False
            except OSError as error:
                raise SiteBusy("Pictures cannot be read at the moment.") from error
            if is_whole and len(found) == begin:
                raise SiteBusy("Pictures cannot be read at the moment.")
            if not is_whole and len(found) < len(members):
                fatal, ends = len(found), ends + 1 if fatal == len(found) else 1
                if ends == MEMBER_TRIES:  # out of time, out of memory, or a crash
                    found.append(UnreadablePicture(TOOK_TOO_LONG))
        return found


def _take_answers(stream: BinaryIO, found: list[Picture | ClassifierError]) -> bool:
    """Add the answers that a child sends to those found; whether it said that they are all it has."""
    while line := stream.readline():
        if not line.endswith(b"\n"):
            return False
        said = json.loads(line)
        if not said:
            return True
        if "code" in said:
            found.append(member_refusal(said["code"], said["message"]))
            continue
        data = stream.read(len(said["digits"]) * SIDE * SIDE)
        if len(data) < len(said["digits"]) * SIDE * SIDE:
            return False
        pixels, digits = io.BytesIO(data), []
        for each in said["digits"]:
            left, top, right, bottom = each["box"]
            digits.append(FoundDigit(_take(pixels, SIDE, SIDE), (left, top, right, bottom), each["hints"]))
        found.append(Picture(digits, said["format"], said["width"], said["height"]))
    return False


def member_refusal(code: str, message: str = "") -> ClassifierError:
    """Why a member is not read, as an error that can be stored. code: of errors.py, or of archives.REASONS."""
    if code in REASONS:
        return REASONS[code](message)
    return directory.MemberTrouble(code)


def _take(pixels: io.BytesIO, height: int, width: int) -> Grey:
    """The next picture of those that follow one another in the answer."""
    return np.frombuffer(pixels.read(height * width), np.uint8).reshape(height, width)
