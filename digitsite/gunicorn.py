"""How gunicorn serves the site: threads wait for answers, processes share the code that was loaded before the fork."""

import gc
import os

workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
worker_class = "gthread"
preload_app = True
keepalive = 5
timeout = 30
graceful_timeout = 3
errorlog = "-"
loglevel = "warning"
control_socket_disable = True  # it stands in the home folder, where two sites would share it
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - a heartbeat must not wait for a disk


def when_ready(server: object) -> None:
    """Keep the collector off what is shared: writing its marks would copy every page in each worker."""
    gc.collect()
    gc.freeze()
