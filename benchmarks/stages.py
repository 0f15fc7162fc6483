"""Where the processor time of an answer goes: `python -m benchmarks.stages [--rounds 20]`.

Starts a site, and answers drawings and pictures of one person in a process that loads the same WSGI application. Stages
are timed by the processor time of their thread, without the stages within them, so waiting counts nothing.
"""

import argparse
import functools
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from benchmarks import servers
from benchmarks.load import PLACE_OF_ID
from benchmarks.machine import processor_s
from benchmarks.workloads import Workload, number_workload, site_workloads
from tests.environment import BASE_DIR
from tests.services import Site

WORKLOADS = [*site_workloads(), number_workload()]
AT_ONCE = 20  # answers to one kind of request before the next
REST = "middleware, routing, the rest of the view"
STAGES = {  # the function of each; the last name is an attribute of what is before it
    "django.contrib.auth.get_user": "session and user",
    "rest_framework.views.APIView.perform_authentication": "token",
    "rest_framework.views.APIView.check_throttles": "limits",
    "classifier.pages.pad.check": "parsing",
    "classifier.pages.forms.DrawingForm.sketch": "parsing",
    "classifier.api.submissions.Submission.of": "parsing",
    "classifier.digits.lines.asking.read_sketch": "whether it may be a number",
    "classifier.digits.intake.drawings.find_digits_in_sketch": "segmentation and framing",
    "classifier.digits.intake.pictures.read_picture": "sending the file to a decoder",
    "classifier.digits.intake.drawings.store": "storing, without the statements",
    "classifier.digits.intake.pictures.store": "storing, without the statements",
    "classifier.digits.intake.storing.ask": "publishing the task",
    "celery.app.base.Celery.send_task": "publishing the task",
    "classifier.jobs.replies.wait_for": "receiving the reply",
    "classifier.pages.answers.numbers.answer_for": "describing the answer",
    "django.template.loader.render_to_string": "template or serializer",
    "classifier.api.serializers.WholeDigitSerializer.to_representation": "template or serializer",
    "rest_framework.renderers.JSONRenderer.render": "template or serializer",
}


class Clock:
    """Adds up the processor time of each stage; a stage within another does not count for that."""

    def __init__(self) -> None:
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        self._stages = [REST]
        self._since = time.thread_time()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.lap()
        self._stages.append(name)
        try:
            yield
        finally:
            self.lap()
            self._stages.pop()

    def begin(self) -> None:
        """Forgets what was counted."""
        self.lap()
        self.spent_s.clear()

    def lap(self) -> None:
        """Counts the time since the last call for the current stage."""
        now = time.thread_time()
        self.spent_s[self._stages[-1]] += now - self._since
        self._since = now

    def watch(self, target: str, name: str) -> None:
        """Times a function; target: where it is looked up when it is called."""
        path, attribute = target.rsplit(".", 1)
        try:
            owner: Any = importlib.import_module(path)
        except ModuleNotFoundError:
            path, holder = path.rsplit(".", 1)
            owner = getattr(importlib.import_module(path), holder)
        stored = vars(owner)[attribute]
        function = stored.__func__ if isinstance(stored, classmethod) else stored

        @functools.wraps(function)
        def timed(*args: Any, **named: Any) -> Any:
            with self.stage(name):
                return function(*args, **named)

        setattr(owner, attribute, classmethod(timed) if isinstance(stored, classmethod) else timed)

    def statement(self, execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        """For Django's `connection.execute_wrapper`."""
        verb, *words = sql.replace('"', "").split()
        table = next((word for before, word in pairwise(words) if before in ("FROM", "INTO")), "")
        with self.stage(" ".join(["SQL", verb, table]).strip()):
            return execute(sql, *more)


def answer(application: Callable[..., Any], workload: Workload, person: dict[str, str], number: int) -> bool:
    """Sends one request to the application. Returns whether it was answered."""
    body = workload.job.bodies[number % len(workload.job.bodies)].encode("latin-1")
    body = body.replace(PLACE_OF_ID, f"{number:08x}-0000-4000-8000-{os.getpid():012x}".encode())
    headers = workload.by(0, [person], 0.0).people[0]
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": workload.job.path,
        "CONTENT_TYPE": workload.job.content_type,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    statuses: list[str] = []
    response = application(environ, lambda status, _: statuses.append(status))
    b"".join(response)
    response.close()
    return statuses[0].startswith(str(workload.job.status))


def measure(person: dict[str, str]) -> None:
    """In the site's environment: reads numbers of workloads, and prints the seconds of each stage of their answers."""
    from django.db import connection

    from digitsite.wsgi import application  # after the environment is set

    for number, workload in enumerate(WORKLOADS):
        for one in range(AT_ONCE):  # warms up
            assert answer(application, workload, person, number << 24 | one), workload.name
    print(json.dumps("ready"), flush=True)
    clock = Clock()
    for target, name in STAGES.items():
        clock.watch(target, name)
    with connection.execute_wrapper(clock.statement):
        for turn, line in enumerate(sys.stdin):
            number = int(line)
            clock.begin()
            for one in range(AT_ONCE):
                assert answer(application, WORKLOADS[number], person, number << 24 | (turn + 1) << 8 | one)
            clock.lap()
            print(json.dumps(clock.spent_s), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help=f"of {AT_ONCE} answers to each kind of request")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure(json.loads(sys.stdin.readline()))
        return
    with tempfile.TemporaryDirectory() as folder:
        site = Site.prepare(Path(folder) / "data", API_RATE="1000000/minute")
        try:
            site.start()
            print(table(_of_site(site, options.rounds)))
        finally:
            site.stop()


def _of_site(site: Site, rounds: int) -> dict[str, dict[str, float]]:
    """The milliseconds of each stage and of the other processes, for each workload."""
    (person,) = servers.make_people(site, 1)
    command = [sys.executable, "-m", "benchmarks.stages", "--inside"]
    pipe = subprocess.PIPE
    spent: dict[str, defaultdict[str, float]] = {}
    with (
        (site.data_dir / "stages.log").open("w") as log,
        subprocess.Popen(
            command, cwd=BASE_DIR, env=site.environment, stdin=pipe, stdout=pipe, stderr=log, text=True
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        print(json.dumps(person), file=process.stdin, flush=True)
        process.stdout.readline()
        for number, workload in list(enumerate(WORKLOADS)) * rounds:
            others = _others(site, process.pid)
            before = [processor_s(each) for each, _ in others]
            print(number, file=process.stdin, flush=True)
            stages: defaultdict[str, float] = defaultdict(float, json.loads(process.stdout.readline()))
            for (each, name), earlier in zip(others, before, strict=True):
                stages[name] += max(0.0, processor_s(each) - earlier)
            own = spent.setdefault(workload.name.split(" (")[0], defaultdict(float))
            for name, seconds in stages.items():
                own[name] += 1e3 * seconds / rounds / AT_ONCE
    return dict(spent)


def _others(site: Site, pid: int) -> list[tuple[psutil.Process, str]]:
    """The other processes that work for an answer, with their names. pid: of the one that answers."""
    programs = [(site.program("inference"), "inference worker"), (site.program("redis"), "Redis")]
    decoders = psutil.Process(pid).children(recursive=True)
    return [(process, name) for process, name in programs if process] + [(each, "decoder") for each in decoders]


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """A Markdown table: a row for each stage, a column for each workload, in milliseconds."""
    names = sorted(
        {name for stages in found.values() for name in stages},
        key=lambda name: -max(stages.get(name, 0.0) for stages in found.values()),
    )
    lines = [f"| processor time, ms | {' | '.join(found)} |", "| --- |" + " --- |" * len(found)]
    for name in names:
        values = [stages.get(name, 0.0) for stages in found.values()]
        if max(values) >= 0.01:
            lines.append(f"| {name} | {' | '.join(f'{value:.2f}' if value else '' for value in values)} |")
    lines.append(f"| all | {' | '.join(f'{sum(stages.values()):.2f}' for stages in found.values())} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
