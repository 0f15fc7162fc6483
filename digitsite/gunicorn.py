"""Gunicorn's configuration: threads wait for answers, processes share the code loaded before the fork."""

import gc
import os
import shutil
import socket
from typing import Any

from .web import counts
from .web.board import Board
from .web.log import SiteLogger
from .web.worker import ReceivingWorker

DEFER_S = 5  # browsers open spare connections: until they send something, or for this long, they hold no thread


workers = int(os.environ.get("WEB_WORKERS", "3"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = ReceivingWorker
worker_connections = 400  # for each process; with a file for each they stay below the usual limit of 1,024 open files
preload_app = True
keepalive = 5
limit_request_line = 8190  # bytes; RFC 9110, 4.1, wants 8,000 to be accepted. Longer ones get gunicorn's own 400
timeout = 30
graceful_timeout = 3
logger_class = SiteLogger
errorlog = "-"
loglevel = "warning"
secure_scheme_headers: dict[str, str] = {}  # settings.TRUSTED_PROXIES says whether X-Forwarded-Proto is believed
control_socket_disable = True  # it is in the home folder, where two sites would share it
board = Board(workers, threads)  # made before the processes, which share it
counted_in = str(counts.new_folder())
raw_env = [f"PROMETHEUS_MULTIPROC_DIR={counted_in}"]
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - a heartbeat must not wait for a disk


def when_ready(server: Any) -> None:
    """Loads what the first request needs once for all workers, and freezes it for the garbage collector.

    The collector writes marks into objects, which would copy every shared page in each worker.
    """
    import kombu.transport.redis  # noqa: F401 - imported here because Django is not set up when gunicorn reads this file
    from celery import current_app
    from django.conf import settings
    from django.template import Engine
    from django.template.loader import get_template
    from django.urls import get_resolver
    from django.utils.module_loading import import_string
    from PIL import Image

    from classifier.decoding import client
    from classifier.digits import orphans
    from classifier.http import metrics

    get_resolver().url_patterns  # noqa: B018 - imports the views
    current_app.amqp.routes  # noqa: B018 - imports what sends jobs
    current_app.events  # noqa: B018
    Engine.get_default().template_context_processors  # noqa: B018
    Image.preinit()
    for page in ("pad/pad", "history/history", "digits/digit"):
        get_template(f"classifier/{page}.html")
    for path in (*metrics.READERS, settings.STORAGES["default"]["BACKEND"]):  # boto3, for example
        import_string(path)
    client.start_decoder()
    orphans.remove_incoming()
    for listener in server.LISTENERS:
        if listener.family != socket.AF_UNIX and hasattr(socket, "TCP_DEFER_ACCEPT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER_S)
    gc.collect()
    gc.freeze()


def pre_fork(server: Any, worker: Any) -> None:
    """Gives a new process the lowest free place to count in: it goes on with what an ended one has counted."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(place for place in range(len(taken) + 1) if place not in taken)
    worker.board = board


def post_fork(server: Any, worker: Any) -> None:
    from classifier.http.metrics import counting  # it needs `raw_env`

    counting.take_place(str(worker.place))


def child_exit(server: Any, worker: Any) -> None:
    from classifier.http.metrics import counting  # it needs `raw_env`

    counting.leave_place(str(worker.place))
    board.clear(worker.place)


def on_exit(server: Any) -> None:
    shutil.rmtree(counted_in, ignore_errors=True)
