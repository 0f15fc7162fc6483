"""Harm at random while people draw, a batch and a stack of sheets are read: nothing accepted is lost or doubled."""

import json
import random
import signal
import time
from collections import Counter
from contextlib import suppress

import psutil
import pytest
import redis
import requests

from tests.archives import PNG, many, zipped
from tests.crowds import at_work
from tests.faults.test_killed_processes import SEVEN
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(900)]
HARM_S = 60.0
CUT_OFF = 0  # the status of a request whose connection was lost
MAKE_A_STACK = """
from django.contrib.auth.models import User
from classifier.sheets.example import making
print(making.make(User.objects.get(username="ida")).public_id)
"""
STATE = """
import json
from django.db.models import Count
from classifier.models import Batch, Digit, Drawing, Prediction
from classifier.sheets.models import Stack, StackPage, Value
print(json.dumps({
    "predictions": dict(Prediction.objects.values_list("status").annotate(count=Count("pk"))),
    "answered twice": Digit.objects.annotate(count=Count("predictions")).filter(count__gt=1).count(),
    "drawings": Drawing.objects.filter(batch=None).count(),
    "batches": list(Batch.objects.values_list("status", "read", "failed")),
    "members": Drawing.objects.exclude(batch=None).count(),
    "stacks": list(Stack.objects.values_list("status", flat=True)),
    "pages": list(StackPage.objects.order_by("number").values_list("status", flat=True)),
    "values": Value.objects.count(),
}))
"""


class People:
    """Programs that send drawings and pictures."""

    def __init__(self, site: Site, token: str) -> None:
        self._site, self._headers = site, {"Authorization": f"Token {token}"}
        self.statuses, self.accepted = Counter[int](), list[str]()
        self.wrong: list[str] = []  # answers that no request may get

    def send(self, number: int) -> None:
        given = {"files": {"image": ("7.png", PNG, "image/png")}} if number == 0 else {"json": SEVEN}
        try:
            url = f"{self._site.url}/api/v1/digits/"
            answer = requests.post(url, headers=self._headers, timeout=60, **given)
        except requests.RequestException:
            self.statuses[CUT_OFF] += 1
            time.sleep(0.2)
            return
        self.statuses[answer.status_code] += 1
        if answer.ok:
            self.accepted.append(answer.json()["id"])
        elif answer.status_code != 503 or "Retry-After" not in answer.headers:
            self.wrong.append(f"{answer.status_code} {answer.text[:300]}")
        time.sleep(0.05)


@pytest.fixture
def site(tmp_path, postgres_server):
    database = postgres_server.create_database(f"harm_{random.randrange(10**9)}")
    site = Site.prepare(tmp_path / "site", DATABASE_URL=database, API_RATE="", BATCH_PROCESSES="1")
    site.start()
    yield site
    site.stop()


def harms(site, postgres_server, rng):
    """What may happen at any time, by name."""

    def victim():
        _, *others = site.processes()  # not the supervisor
        return rng.choice(others)

    def killed():
        victim().kill()

    def stopped():
        process = victim()
        process.suspend()
        time.sleep(rng.uniform(0.5, 4))
        process.resume()

    def redis_emptied():
        with redis.Redis(unix_socket_path=str(site.data_dir / "run/redis.sock"), socket_timeout=2) as client:
            client.flushall()

    def database_restarted():
        postgres_server.stop(signal.SIGQUIT)
        time.sleep(rng.uniform(0, 2))
        postgres_server.start()

    def original_removed():
        files = [path for path in (site.data_dir / "media/originals").rglob("*") if path.is_file()]
        if files:
            rng.choice(files).unlink(missing_ok=True)

    return [killed, killed, killed, stopped, stopped, redis_emptied, database_restarted, original_removed]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_nothing_is_lost_or_doubled(site, postgres_server, seed):
    token, rng = site.create_user("ida"), random.Random(seed)
    people, done = People(site, token), []
    with at_work(people.send, 5):
        archive = {"files": {"file": ("digits.zip", zipped(many(400)), "application/zip")}}
        sent = requests.post(
            f"{site.url}/api/v1/batches/", headers={"Authorization": f"Token {token}"}, timeout=60, **archive
        )
        assert sent.status_code in (201, 202), sent.text
        site.manage("shell", "--no-imports", "-c", MAKE_A_STACK)
        end = time.monotonic() + HARM_S
        while time.monotonic() < end:
            harm = rng.choice(harms(site, postgres_server, rng))
            done.append(harm.__name__)
            with suppress(redis.RedisError, psutil.NoSuchProcess):
                harm()
            time.sleep(rng.uniform(1, 4))
        before = len(people.accepted)
        wait_until(lambda: len(people.accepted) > before + 20, 120, f"people are answered after {done}")
    assert people.wrong == [], done
    now = wait_for_the_end(site, done)
    assert now["answered twice"] == 0
    assert now["drawings"] >= len(set(people.accepted))
    assert (now["batches"], now["members"]) == ([["done", 400, 0]], 400)
    assert (now["stacks"], now["pages"], now["values"]) == (["done"], ["read"] * 3, 3 * 16)
    stored = stored_digits(site, token)
    assert set(people.accepted) <= stored, done


def wait_for_the_end(site, done):
    now = {}

    def is_done():
        now.update(json.loads(site.manage("shell", "--no-imports", "-c", STATE).splitlines()[-1]))
        ended = [*now["predictions"], *(each[0] for each in now["batches"]), *now["stacks"]]
        return set(ended) == {"done"}

    try:
        wait_until(is_done, 240, "all work is done", every_s=2)
    except TimeoutError:
        pytest.fail(f"{done}\n{now}\n{site.report()}")
    return now


def stored_digits(site, token):
    found, path = set(), "/api/v1/digits/?page_size=200"
    while path:
        page = requests.get(site.url + path, headers={"Authorization": f"Token {token}"}, timeout=60).json()
        found |= {digit["id"] for digit in page["results"]}
        path = page["next"].removeprefix(site.url) if page["next"] else ""
    return found
