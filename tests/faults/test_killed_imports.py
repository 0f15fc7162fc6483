"""An import whose process is killed, whose worker is killed, while Redis is away: it comes to its end, and once."""

import json
import time
import urllib.request
from typing import Any

import psutil
import pytest

from tests.archives import zipped
from tests.belongings import document, drawing
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
def test_a_killed_import_goes_on_and_brings_everything_once(breakable_site):
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
    wait_until(lambda: seen() > stopped_at, 90, "another process goes on", every_s=0.2)
    worker = breakable_site.program("inference")
    worker.kill()  # its import's process ends with it
    redis = breakable_site.program("redis")
    redis.kill()
    done = lambda: call(breakable_site, token, address)["status"] == "done"  # noqa: E731
    wait_until(done, 150, "the import is done", every_s=0.5)
    told = call(breakable_site, token, address)
    assert (told["seen"], told["brought"], told["known"], told["refused"]) == (DRAWINGS, DRAWINGS, 0, 0)
    started = time.monotonic()
    taken_out = call(breakable_site, token, "/api/v1/export/digits.json")["drawings"]
    assert time.monotonic() - started < 60
    assert len(taken_out) == len({each["origin"] for each in taken_out}) == DRAWINGS


@pytest.mark.slow
def test_a_killed_import_of_a_batch_brings_each_of_its_digits_once(breakable_site):
    """With its archive: the pictures of the new account are read out of a copy of its own."""
    giver, taker = (breakable_site.create_user(name) for name in ("gil", "tom"))
    png = picture(seven(40))
    archive = zipped({f"7/{number:05}.png": png for number in range(DRAWINGS)})
    batch = call(breakable_site, giver, "/api/v1/batches/", archive)["url"]
    done = lambda: call(breakable_site, giver, batch)["status"] == "done"  # noqa: E731
    wait_until(done, 90, "the batch is read", every_s=0.5)
    address = call(breakable_site, taker, "/api/v1/imports/", fetch(breakable_site, giver, "/api/v1/export/all.zip"))[
        "url"
    ]

    def told() -> Any:
        return call(breakable_site, taker, address)

    for _ in range(2):
        begun = told()["seen"]
        wait_until(lambda begun=begun: told()["seen"] > begun, 90, "it goes on")
        import_process(breakable_site).kill()
    wait_until(lambda: told()["status"] == "done", 150, "the import is done", every_s=0.5)
    assert (told()["brought"], told()["known"], told()["refused"]) == (DRAWINGS, 0, 0)
    (brought,) = call(breakable_site, taker, "/api/v1/batches/")["results"]
    assert (brought["status"], brought["digits"], brought["right"]) == ("done", DRAWINGS, DRAWINGS)
    rows = call(breakable_site, taker, brought["results"]["json"])["results"]
    assert sorted(row["file"] for row in rows) == [f"7/{number:05}.png" for number in range(DRAWINGS)]
    first = call(breakable_site, taker, "/api/v1/digits/")["results"][0]["url"]
    assert fetch(breakable_site, taker, f"{first}original/") == png
