"""A site that takes as long as it is asked to, behind the real web server: its configuration, and the application."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import django
from django.conf import settings
from prometheus_client import Metric, generate_latest
from prometheus_client.registry import Collector

from digitsite.gunicorn import *  # noqa: F403 - as the site's

preload_app = False
django.setup()


def when_ready(server: Any) -> None:
    """Loads nothing: there is no decoder and there are no views."""


class Counted(Collector):
    def collect(self) -> Iterable[Metric]:
        from classifier.http.metrics import counting  # needs the folder of `raw_env`

        return counting.collect()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Waits for `seconds` of the query, or until the file `until` is there. Tells when it has begun and ended.

    It tells the name of the session's cookie, too.
    """
    began = time.monotonic()
    if environ["PATH_INFO"] == "/metrics":
        start_response("200 OK", [])
        return [generate_latest(Counted())]
    query = parse_qs(environ["QUERY_STRING"])
    time.sleep(float(query.get("seconds", ["0"])[0]))
    while "until" in query and not Path(query["until"][0]).exists():
        time.sleep(0.05)
    body = json.dumps([began, time.monotonic()]).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", [*headers, ("X-Session-Cookie", settings.SESSION_COOKIE_NAME)])
    return [body]
