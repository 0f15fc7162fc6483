"""The command that runs a worker."""

import socket

from tests.services import stop, worker_running


def test_worker_names_its_queue_and_host_and_ends_when_asked(tmp_path):
    """Each container of `--scale inference=2` has a host name of its own."""
    log = tmp_path / "worker.log"
    with worker_running(log, "training") as worker:
        assert f"training@{socket.gethostname()} ready." in log.read_text()
        stop(worker)
        assert worker.returncode == 0
