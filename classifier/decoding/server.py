"""The decoding server: child processes that decode untrusted files with bounded memory and time."""

import gc
import io
import json
import os
import resource
import shutil
import signal
import socket
from collections.abc import Callable
from io import BufferedRWPair
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from classifier.archives import members, rejections, zip_format
from classifier.errors import UnknownPictureFormat
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.steps import Step, small_step

from . import formats
from .limits import (
    CHILDREN,
    COUNT_S,
    FILES_PER_CHILD,
    LARGE_FILE_PIXELS,
    LARGE_PAGE_PIXELS,
    LARGE_PDF_BYTES,
    MEMORY_BYTES,
    STEPS_AT_MOST,
    TIME_S,
)
from .messages import describe, describe_page
from .picture_files import PILLOW_FORMATS, Source, count_pages, decode, decode_page
from .pictures import ERRORS

_EMPTY_REQUEST = b'{"size": 0, "max_pixels": 0, "page": null, "one_digit": true, "turned": 0, "steps": false}'


def serve(path: str, children_wanted: int = CHILDREN, file_bytes: int = 0) -> None:
    """Keeps `children_wanted` children decoding until the process that started this one ends.

    path: of the socket, in a folder of its own, which is deleted at the end. file_bytes: memory of a child for files
    that are larger than a picture.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the parent, and this process follows
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff and others print warnings; the answer has the reason
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # sigtimedwait below receives it
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
                        _answer_requests(listener, zygote, MEMORY_BYTES + file_bytes)
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
    """Loads Pillow's decoders and every step before forking, so the children share them."""
    Image.init()
    sample = np.zeros((64, 64), np.uint8)
    sample[20:40, 30:34] = 255
    for name in PILLOW_FORMATS:
        file = io.BytesIO()
        Image.fromarray(sample).save(file, name)
        decode(file.getvalue(), sample.size)
    gc.freeze()


def _answer_requests(listener: socket.socket, zygote: int, memory: int) -> None:
    """Answers one request after another; ends after a large file, so its memory returns to the system at once."""
    _limit_memory(memory)
    for _ in range(FILES_PER_CHILD):
        while True:
            try:
                connection, _address = listener.accept()
                break
            except TimeoutError:
                if os.getppid() != zygote:
                    return
        signal.alarm(TIME_S)  # there is no handler: the process ends, and another takes its place
        with connection, connection.makefile("rwb") as stream:
            size = _answer_request(stream)
        signal.alarm(0)
        if size > LARGE_FILE_PIXELS:
            return


def _limit_memory(more: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _answer_request(stream: BufferedRWPair) -> int:
    """Answers one request: a line of JSON (see `client.read_picture`), then the file.

    The answer is a line of JSON, the pixels of the digits and those of the steps; or those of a page. Returns the
    number of pixels decoded, LARGE_FILE_PIXELS + 1 for a refused file.
    """
    request = json.loads(stream.readline() or _EMPTY_REQUEST)
    if "archive" in request:
        return _answer_members(stream, request)
    data = stream.read(request["size"])
    if "count" in request:
        _send(stream, {"pages": count_pages(data)}, b"")
        return LARGE_FILE_PIXELS + 1
    if "whole" in request:
        header, pixels, size = _read_page(lambda: data, request["max_pixels"], request["page"])
        _send(stream, header, pixels)
        return size
    steps: list[Step] | None = [] if request["steps"] else None
    try:
        how = {name: request[name] for name in ("page", "one_digit", "turned")}
        picture = decode(data, request["max_pixels"], **how, steps=steps)
    except ERRORS as error:
        header, pixels, size = {"code": error.code, "message": str(error)}, b"", LARGE_FILE_PIXELS + 1
    else:
        header, pixels = describe(picture)
        size = picture.width * picture.height
    small = [small_step(step) for step in (steps or [])[:STEPS_AT_MOST]]
    header["steps"] = [_describe_step(step) for step in small]
    _send(stream, header, pixels + b"".join(step.picture.tobytes() for step in small))
    return size


def _describe_step(step: Step) -> dict[str, Any]:
    height, width = step.picture.shape
    return {"name": step.name, "title": step.title, "advice": step.advice, "width": width, "height": height}


def _answer_members(stream: BufferedRWPair, request: dict[str, Any]) -> int:
    """Answers a request for members of an archive (see `MemberDecoder`).

    Unpacks each member here too and sends its answer at once, so the client knows which one ended this process.
    Stops after a large one. Returns the number of pixels of the last.
    """
    size = 0
    with open(request["archive"], "rb") as file:
        unpack = _Unpacker(file)
        for member in request["members"]:
            if "count" in request:
                signal.alarm(COUNT_S)
                header, pixels = {"pages": _count_member(unpack, member)}, b""
            else:
                signal.alarm(TIME_S)
                read = _read_whole_member if "whole" in request else _read_member
                header, pixels, size = read(unpack, member, request["max_pixels"])
            _send(stream, header, pixels)
            if size > LARGE_FILE_PIXELS:
                break
    _send(stream, {}, b"")
    return size


class _Unpacker:
    """Unpacks members of an archive and keeps the last, of which the next page may be asked for.

    A large PDF that the archive has as it is stays there: PDFium asks for what it needs of a file of many pages.
    """

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._last: tuple[zip_format.Packed, Source] | None = None

    def __call__(self, where: zip_format.Packed) -> Source:
        if self._last is None or self._last[0] != where:
            self._last = None  # first, for its memory
            self._last = where, self._unpacked(where)
        return self._last[1]

    def _unpacked(self, where: zip_format.Packed) -> Source:
        if where.method == zip_format.STORED and where.size > LARGE_PDF_BYTES:
            head = members.beginning(self._file, where, formats.HEAD)
            if formats.is_pdf(head) and not head.startswith(zip_format.MAGIC):
                return members.StoredMember(self._file, where)
        return members.unpack(self._file, where)


def _count_member(unpack: _Unpacker, member: list[int]) -> int:
    try:
        return count_pages(unpack(zip_format.Packed(*member)))
    except rejections.MemberRejected:
        return 1


def _read_member(unpack: _Unpacker, member: list[Any], max_pixels: int) -> tuple[dict[str, Any], bytes, int]:
    """Returns a member's JSON object, the pixels of its digits, and the number of pixels decoded."""
    *where, one_digit, turned, page = member
    try:
        data = unpack(zip_format.Packed(*where))
        _check_no_archive(data)
        picture = decode(data, max_pixels, page=page, one_digit=one_digit, turned=turned)
    except rejections.MemberRejected as error:
        return {"code": error.code, "message": str(error)}, b"", 0
    except ERRORS as error:
        size = 0 if isinstance(error, NoInk | UnknownPictureFormat) else LARGE_FILE_PIXELS + 1
        return {"code": error.code, "message": str(error)}, b"", size
    return *describe(picture), picture.width * picture.height


def _read_whole_member(unpack: _Unpacker, member: list[Any], max_pixels: int) -> tuple[dict[str, Any], bytes, int]:
    """Returns the JSON object of a member's page, its pixels, and how many were decoded."""
    *where, page = member

    def data() -> Source:
        unpacked = unpack(zip_format.Packed(*where))
        _check_no_archive(unpacked)
        return unpacked

    return _read_page(data, max_pixels, page)


def _read_page(data: Callable[[], Source], max_pixels: int, page: int | None) -> tuple[dict[str, Any], bytes, int]:
    try:
        grey, (width, height) = decode_page(data(), max_pixels, page)
    except (rejections.MemberRejected, *ERRORS) as error:
        is_small = isinstance(error, rejections.MemberRejected | UnknownPictureFormat)
        return {"code": error.code, "message": str(error)}, b"", 0 if is_small else LARGE_FILE_PIXELS + 1
    size = width * height
    # Files of many pages are read in one child, which keeps what it has unpacked.
    return *describe_page(grey), size if size > LARGE_PAGE_PIXELS else 0


def _check_no_archive(data: Source) -> None:
    if isinstance(data, bytes) and data.startswith(zip_format.MAGIC):
        raise rejections.MemberRejected("archive")


def _send(stream: BufferedRWPair, header: dict[str, Any], pixels: bytes) -> None:
    stream.write(json.dumps(header).encode() + b"\n" + pixels)
    stream.flush()
