"""The decoding server: child processes that decode strangers' files with bounded memory and time."""

import gc
import io
import json
import os
import resource
import shutil
import signal
import socket
from io import BufferedRWPair
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from classifier.archives import directory, members, zip_format
from classifier.errors import PictureTooLarge, UnknownPictureFormat, UnreadablePicture
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.steps import Step

from .client import CHILDREN, TIME_S
from .picture_files import FORMATS, LARGE_FILE_PIXELS, decode

MEMORY_BYTES = 290 * 2**20  # that a child may take on top of what the server has
FILES_PER_CHILD = 1000
STEPS_AT_MOST = 24  # pictures of the pipeline's steps that are handed back when asked for
STEP_SIDE = 320  # px; they are only looked at


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
                data = members.unpack(file, directory.Packed(*where))
                if data.startswith(zip_format.MAGIC):
                    raise directory.MemberTrouble("archive")
                picture = decode(data, header["max_pixels"], one_digit=one_digit)
            except directory.MemberTrouble as trouble:
                answer = {"code": trouble.code, "message": directory.REASONS[trouble.code]}
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


def serve(path: str, children_wanted: int = CHILDREN) -> None:
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
