"""How gunicorn serves the site: threads wait for answers, processes share the code that was loaded before the fork."""

import gc
import os

workers = int(os.environ.get("WEB_WORKERS", "3"))
threads = int(os.environ.get("WEB_THREADS", "6"))
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
    """Load what the first request would, once for all workers, and keep the collector off what they share:
    writing its marks would copy every page in each of them."""
    import kombu.transport.redis  # noqa: F401 - all of this here: when gunicorn reads this file, Django is not set up
    from django.template.loader import get_template
    from django.urls import get_resolver

    from classifier import charts, decoding

    get_resolver().url_patterns  # noqa: B018 - imports the views
    charts.confidence_figure([0.1] * 10)
    for page in ("home", "history", "digit"):
        get_template(f"classifier/{page}.html")
    decoding.start_decoder()
    gc.collect()
    gc.freeze()
