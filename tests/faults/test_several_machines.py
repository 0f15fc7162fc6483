"""Several machines, which share PostgreSQL, Redis and a store of files, and no disk: one is lost, one is added."""

import json
import os
import random
import threading
import time
import uuid
from collections import Counter

import pytest
import requests

from tests.archives import PNG, many, zipped
from tests.clusters import Cluster, Machine, cluster_of
from tests.faults.test_killed_processes import SEVEN
from tests.runs import a_recipe
from tests.services import wait_until
from tests.stores import store_running

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(1500)]
UNANSWERED = 0  # the status of a request whose machine was lost
STATE = """
import json
from django.db.models import Count
from classifier.models import Batch, Digit, Drawing, ModelVersion, Prediction
from training.models import TrainingRun
print(json.dumps({
    "predictions": dict(Prediction.objects.values_list("status").annotate(count=Count("pk"))),
    "digits": Digit.objects.count(),
    "answered twice": Digit.objects.annotate(count=Count("predictions")).filter(count__gt=1).count(),
    "drawings": list(map(str, Drawing.objects.filter(batch=None).values_list("public_id", flat=True))),
    "batches": list(Batch.objects.values_list("status", "read", "failed", "attempts")),
    "members": Drawing.objects.exclude(batch=None).values("batch", "member_at").distinct().count(),
    "of batches": Drawing.objects.exclude(batch=None).count(),
    "runs": list(TrainingRun.objects.values_list("status", "error")),
    "versions": list(map(str, ModelVersion.objects.order_by("created").values_list("name", flat=True))),
}))
"""
PROMOTE = """
from classifier.models import ModelVersion
from training.evaluation import promotion
promotion.promote(version=ModelVersion.objects.get(name={name!r}), by=None, reason="a test", override=True)
"""
TRAIN = """
from training.runs.recipe import Recipe
from training.runs.requests import request_run
request_run(recipe=Recipe.from_json({recipe!r}), by=None)
"""


class Pupils:
    """People who send drawings and pictures to any web machine until the block ends."""

    def __init__(self, cluster: Cluster, token: str, count: int = 4) -> None:
        self.cluster = cluster
        self.headers = {"Authorization": f"Token {token}"}
        self.statuses = Counter[int]()
        self.accepted: list[str] = []  # public ids of digits
        self.pictures: list[str] = []
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(count)]

    def __enter__(self) -> "Pupils":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        while not self._stopped.is_set():
            self.send(is_picture=number == 0)
            time.sleep(0.05)

    def send(self, is_picture: bool = False) -> requests.Response | None:
        given = {"files": {"image": ("7.png", PNG, "image/png")}} if is_picture else {"json": SEVEN}
        url = f"{random.choice(self.cluster.webs).url}/api/v1/digits/"
        try:
            answer = requests.post(url, headers=self.headers, timeout=60, **given)
        except requests.RequestException:
            self.statuses[UNANSWERED] += 1
            return None
        self.statuses[answer.status_code] += 1
        if answer.ok:
            (self.pictures if is_picture else self.accepted).append(answer.json()["id"])
        return answer

    def get(self, machine: Machine, path: str) -> requests.Response:
        return requests.get(machine.url + path, headers=self.headers, timeout=60)


@pytest.fixture
def cluster(tmp_path, postgres_server):
    database = postgres_server.create_database(f"machines_{uuid.uuid4().hex[:8]}")
    limits = {"API_RATE": "", "WEB_WORKERS": "1", "WEB_THREADS": "4", "BATCH_PROCESSES": "1", "ANSWER_WAIT_S": "10"}
    with store_running() as store, cluster_of(tmp_path, database, store, **limits) as cluster:
        first = cluster.add("web-one")
        for command in ("migrate", "createcachetable", "register_bundled"):
            first.manage(command)
        first.run("web")
        cluster.add("web-two", "web")
        for name in ("inference-one", "inference-two", "inference-three"):
            cluster.add(name, "inference")
        cluster.machines["inference-one"].run("scheduler")
        cluster.add("training", "training", "scheduler")
        try:
            wait_until(lambda: all(web.is_up() for web in cluster.webs), 120, "the web servers answer")
        except TimeoutError:
            pytest.fail(cluster.report())
        yield cluster


def state(cluster):
    return json.loads(cluster.webs[0].manage("shell", "--no-imports", "-c", STATE).splitlines()[-1])


def wait_for(cluster, condition, timeout_s, what):
    try:
        return wait_until(lambda: condition(state(cluster)), timeout_s, what, every_s=2)
    except TimeoutError:
        pytest.fail(f"{what}: {state(cluster)}\n{cluster.report()}")


def is_all_done(now):
    """What a state says, if no work is left."""
    ended = [now["batches"][0][0], now["runs"][0][0], *now["predictions"]]
    return now if set(ended) == {"done"} else None


def reader_of_the_batch(cluster):
    """The name of the machine that reads a batch."""
    inference = [name for name in cluster.machines if name.startswith("inference")]
    found = lambda: next((n for n in inference if cluster.machines[n].is_reading_a_batch()), "")  # noqa: E731
    return wait_until(found, 60, "a batch is read")


def test_machine_that_is_lost_and_one_that_is_added_lose_and_double_nothing(cluster):
    token = cluster.webs[0].create_user("ida")
    cluster.webs[0].manage("shell", "--no-imports", "-c", TRAIN.format(recipe=a_recipe().to_json()))
    with Pupils(cluster, token) as pupils:
        archive = {"files": {"file": ("digits.zip", zipped(many(600)), "application/zip")}}
        sent = requests.post(f"{cluster.webs[1].url}/api/v1/batches/", headers=pupils.headers, timeout=60, **archive)
        assert sent.status_code in (201, 202), sent.text
        time.sleep(3)
        lost = cluster.lose(reader_of_the_batch(cluster))
        time.sleep(3)
        cluster.add("inference-four", "inference", "scheduler")
        time.sleep(5)
        cluster.lose("web-two")
        added = cluster.add("web-three")
        left = left_behind(added)
        added.run("web")
        wait_until(added.is_up, 120, "the new web server answers")
        before = len(pupils.accepted)
        wait_until(lambda: len(pupils.accepted) > before + 50, 120, "people are answered")
    assert pupils.statuses.keys() <= {200, 201, 202, 503, UNANSWERED}, pupils.statuses
    done = wait_for(cluster, is_all_done, 600, "everything is done")
    assert set(pupils.accepted + pupils.pictures) <= digits_of(pupils, cluster.webs[0])
    assert done["answered twice"] == 0
    assert (done["batches"][0][1:3], done["members"], done["of batches"]) == ([600, 0], 600, 600)
    shown = pupils.get(added, f"/api/v1/digits/{pupils.pictures[0]}/original/")
    assert shown.content == PNG
    trained = done["versions"][-1]
    cluster.webs[0].manage("shell", "--no-imports", "-c", PROMOTE.format(name=trained))
    answers = [pupils.send().json() for _ in range(20)]
    assert {answer["prediction"]["model_version"] for answer in answers} == {trained}
    assert not left.exists()
    assert not any(machine.stored_files() for machine in [lost, *cluster.machines.values()])


def left_behind(machine):
    """An upload whose process was killed two hours ago."""
    left = machine.data_dir / "incoming" / "upload"
    left.parent.mkdir()
    left.touch()
    os.utime(left, (time.time() - 7200, time.time() - 7200))
    return left


def digits_of(pupils, machine):
    """The public ids of all stored digits."""
    found, path = set(), "/api/v1/digits/?page_size=200"
    while path:
        page = pupils.get(machine, path).json()
        found |= {digit["id"] for digit in page["results"]}
        path = page["next"].removeprefix(machine.url) if page["next"] else ""
    return found
