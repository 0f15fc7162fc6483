"""Imports whose process, worker or Redis is killed: each is finished, and imports everything once."""

import json
import time
import urllib.request
from typing import Any

import psutil
import pytest

from tests.archives import zipped
from tests.exports import document, drawing
from tests.factories import picture, seven
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]
DRAWINGS = 4000


def call(site: Site, token: str, path: str, file: bytes | None = None) -> Any:
    return json.loads(fetch(site, token, path, file))


def fetch(site: Site, token: str, path: str, file: bytes | None = None) -> bytes:
    headers, body = {"Authorization": f"Token {token}"}, None
    if file is not None:
        head = b'--edge-of-it\r\nContent-Disposition: form-data; name="file"; filename="mine"\r\n\r\n'
        body = head + file + b"\r\n--edge-of-it--\r\n"
        headers["Content-Type"] = "multipart/form-data; boundary=edge-of-it"
    with urllib.request.urlopen(urllib.request.Request(site.url + path, body, headers), timeout=60) as answer:
        return bytes(answer.read())


def import_process(site: Site) -> psutil.Process | None:
    for process in site.processes():
        try:
            if "run_import" in process.cmdline():
                return process
        except psutil.Error:
            continue
    return None


@pytest.mark.slow
def test_a_killed_import_continues_and_imports_everything_once(breakable_site):
    token = breakable_site.create_user("ida")
    file = json.dumps(document(*(drawing() for _ in range(DRAWINGS)))).encode()
    address = call(breakable_site, token, "/api/v1/imports/", file)["url"]

    def seen() -> int:
        return int(call(breakable_site, token, address)["seen"])

    wait_until(lambda: seen() > 0, 60, "the import has begun")
    process = import_process(breakable_site)
    assert process is not None
    process.kill()
    stopped_at = seen()
    assert 0 < stopped_at < DRAWINGS
    wait_until(lambda: seen() > stopped_at, 90, "another process continues", every_s=0.2)
    worker = breakable_site.program("inference")
    worker.kill()  # the import's process ends with it
    redis = breakable_site.program("redis")
    redis.kill()
    done = lambda: call(breakable_site, token, address)["status"] == "done"  # noqa: E731
    wait_until(done, 150, "the import is done", every_s=0.5)
    job = call(breakable_site, token, address)
    assert (job["seen"], job["brought"], job["known"], job["refused"]) == (DRAWINGS, DRAWINGS, 0, 0)
    started = time.monotonic()
    drawings = call(breakable_site, token, "/api/v1/export/digits.json")["drawings"]
    assert time.monotonic() - started < 60
    assert len(drawings) == len({each["origin"] for each in drawings}) == DRAWINGS


@pytest.mark.slow
def test_a_killed_import_of_a_batch_imports_each_of_its_digits_once(breakable_site):
    """The new account reads the pictures from its own copy of the archive."""
    exporter, importer = (breakable_site.create_user(name) for name in ("gil", "tom"))
    png = picture(seven(40))
    archive = zipped({f"7/{number:05}.png": png for number in range(DRAWINGS)})
    batch = call(breakable_site, exporter, "/api/v1/batches/", archive)["url"]
    done = lambda: call(breakable_site, exporter, batch)["status"] == "done"  # noqa: E731
    wait_until(done, 90, "the batch is read", every_s=0.5)
    address = call(
        breakable_site, importer, "/api/v1/imports/", fetch(breakable_site, exporter, "/api/v1/export/all.zip")
    )["url"]

    def job() -> Any:
        return call(breakable_site, importer, address)

    for _ in range(2):
        begun = job()["seen"]
        wait_until(lambda begun=begun: job()["seen"] > begun, 90, "the import continues")
        import_process(breakable_site).kill()
    wait_until(lambda: job()["status"] == "done", 150, "the import is done", every_s=0.5)
    assert (job()["brought"], job()["known"], job()["refused"]) == (DRAWINGS, 0, 0)
    (imported,) = call(breakable_site, importer, "/api/v1/batches/")["results"]
    assert (imported["status"], imported["digits"], imported["right"]) == ("done", DRAWINGS, DRAWINGS)
    rows = call(breakable_site, importer, imported["results"]["json"])["results"]
    assert sorted(row["file"] for row in rows) == [f"7/{number:05}.png" for number in range(DRAWINGS)]
    first = call(breakable_site, importer, "/api/v1/digits/")["results"][0]["url"]
    assert fetch(breakable_site, importer, f"{first}original/") == png
