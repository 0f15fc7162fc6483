"""Processes killed while a batch is read: each file is still read once, and people are answered meanwhile."""

import json
import time
import urllib.request
from collections import Counter
from contextlib import suppress

import psutil
import pytest

from tests.archives import zipped
from tests.factories import document, picture, seven
from tests.faults.test_killed_processes import Person, wait_for_another, wait_until_well
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]
PNG = picture(seven(60))
BOUNDARY = b"--4f1c8e2ab0d94d7c"
ENDED = ("done", "failed", "cancelled")


class Sender(Person):
    """A person who sends batches through the API."""

    def send_batch(self, count: int) -> str:
        """Sends a batch of `count` sevens. Returns its address."""
        return self.send_files({f"7/{number:05}.png": PNG for number in range(count)})

    def send_files(self, files: dict[str, bytes]) -> str:
        """Sends a batch of these files. Returns its address."""
        data = zipped(files)
        head = BOUNDARY + b'\r\nContent-Disposition: form-data; name="file"; filename="sevens.zip"\r\n\r\n'
        headers = {
            "Authorization": f"Token {self.token}",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY[2:].decode()}",
        }
        request = urllib.request.Request(
            f"{self.site.url}/api/v1/batches/", head + data + b"\r\n" + BOUNDARY + b"--\r\n", headers
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["url"]

    def batch(self, url: str) -> dict:
        status, batch = self.call(url)
        return batch if status == 200 else {"status": "", "read": 0}

    def wait_until_read(self, url: str, count: int) -> None:
        wait_until(lambda: self.batch(url)["read"] >= count, 120, f"{count} files are read", every_s=0.1)

    def assert_each_is_read_once(self, url: str, count: int) -> None:
        try:
            wait_until(lambda: self.batch(url)["status"] in ENDED, 240, "the batch ends", every_s=0.5)
        except TimeoutError:
            pytest.fail(f"{self.batch(url)}\n{self.site.report()}")
        batch = self.batch(url)
        assert (batch["status"], batch["read"], batch["right"]) == ("done", count, count)
        assert self.names(url) == {f"7/{number:05}.png": 1 for number in range(count)}

    def names(self, url: str) -> Counter[str]:
        _, results = self.call(f"{url}results.json")
        return Counter(row["file"] for row in results["results"])


def batch_worker(site: Site) -> psutil.Process | None:
    inference = site.program("inference")
    for child in inference.children() if inference else []:
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if "batch_worker" in child.cmdline():
                return child
    return None


@pytest.fixture(scope="module")
def sender(breakable_site):
    return Sender(breakable_site, "bea")


@pytest.fixture(autouse=True)
def _well_before_and_after(breakable_site):
    wait_until_well(breakable_site)
    yield
    wait_until_well(breakable_site)


@pytest.mark.slow
def test_killed_batch_worker_is_replaced_and_the_batch_continues(breakable_site, sender):
    url = sender.send_batch(1500)
    sender.wait_until_read(url, 100)
    killed = batch_worker(breakable_site)
    killed.kill()
    sender.assert_each_is_read_once(url, 1500)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_worker_killed_within_a_file_of_many_pages_continues_there(breakable_site, sender, kind):
    url = sender.send_files({"7/scan": document(kind, *[seven(200)] * 300), "7/last.png": PNG})
    sender.wait_until_read(url, 20)
    killed = batch_worker(breakable_site)
    killed.kill()
    read = sender.batch(url)["read"]
    assert 0 < read < 300
    wait_until(lambda: sender.batch(url)["status"] in ENDED, 240, "the batch ends", every_s=0.5)
    batch = sender.batch(url)
    assert (batch["status"], batch["total"], batch["read"]) == ("done", 301, 301)
    assert sender.names(url) == {f"7/scan, page {number}": 1 for number in range(1, 301)} | {"7/last.png": 1}


def test_killed_decoders_are_replaced(breakable_site, sender):
    url = sender.send_batch(1500)
    sender.wait_until_read(url, 100)
    for _ in range(2):  # a file is given up only when it has ended three children
        for child in batch_worker(breakable_site).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # the worker has ended it when it noticed that another one was killed
                child.kill()
        time.sleep(0.5)
    sender.assert_each_is_read_once(url, 1500)


@pytest.mark.parametrize("name", ["inference", "redis"])
def test_killed_program_is_started_again_and_the_batch_continues(breakable_site, sender, name):
    url = sender.send_batch(1500)
    sender.wait_until_read(url, 100)
    killed = breakable_site.program(name)
    killed.kill()
    wait_for_another(breakable_site, name, killed)
    sender.assert_each_is_read_once(url, 1500)


def test_a_person_who_draws_meanwhile_is_answered_within_the_request(breakable_site, sender):
    """Batches have their own queue and process, so a drawing does not wait for them."""
    url = sender.send_batch(3000)
    sender.wait_until_read(url, 10)
    statuses = []
    while sender.batch(url)["status"] == "running" and len(statuses) < 40:
        statuses.append(sender.send("wait=10"))
    assert statuses.count(201) == len(statuses) > 3
    sender.assert_each_is_read_once(url, 3000)


@pytest.mark.slow
def test_the_worker_ends_when_there_is_nothing_to_read(breakable_site, sender):
    sender.assert_each_is_read_once(sender.send_batch(10), 10)
    assert batch_worker(breakable_site)
    wait_until(lambda: batch_worker(breakable_site) is None, 60, "the worker ends", every_s=0.5)
    assert not [each for each in breakable_site.processes() if each.status() == psutil.STATUS_ZOMBIE]


@pytest.mark.slow
def test_everything_is_killed_again_and_again_while_batches_are_read(breakable_site, sender):
    urls = [sender.send_batch(6000) for _ in range(2)]
    for name in ["batches", "inference", "batches", "redis", "web", "scheduler", "batches", "inference", "batches"]:
        time.sleep(4)
        if name == "batches":
            if worker := batch_worker(breakable_site):
                worker.kill()
        else:
            killed = breakable_site.program(name)
            killed.kill()
            wait_for_another(breakable_site, name, killed)
    for url in urls:
        sender.assert_each_is_read_once(url, 6000)
