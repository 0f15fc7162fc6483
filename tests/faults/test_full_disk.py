"""The disk fills up while people work: the site says so, reading and signing in go on, and work resumes by itself."""

import ctypes
import errno
import os
import urllib.error

import pytest

from tests.factories import picture, seven
from tests.faults.test_batches import Sender
from tests.faults.test_damaged_model import readiness
from tests.faults.test_killed_processes import wait_until_well
from tests.faults.test_outages import signed_in
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]
MB = 2**20
PNG = picture(seven(60))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 160 MB, in memory."""
    folder, libc = tmp_path / "disk", ctypes.CDLL(None, use_errno=True)
    folder.mkdir()
    if libc.mount(b"none", bytes(folder), b"tmpfs", 0, b"size=160m"):
        pytest.skip(f"mounting a file system: {os.strerror(ctypes.get_errno())}")
    yield folder
    libc.umount2(bytes(folder), 2)  # MNT_DETACH


def fill(folder, leave_mb: int = 0):
    path = folder / "of another program"
    with path.open("wb", buffering=0) as file:
        try:
            while os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize > leave_mb * MB:
                file.write(bytes(MB // 4))
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return path


def send_large(sender: Sender) -> int:
    """Sends a batch of some MB. Returns the status."""
    try:
        sender.send_files({"noise.png": PNG + os.urandom(2 * MB)})
    except urllib.error.HTTPError as error:
        assert error.code != 503 or error.headers["Retry-After"]
        return error.code
    return 202


@pytest.mark.slow
def test_full_disk_is_said_and_work_goes_on_when_there_is_room(small_disk):
    site = Site.prepare(small_disk, DISK_RESERVE_MB="16")
    site.start(300)
    try:
        sender = Sender(site, "nora")
        site.create_user("otto")
        wait_until_well(site)
        wait_until(lambda: (small_disk / "run" / "ballast").exists(), 30, "room is kept back")
        browser = signed_in(site, "nora")
        filler = fill(small_disk)
        wait_until(lambda: readiness(site)["checks"]["disk"] != "ok", 10, "the probe says so")
        assert send_large(sender) == 503
        for path in ("/history/", "/batches/", "/model/"):
            assert browser.open(site.url + path).status == 200
        wait_until(lambda: not (small_disk / "run" / "ballast").exists(), 30, "the ballast gives way")
        signed_in(site, "otto")
        assert sender.send() in (201, 202)  # a drawing is small
        address = sender.send_files({f"7/{number:05}.png": PNG for number in range(5)})
        wait_until(lambda: "disk is full" in sender.batch(address)["message"], 60, "the batch says why it waits")
        filler.unlink()
        sender.assert_each_is_read_once(address, 5)
        assert not sender.batch(address)["message"]
        sender.wait_for_all()
        wait_until_well(site)
        assert send_large(sender) == 202
    finally:
        site.stop()


@pytest.mark.slow
def test_disk_that_is_full_to_the_last_byte_gives_no_500(small_disk):
    """Also without a ballast: 503 until there is room, and what was accepted is answered."""
    site = Site.prepare(small_disk, DISK_RESERVE_MB="16")
    site.start(300)
    try:
        sender = Sender(site, "nora")
        wait_until_well(site)
        filler, statuses = fill(small_disk), []
        for _ in range(60):
            fill(small_disk)
            statuses.append(sender.send())
        assert set(statuses) <= {201, 202, 503}
        filler.unlink()
        wait_until_well(site, 60)
        sender.wait_for_all()
    finally:
        site.stop()
