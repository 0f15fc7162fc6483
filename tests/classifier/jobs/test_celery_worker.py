"""The command that runs a worker."""

import socket

from classifier.models import Prediction
from tests.factories import pad_form
from tests.services import stop, wait_until, worker_running


def test_worker_names_its_queue_and_host_and_ends_when_asked(tmp_path):
    """Each container of `--scale inference=2` has a host name of its own."""
    log = tmp_path / "worker.log"
    with worker_running(log, "training") as worker:
        assert f"training@{socket.gethostname()} ready." in log.read_text()
        stop(worker)
        assert worker.returncode == 0


def test_task_of_a_queue_without_acknowledgement_is_not_acknowledged(owner_client, inference_worker, redis_server):
    """Kombu would remember each acknowledgement: 2 MB after 20,000 answers."""

    def acknowledged():
        return redis_server.info("commandstats").get("cmdstat_zrem", {}).get("calls", 0)

    before = acknowledged()
    for _ in range(3):
        owner_client.post("/drawings/", pad_form())
    wait_until(lambda: Prediction.objects.filter(status="done").count() == 3, 10, "the three digits are answered")
    assert acknowledged() == before
