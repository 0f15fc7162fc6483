"""Decoding people's picture files, in a process that may fail.

A picture file is a program for its decoder: it can ask for gigabytes, hang or crash. So a small server
process with nothing but Pillow and NumPy in it keeps two children, bounded in pixels, memory and time; a
child hands back 784 bytes or a reason, and is replaced when the file was large, failed or killed it.
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
from dataclasses import dataclass
from io import BufferedRWPair
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from .errors import NoInk, PictureTooLarge, SiteBusy, UnknownPictureFormat, UnreadablePicture
from .preprocessing import SIDE, WORK_SIDE, to_grey, to_model_input

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MEMORY_BYTES = 290 * 2**20  # that a child may take on top of what the server has
TIME_S = 10  # of a child's life, by the clock
CHILDREN = 2  # decoding at once, for each server; further files wait their turn
FILES_PER_CHILD = 1000
LARGE_FILE_PIXELS = 2_000_000  # a child that has decoded more, or has failed, is replaced
JPEG_ALLOWANCE = 3  # JPEG is decoded at reduced size, so it may have this many times the pixels

_REASONS = {error.code: error for error in (NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture)}
_UNREADABLE = "This file cannot be read as a picture: it seems damaged or incomplete. Save it again and retry."


@dataclass(frozen=True)
class Picture:
    """What was found in a picture file."""

    pixels: NDArray[np.uint8]  # (28, 28), 0 ground to 255 ink
    format: str  # one of FORMATS
    width: int  # px, as stored in the file
    height: int


# --- in the child -------------------------------------------------------------------------------


def decode(data: bytes, max_pixels: int) -> Picture:
    """Decode a file's first frame and place its digit as the network wants it.

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
        if name == "PNG":  # Pillow overlooks wrong checksums while it decodes
            image.verify()
            image = Image.open(io.BytesIO(data), formats=[name])
        grey = to_grey(_load_upright(image))
    except MemoryError:
        raise PictureTooLarge(_TOO_MUCH_MEMORY) from None
    except Exception as error:  # a decoder raises anything
        if width * height > max_pixels:  # a huge JPEG that cannot be decoded in part: libjpeg ran out of memory
            raise PictureTooLarge(_TOO_MUCH_MEMORY) from error
        raise UnreadablePicture(_UNREADABLE) from error
    return Picture(to_model_input(grey), name, width, height)


_TOO_MUCH_MEMORY = "This picture needs too much memory to open. Make it smaller and retry."
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


def _load_upright(image: Image.Image) -> Image.Image:
    """Decode, small as early as possible, and turn by the EXIF orientation."""
    image.draft(None, (2 * WORK_SIDE, 2 * WORK_SIDE))  # JPEG can be decoded at 1/2, 1/4 or 1/8
    image.load()
    orientation = image.getexif().get(0x0112, 1)  # after load(), which turns TIFF itself, before reduce() drops it
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    factor = max(image.size) // WORK_SIDE
    if factor > 1 and not image.mode.startswith("I;"):
        image = image.reduce(factor)
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    return image if turned is None else image.transpose(Image.Transpose(turned))


def _answer_requests(listener: socket.socket, zygote: int) -> None:
    """Decode one file after another; leave after a large one, so that its memory goes back at once."""
    _limit_memory()
    for _ in range(FILES_PER_CHILD):
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
    """One request: a line of JSON (max_pixels, size), then the file. The answer: JSON, then the pixels.

    Returns the number of pixels decoded, as far as it is known.
    """
    header = json.loads(stream.readline() or b'{"size": 0, "max_pixels": 0}')
    data = stream.read(header["size"])
    answer: dict[str, Any]
    try:
        picture = decode(data, header["max_pixels"])
    except (NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture) as error:
        answer, pixels, size = {"code": error.code, "message": str(error)}, b"", LARGE_FILE_PIXELS + 1
    else:
        answer = {"format": picture.format, "width": picture.width, "height": picture.height}
        pixels, size = picture.pixels.tobytes(), picture.width * picture.height
    stream.write(json.dumps(answer).encode() + b"\n" + pixels)
    stream.flush()
    return size


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


# --- the server ---------------------------------------------------------------------------------


def _serve(path: str) -> None:
    """Keep CHILDREN children decoding for as long as the process that started us lives."""
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
            while len(children) < CHILDREN:
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

    def __init__(self) -> None:
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
            [sys.executable, "-m", "classifier.decoding", self._path],
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


def read_picture(data: bytes, max_pixels: int) -> Picture:
    """Decode a picture file in a child process and place its digit for the network.

    data: the file as it came; max_pixels: the most pixels it may have.
    Raises PictureTooLarge, UnknownPictureFormat, UnreadablePicture, NoInk; SiteBusy when no child answers.
    """
    try:
        with _decoder.connect() as connection, connection.makefile("rb") as answer:
            connection.sendall(json.dumps({"max_pixels": max_pixels, "size": len(data)}).encode() + b"\n")
            connection.sendall(data)
            header, pixels = answer.readline(), answer.read()
    except OSError as error:
        raise SiteBusy("Pictures cannot be read at the moment. Please try again.") from error
    if not header:  # the child was killed: out of time, out of memory, or a crash in a decoder
        raise UnreadablePicture("This picture could not be read: opening it took too long or failed.")
    found = json.loads(header)
    if "code" in found:
        raise _REASONS[found["code"]](found["message"])
    return Picture(np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE), **found)


if __name__ == "__main__":
    _serve(sys.argv[1])
