"""An import whose process is killed, whose worker is killed, while Redis is away: it comes to its end, and once."""

import json
import time
import urllib.request
from typing import Any

import psutil
import pytest

from tests.belongings import document, drawing
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]
DRAWINGS = 4000


def call(site: Site, token: str, path: str, file: bytes | None = None) -> Any:
    headers, body = {"Authorization": f"Token {token}"}, None
    if file is not None:
        head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="mine.json"\r\n\r\n'
        headers["Content-Type"], body = "multipart/form-data; boundary=edge", head + file + b"\r\n--edge--\r\n"
    with urllib.request.urlopen(urllib.request.Request(site.url + path, body, headers), timeout=60) as answer:
        return json.load(answer)


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
