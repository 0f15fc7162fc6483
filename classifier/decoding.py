"""Decoding people's picture files, in a process that may fail.

A picture file is a program for its decoder: it can ask for gigabytes, hang or crash. So a small server
process with nothing but Pillow and NumPy in it keeps two children, bounded in pixels, memory and time; a
child hands back 784 bytes for each digit, or a reason, and is replaced when the file was large, failed or
killed it.
`read_picture` is what the others call; the server starts at its first use, is shared with processes that
are forked afterwards, and ends with the process that started it.
"""

import atexit
import gc
import io
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedRWPair
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from . import archives
from .errors import ClassifierError, NoInk, PictureTooLarge, SiteBusy, UnknownPictureFormat, UnreadablePicture
from .preprocessing import SIDE, WORK_SIDE, Found, Grey, Step, find_digits, to_grey

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MEMORY_BYTES = 290 * 2**20  # that a child may take on top of what the server has
TIME_S = 10  # of a child's life, by the clock
CHILDREN = 2  # decoding at once, for each server; further files wait their turn
FILES_PER_CHILD = 1000
LARGE_FILE_PIXELS = 2_000_000  # a child that has decoded more, or has failed, is replaced
JPEG_ALLOWANCE = 3  # JPEG is decoded at reduced size, so it may have this many times the pixels
MEMBER_TRIES = 3  # children that a member of an archive may end: somebody else may have killed one or two
STEPS_AT_MOST = 24  # pictures of the pipeline's steps that are handed back when asked for
STEP_SIDE = 320  # px; they are only looked at

_REASONS = {error.code: error for error in (NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture)}
_TOOK_TOO_LONG = "This picture could not be read: opening it took too long or failed."
_UNREADABLE = "This file cannot be read as a picture: it seems damaged or incomplete. Save it again and retry."


@dataclass(frozen=True)
class Picture:
    """What was found in a picture file."""

    digits: list[Found]  # from left to right, at least one; boxes in px of the picture held upright
    format: str  # one of FORMATS
    width: int  # px, held upright
    height: int


# --- in the child -------------------------------------------------------------------------------


def decode(data: bytes, max_pixels: int, *, one_digit: bool = False, steps: list[Step] | None = None) -> Picture:
    """Decode a file's first frame, find its digits and place each as the network wants it.

    one_digit: do not cut it into several. steps: gets the picture of each step, also when no ink is found.
    Raises UnknownPictureFormat, PictureTooLarge, UnreadablePicture or NoInk; whatever else a decoder
    raises is UnreadablePicture too.
    """
    Image.MAX_IMAGE_PIXELS = None  # our own limit comes first, with our own sentence
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        if data.startswith(_SIGNATURES):
            raise UnreadablePicture(_UNREADABLE) from None
        raise UnknownPictureFormat(
            "This file is none of the picture formats that can be read: PNG, JPEG, WebP, GIF, BMP, TIFF."
        ) from None
    except Exception as error:
        raise UnreadablePicture(_UNREADABLE) from error
    width, height, name = image.width, image.height, image.format or ""
    limit = max_pixels * (JPEG_ALLOWANCE if name == "JPEG" else 1)
    if width * height > limit:
        raise PictureTooLarge(
            f"This picture has {width * height / 1e6:.0f} megapixels; at most {limit / 1e6:.0f} can be read. "
            "Make it smaller, or crop it to the digit."
        )
    try:
        if name == "PNG":
            _check_png(data)
        upright, size = _load_upright(image)
        grey = to_grey(upright)
    except MemoryError:
        raise PictureTooLarge(_TOO_MUCH_MEMORY) from None
    except Exception as error:  # a decoder raises anything
        if width * height > max_pixels:  # a huge JPEG that cannot be decoded in part: libjpeg ran out of memory
            raise PictureTooLarge(_TOO_MUCH_MEMORY) from error
        raise UnreadablePicture(_UNREADABLE) from error
    digits = find_digits(grey, one_digit=one_digit, steps=steps)
    across, down = size[0] / grey.shape[1], size[1] / grey.shape[0]
    return Picture([_enlarged(found, across, down) for found in digits], name, *size)


def _check_png(data: bytes) -> None:
    """Raise ValueError for a PNG with a wrong checksum or without its end: Pillow overlooks them while it decodes."""
    position = 8
    while True:
        size, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        end = position + 8 + size
        if end + 4 > len(data) or zlib.crc32(data[position + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise ValueError(f"the part {kind!r} of the file is damaged or missing")
        if kind == b"IEND":
            return
        position = end + 4


def _enlarged(found: Found, across: float, down: float) -> Found:
    """The box in px of the whole picture, where a smaller copy was looked at."""
    left, top, right, bottom = found.box
    box = (int(left * across), int(top * down), round(right * across), round(bottom * down))
    return Found(found.pixels, box, found.hints)


_TOO_MUCH_MEMORY = "This picture needs too much memory to open. Make it smaller and retry."
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


def _load_upright(image: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """Decode, small as early as possible, and turn by the EXIF orientation.

    Returns the picture, and the width and height in px that the whole of it has when held upright.
    """
    size = image.size
    drafted = image.draft(None, (2 * WORK_SIDE, 2 * WORK_SIDE))  # JPEG can be decoded at 1/2, 1/4 or 1/8
    image.load()
    if drafted is None:
        size = image.size  # TIFF has turned itself
    orientation = image.getexif().get(0x0112, 1)  # after load(), which turns TIFF itself, before reduce() drops it
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    factor = max(image.size) // WORK_SIDE
    if factor > 1 and not image.mode.startswith("I;"):
        image = image.reduce(factor)
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    if turned is not None:
        image = image.transpose(Image.Transpose(turned))
    return image, size[::-1] if orientation in (5, 6, 7, 8) else size


def _answer_requests(listener: socket.socket, zygote: int) -> None:
    """Decode one file after another; leave after a large one, so that its memory goes back at once."""
    _limit_memory()
    for _ in range(FILES_PER_CHILD):  # those of an archive count as one: they come from one person, for one batch
        while True:
            try:
                connection, _address = listener.accept()
                break
            except TimeoutError:
                if os.getppid() != zygote:
                    return
        signal.alarm(TIME_S)  # nobody handles it: the process ends, and another takes its place
        with connection, connection.makefile("rwb") as stream:
            size = _answer_request(stream)
        signal.alarm(0)
        if size > LARGE_FILE_PIXELS:
            return


def _answer_request(stream: BufferedRWPair) -> int:
    """One request: a line of JSON (see read_picture), then the file. The answer: JSON, the digits' pixels, the steps'.

    Returns the number of pixels decoded, as far as it is known.
    """
    header = json.loads(stream.readline() or b'{"size": 0, "max_pixels": 0, "one_digit": true, "steps": false}')
    if "archive" in header:
        return _answer_members(stream, header)
    data = stream.read(header["size"])
    steps: list[Step] | None = [] if header["steps"] else None
    answer: dict[str, Any]
    pixels: list[Grey]
    try:
        picture = decode(data, header["max_pixels"], one_digit=header["one_digit"], steps=steps)
    except (NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture) as error:
        answer, pixels, size = {"code": error.code, "message": str(error)}, [], LARGE_FILE_PIXELS + 1
    else:
        answer = {"format": picture.format, "width": picture.width, "height": picture.height}
        answer["digits"] = [{"box": found.box, "hints": found.hints} for found in picture.digits]
        pixels, size = [found.pixels for found in picture.digits], picture.width * picture.height
    answer["steps"] = []
    for step in (steps or [])[:STEPS_AT_MOST]:
        small = _small(step.picture)
        height, width = small.shape
        answer["steps"].append(
            {"name": step.name, "title": step.title, "advice": step.advice, "width": width, "height": height}
        )
        pixels.append(small)
    stream.write(json.dumps(answer).encode() + b"\n" + b"".join(each.tobytes() for each in pixels))
    stream.flush()
    return size


def _answer_members(stream: BufferedRWPair, header: dict[str, Any]) -> int:
    """Some members of an archive, see read_members: each is unpacked here too, and its answer sent at once, so that
    the other side knows which one ended this process. Leaves early after a large one. Returns its pixels.
    """
    with open(header["archive"], "rb") as file:
        for *where, one_digit in header["members"]:
            signal.alarm(TIME_S)
            pixels, size = b"", 0
            answer: dict[str, Any]
            try:
                data = archives.unpack(file, archives.Packed(*where))
                if data.startswith(archives.MAGIC):
                    raise archives.MemberTrouble("archive")
                picture = decode(data, header["max_pixels"], one_digit=one_digit)
            except archives.MemberTrouble as trouble:
                answer = {"code": trouble.code, "message": archives.REASONS[trouble.code]}
            except (NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture) as error:
                answer = {"code": error.code, "message": str(error)}
                size = 0 if isinstance(error, NoInk | UnknownPictureFormat) else LARGE_FILE_PIXELS + 1
            else:
                answer = {"format": picture.format, "width": picture.width, "height": picture.height}
                answer["digits"] = [{"box": found.box, "hints": found.hints} for found in picture.digits]
                pixels, size = (
                    b"".join(each.pixels.tobytes() for each in picture.digits),
                    picture.width * picture.height,
                )
            stream.write(json.dumps(answer).encode() + b"\n" + pixels)
            stream.flush()
            if size > LARGE_FILE_PIXELS:
                break
    stream.write(b"{}\n")
    stream.flush()
    return size if header["members"] else 0


def _small(picture: Grey) -> Grey:
    """A step's picture at no more than STEP_SIDE px a side."""
    factor = -(-max(picture.shape) // STEP_SIDE)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


# --- the server ---------------------------------------------------------------------------------


def _serve(path: str, children_wanted: int = CHILDREN) -> None:
    """Keep so many children decoding for as long as the process that started us lives."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends our parent, and with it us
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff and friends warn; the reason travels in the answer
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # waited for below
    owner, zygote = os.getppid(), os.getpid()
    _warm_up()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        listener.settimeout(2)
        os.write(1, b"ready\n")
        children: set[int] = set()
        while os.getppid() == owner:
            while len(children) < children_wanted:
                if (child := os.fork()) == 0:
                    try:
                        _answer_requests(listener, zygote)
                    finally:
                        os._exit(0)
                children.add(child)
            ended, _status = os.waitpid(-1, os.WNOHANG)
            children.discard(ended)
            if not ended:
                signal.sigtimedwait({signal.SIGCHLD}, 1)
        for child in children:
            os.kill(child, signal.SIGKILL)
    shutil.rmtree(Path(path).parent, ignore_errors=True)


def _warm_up() -> None:
    """Have every decoder and step loaded before forking, so that no child loads them again."""
    Image.init()
    sample = np.zeros((64, 64), np.uint8)
    sample[20:40, 30:34] = 255
    for name in FORMATS:
        file = io.BytesIO()
        Image.fromarray(sample).save(file, name)
        decode(file.getvalue(), sample.size)
    gc.freeze()


# --- for the callers ----------------------------------------------------------------------------


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
            cwd=Path(__file__).resolve().parent.parent,
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
        raise UnreadablePicture(_TOOK_TOO_LONG)
    said = json.loads(header)
    digits = []
    for each in said.get("digits", []):
        left, top, right, bottom = each["box"]
        digits.append(Found(_take(pixels, SIDE, SIDE), (left, top, right, bottom), each["hints"]))
    if steps is not None:
        for each in said["steps"]:
            picture = _take(pixels, each["height"], each["width"])
            steps.append(Step(each["name"], each["title"], picture, each["advice"]))
    if "code" in said:
        raise _REASONS[said["code"]](said["message"])
    return Picture(digits, said["format"], said["width"], said["height"])


class MemberDecoder(_Decoder):
    """A decoding server for the members of archives, as many at once as it has children. To be stopped by its owner."""

    def read_members(
        self, archive: str, members: Sequence[tuple[archives.Packed, bool]], max_pixels: int
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
                    found.append(UnreadablePicture(_TOOK_TOO_LONG))
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
            digits.append(Found(_take(pixels, SIDE, SIDE), (left, top, right, bottom), each["hints"]))
        found.append(Picture(digits, said["format"], said["width"], said["height"]))
    return False


def member_refusal(code: str, message: str = "") -> ClassifierError:
    """Why a member is not read, as an error that can be stored. code: of errors.py, or of archives.REASONS."""
    if code in _REASONS:
        return _REASONS[code](message)
    return archives.MemberTrouble(code)


def _take(pixels: io.BytesIO, height: int, width: int) -> Grey:
    """The next picture of those that follow one another in the answer."""
    return np.frombuffer(pixels.read(height * width), np.uint8).reshape(height, width)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
