"""The decoding child process: bounded in memory and time, and replaced when a file kills it."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from classifier.decoding import client, picture_files, server_process
from classifier.decoding.client import read_picture
from classifier.decoding.limits import CHILDREN
from classifier.decoding.server_process import ServerProcess
from classifier.errors import PictureTooLarge, SiteBusy, UnknownPictureFormat, UnreadablePicture
from classifier.recognition.errors import ClassifierError
from tests.environment import BASE_DIR
from tests.factories import picture, seven
from tests.services import wait_until

LIMIT = 16_000_000
PNG = picture()


@pytest.fixture
def decoder(monkeypatch):
    """A running decoding server for one test."""
    own = ServerProcess()
    monkeypatch.setattr(client, "_server", own)
    client.start_decoder()
    yield own
    own.stop()


def server(decoder):
    return psutil.Process(decoder._process.pid)


def children(decoder):
    return wait_until(lambda: server(decoder).children(), 5, "the server has children")


def unruly_decoder(tmp_path, monkeypatch, decode, **changed):
    """A decoding server that evaluates `decode` (an expression) for every file of more than 500 bytes."""
    path = str(tmp_path / "decode.sock")
    lines = ["import time, os, classifier.decoding.server as d", "d._warm_up = lambda: None"]
    lines += [f"d.{name} = {value!r}" for name, value in changed.items()]
    lines += [
        "well = d.decode",
        f"d.decode = lambda data, limit, **options: {decode} if len(data) > 500 else well(data, limit, **options)",
    ]
    lines += [f"d.serve({path!r})"]
    own = ServerProcess()
    own._process = subprocess.Popen([sys.executable, "-c", "\n".join(lines)], cwd=BASE_DIR, stdout=subprocess.PIPE)
    own._owner, own._path = os.getpid(), path
    assert own._process.stdout.readline() == b"ready\n"
    monkeypatch.setattr(client, "_server", own)
    return own


def test_child_returns_the_digits(decoder):
    result = read_picture(PNG, LIMIT)
    assert (result.format, result.width, result.height, result.digits[0].pixels.shape) == ("PNG", 280, 280, (28, 28))
    assert np.array_equal(result.digits[0].pixels, picture_files.decode(PNG, LIMIT).digits[0].pixels)


@pytest.mark.parametrize(
    ("data", "limit", "error"),
    [
        (b"<svg/>", LIMIT, UnknownPictureFormat),
        (PNG[:500], LIMIT, UnreadablePicture),
        (PNG, 100, PictureTooLarge),
        (b"", LIMIT, UnknownPictureFormat),
    ],
)
def test_child_returns_the_reason_and_continues(decoder, data, limit, error):
    with pytest.raises(error):
        read_picture(data, limit)
    assert read_picture(PNG, LIMIT).width == 280


def test_an_empty_file_gets_its_reason_even_if_the_child_has_ended(decoder):
    for _ in range(100):
        with pytest.raises(UnknownPictureFormat):
            read_picture(b"", LIMIT)


def test_killed_children_are_replaced(decoder):
    before = children(decoder)
    for child in before:
        child.kill()
    assert read_picture(PNG, LIMIT).width == 280
    killed = {child.pid for child in before}
    wait_until(lambda: not killed & {child.pid for child in children(decoder)}, 10, "the killed children are gone")


def test_killed_server_is_started_again(decoder):
    orphans = children(decoder)
    server(decoder).kill()
    decoder._process.wait()
    assert read_picture(PNG, LIMIT).width == 280
    psutil.wait_procs(orphans, timeout=5)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in orphans)


def test_server_ends_with_the_process_that_started_it(tmp_path):
    code = "import classifier.decoding.client as d; d.start_decoder(); print(d._server._process.pid, d._server._path)"
    printed = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    pid, path = printed.stdout.split()
    wait_until(lambda: not psutil.pid_exists(int(pid)) and not Path(path).exists(), 10, "the server is gone")


@pytest.mark.parametrize(
    "decode",
    ["time.sleep(60)", "[None for _ in iter(int, 1)]", "os._exit(1)", "os.kill(os.getpid(), 11)", "bytearray(2**30)"],
    ids=["hangs", "spins", "ends", "crashes", "wants a gigabyte"],
)
def test_a_file_that_ends_its_decoder_is_refused_and_the_next_is_answered(tmp_path, monkeypatch, decode):
    unruly = unruly_decoder(tmp_path, monkeypatch, decode, TIME_S=1)
    try:
        with pytest.raises(UnreadablePicture):
            read_picture(PNG, LIMIT)
        assert read_picture(picture(seven(28)), LIMIT).width == 28
    finally:
        unruly._process.kill()
        unruly._process.wait()
        unruly._process.stdout.close()


def limits(decoder, kind):
    """The soft limits of all children, which each sets before its first file."""

    def soft_limits():
        try:
            soft = [child.rlimit(kind)[0] for child in server(decoder).children()]
        except psutil.NoSuchProcess:  # the child is being replaced
            return None
        return soft if len(soft) == CHILDREN and psutil.RLIM_INFINITY not in soft else None

    return wait_until(soft_limits, 5, "every child is limited")


def test_the_memory_of_every_child_is_limited(decoder):
    at_start = server(decoder).memory_info().vms
    assert max(limits(decoder, psutil.RLIMIT_AS)) <= at_start + 394 * 2**20


def test_child_cannot_write_files(decoder):
    assert set(limits(decoder, psutil.RLIMIT_FSIZE)) == {0}


def test_large_picture_leaves_no_memory_behind(decoder):
    """A child that has decoded a large picture is replaced, so its memory goes back."""
    data = picture(seven(3000), mode="RGBA", compress_level=1)
    assert read_picture(data, LIMIT).width == 3000

    def small():
        try:
            sizes = [child.memory_full_info().uss for child in server(decoder).children()]
        except psutil.NoSuchProcess:
            return False
        return len(sizes) == CHILDREN and max(sizes) < 30 * 2**20

    wait_until(small, 5, "every child is small again")


def test_many_files_at_once_are_all_answered(decoder):
    files = [picture(seven(side)) for side in (50, 100, 280, 560)] * 6 + [b"garbage", PNG[:300]] * 4

    def answer(data):
        try:
            return read_picture(data, LIMIT).width
        except ClassifierError as error:
            return error.code

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(answer, files))
    assert answers == [50, 100, 280, 560] * 6 + ["unsupported_format", "unreadable"] * 4


def test_server_is_started_once_for_many_threads(monkeypatch):
    own = ServerProcess()
    monkeypatch.setattr(client, "_server", own)
    started = []
    start = own._start
    monkeypatch.setattr(own, "_start", lambda: (started.append(threading.get_ident()), start()))
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(lambda _: read_picture(PNG, LIMIT).width, range(12))) == [280] * 12
    assert len(started) == 1
    own.stop()


def test_a_stopped_server_makes_the_site_busy(decoder, monkeypatch):
    """The picture is not at fault, so the person may try again."""
    monkeypatch.setattr(server_process, "TIME_S", 0.2)
    family = [server(decoder)]
    family[0].suspend()  # before its children are counted: it would replace one that has just ended
    wait_until(lambda: family[0].status() == psutil.STATUS_STOPPED, 5, "the server is stopped")
    family += family[0].children()
    for process in family[1:]:
        process.suspend()
    try:
        with pytest.raises(SiteBusy):
            read_picture(PNG, LIMIT)
    finally:
        for process in family:
            with suppress(psutil.NoSuchProcess):  # a child may have ended, and was replaced
                process.resume()
    assert read_picture(PNG, LIMIT).width == 280


def test_children_do_not_load_the_client():
    code = "import sys, classifier.decoding.server; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert "classifier.decoding.server" in loaded.stdout.split()
    assert not {"classifier.decoding.client", "classifier.decoding.server_process"} & set(loaded.stdout.split())
