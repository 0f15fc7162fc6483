"""Starts the servers that are measured: the site in a temporary folder, the yardstick in its own environment."""

import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks.load import Job, Result
from benchmarks.machine import family, pss_mb
from benchmarks.workloads import Workload
from tests.environment import BASE_DIR
from tests.services import Site, free_port, running, start

HERE = Path(__file__).resolve().parent
MODEL = BASE_DIR / "classifier/bundled/first_cnn"
PATIENCE_S = 60.0


def send(job: Job) -> Result:
    """Runs the load generator in its own process."""
    command = [sys.executable, "-m", "benchmarks.load"]
    done = subprocess.run(
        command, input=json.dumps(asdict(job)), stdout=subprocess.PIPE, text=True, check=True, cwd=BASE_DIR
    )
    return Result(**json.loads(done.stdout))


def until_first_answer(workload: Workload, port: int, people: list[dict[str, str]], since: float) -> float:
    """Returns the seconds from `since` (time.perf_counter) to the first finished answer."""
    while time.perf_counter() - since < PATIENCE_S:
        if send(workload.by(port, people[:1], 0.0)).latencies_ms:
            return time.perf_counter() - since
        time.sleep(0.02)
    raise TimeoutError(f"{workload.name}: no answer within {PATIENCE_S:g} s")


def make_people(site: Site, count: int) -> list[dict[str, str]]:
    command = [sys.executable, "-m", "benchmarks.people", str(count)]
    done = subprocess.run(
        command, cwd=BASE_DIR, env=site.environment, stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    people: list[dict[str, str]] = json.loads(done.stdout)
    return people


def start_site(site: Site) -> float:
    """Starts a prepared site without waiting for it. Returns the time of the start (time.perf_counter)."""
    site.terminal.write_bytes(b"")
    command = [sys.executable, "manage.py", "runsite", "--port", str(site.port)]
    since = time.perf_counter()
    site.process = start(command, site.terminal, cwd=BASE_DIR, env=site.environment)
    return since


def site_memory(site: Site) -> dict[str, float]:
    """Returns the PSS in MB of each of the site's processes, by the program it belongs to."""
    programs = {
        process.pid: name
        for name in ("redis", "inference", "web", "announcement", "training", "scheduler", "watchdog", "samples")
        if (process := site.program(name))
    }
    memory: dict[str, float] = {}
    for process in site.processes():
        try:
            owner = next((programs[p.pid] for p in [process, *process.parents()] if p.pid in programs), "supervisor")
            role = "" if process.pid in programs or owner == "supervisor" else " › " + _role(process)
        except psutil.NoSuchProcess:
            continue
        name, number = owner + role, 2
        while name in memory:
            name, number = f"{owner}{role} {number}", number + 1
        memory[name] = pss_mb(process)
    return dict(sorted(memory.items()))


def _role(process: psutil.Process) -> str:
    return "decoder" if "classifier.decoding" in process.cmdline() else "child"


@dataclass(frozen=True)
class Other:
    """Another server that is measured beside the site, in a virtual environment of its own."""

    name: str
    folder: Path  # of its requirements.txt and its virtual environment
    command: tuple[str, ...]  # the first word is a program of the environment; the port is appended
    variables: dict[str, str]

    def install(self) -> None:
        """Creates the virtual environment unless it exists with the same requirements."""
        environment, requirements = self.folder / ".venv", self.folder / "requirements.txt"
        stamp = environment / "installed.txt"
        if stamp.exists() and stamp.read_text() == requirements.read_text():
            return
        print(f"Installing {self.name}, to compare with (once) …", flush=True)
        venv.create(environment, clear=True, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin/python")]
        options = ["--quiet", "--disable-pip-version-check", "--requirement", str(requirements)]
        subprocess.run([*pip, "install", *options], check=True)
        stamp.write_text(requirements.read_text())

    @contextmanager
    def running(self, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
        """Yields its process, its port, and the time of its start (time.perf_counter)."""
        port, (program, *words) = free_port(), self.command
        command = [str(self.folder / ".venv/bin" / program), *words, "--port", str(port)]
        since = time.perf_counter()
        with running(command, log, cwd=BASE_DIR, env=os.environ | self.variables) as process:
            yield process, port, since


YARDSTICK = Other(
    "yardstick",
    HERE,
    ("python", "-m", "uvicorn", "benchmarks.yardstick:app", "--no-access-log", "--log-level", "warning"),
    {"YARDSTICK_MODEL": str(MODEL / "mnist_cnn_model.tflite")},
)
BENTOML = Other(
    "BentoML",
    HERE / "peers",
    ("bentoml", "serve", "benchmarks.peers.bentoml_service:Digits", "--host", "127.0.0.1"),
    {
        "BENTOML_MODEL": str(MODEL / "mnist_cnn_model.keras"),
        "BENTOML_DO_NOT_TRACK": "True",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    },
)


def family_memory_mb(pid: int) -> float:
    return sum(pss_mb(process) for process in family(pid))
