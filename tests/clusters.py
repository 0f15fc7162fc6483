"""Several machines of one site, as processes: each has its own DATA_DIR, and they share servers only."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

import psutil
import redis

from tests.environment import BASE_DIR
from tests.services import Site, free_port, running, start, stop, wait_until
from tests.stores import Store


@dataclass
class Machine(Site):
    """One machine and the programs on it."""

    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def log(self, name: str) -> Path:
        return self.data_dir / f"{name}.log"

    def run(self, *names: str) -> "Machine":
        """Starts programs: web, inference, training or scheduler."""
        for name in names:
            self.programs[name] = start(self._command(name), self.log(name), cwd=BASE_DIR, env=self.environment)
        return self

    def _command(self, name: str) -> list[str]:
        if name == "web":
            server = [sys.executable, "-m", "gunicorn", "--config", "python:digitsite.gunicorn"]
            return [*server, "--bind", f"127.0.0.1:{self.port}", "digitsite.wsgi"]
        if name == "scheduler":
            return [sys.executable, "-m", "digitsite.scheduler", str(self.data_dir / "schedule")]
        return [sys.executable, "manage.py", "worker", name]

    def family(self) -> list[psutil.Process]:
        """All its processes."""
        found = []
        for program in self.programs.values():
            with suppress(psutil.NoSuchProcess):
                top = psutil.Process(program.pid)
                found += [top, *top.children(recursive=True)]
        return found

    def lose(self) -> None:
        """Kills all its processes at once."""
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        for program in self.programs.values():
            program.wait()

    def end(self) -> None:
        for program in self.programs.values():
            stop(program)

    def is_up(self) -> bool:
        with suppress(OSError), urlopen(f"{self.url}/healthz", timeout=5):
            return True
        return False

    def is_reading_a_batch(self) -> bool:
        return any("batch_worker" in " ".join(_command_line(process)) for process in self.family())

    def stored_files(self) -> list[Path]:
        return [path for path in (self.data_dir / "media").rglob("*") if path.is_file()]

    def report(self) -> str:
        tails = (f"--- {path}\n{path.read_text(errors='replace')[-3000:]}" for path in self.data_dir.glob("*.log"))
        return "\n".join(tails)


def _command_line(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []


class Cluster:
    """The machines of a site, by name."""

    def __init__(self, folder: Path, **shared: str) -> None:
        self._folder, self._shared = folder, shared
        self.machines: dict[str, Machine] = {}

    def add(self, name: str, *programs: str) -> Machine:
        machine = cast(Machine, Machine.prepare(self._folder / name, **self._shared))
        self.machines[name] = machine
        return machine.run(*programs)

    def lose(self, name: str) -> Machine:
        machine = self.machines.pop(name)
        machine.lose()
        return machine

    @property
    def webs(self) -> list[Machine]:
        return [machine for machine in self.machines.values() if "web" in machine.programs]

    def report(self) -> str:
        return "\n".join(machine.report() for machine in self.machines.values())


@contextmanager
def cluster_of(folder: Path, database: str, store: Store, **variables: str) -> Iterator[Cluster]:
    """A site without machines yet; its Redis ends with it."""
    from digitsite.supervision import find_redis_server

    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    command = [find_redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    shared = {"DATABASE_URL": database, "REDIS_URL": url, "SECRET_KEY": "the same on all machines"}
    cluster = Cluster(folder, **shared, **store.variables(), **variables)
    with running([*command, "--dir", str(folder)], folder / "redis.log", env=dict(os.environ)):
        wait_until(lambda: _pings(url), 20, "Redis answers")
        try:
            yield cluster
        finally:
            for machine in cluster.machines.values():
                machine.end()


def _pings(url: str) -> Any:
    with suppress(redis.RedisError), redis.Redis.from_url(url) as client:
        return client.ping()
    return False
