"""Real servers for tests: Redis, PostgreSQL, a Celery worker, the whole site.

None outlives the process that started it, even if that is killed: on Linux the kernel then sends each a signal.

The imports of `digitsite` are in functions: `tests.settings` imports this module before it sets the environment.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.environment import BASE_DIR, clean_environment

PR_SET_PDEATHSIG = 1


class ServiceMissing(Exception):
    """A program is not installed; the message names its package."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], timeout_s: float, what: str, every_s: float = 0.05) -> Any:
    """Returns the condition's first true value. Raises TimeoutError with `what` if none comes in time."""
    end = time.monotonic() + timeout_s
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what} within {timeout_s:g} s")
        time.sleep(every_s)


def _dies_with_parent(sent: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(sent)) and None


def start(
    command: list[str], log: Path, stop_signal: signal.Signals = signal.SIGTERM, **options: Any
) -> subprocess.Popen[bytes]:
    """Starts a server in its own session, so Ctrl-C does not reach it, with its output in `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_dies_with_parent(stop_signal),
            **options,
        )


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals = signal.SIGTERM, timeout_s: float = 10) -> None:
    """Asks the process to end; kills it and its descendants if it does not."""
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(stop_signal)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        for child in family:
            if child.is_running():
                child.kill()


@contextmanager
def running(
    command: list[str], log: Path, stop_signal: signal.Signals = signal.SIGTERM, **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    process = start(command, log, stop_signal, **options)
    try:
        yield process
    finally:
        stop(process, stop_signal)


@contextmanager
def redis_running(redis_socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    from digitsite.supervision import redis_command  # after the environment is set

    command = redis_command(redis_socket, redis_socket.parent)
    with running(command, redis_socket.with_suffix(".log")) as process:
        wait_until(lambda: _is_listening(redis_socket), 10, "Redis listens")
        yield process


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def postgres_folder() -> Path:
    """The folder of this process's PostgreSQL, for data and socket; it cannot read the folders of root."""
    return Path(tempfile.gettempdir()) / f"digitsite-postgresql-{os.getpid()}"


def postgres_program(name: str) -> str:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    program = shutil.which(name) or (str(debian[-1]) if debian else None)
    if not program:
        raise ServiceMissing(f"PostgreSQL is not installed: no {name} on PATH (Debian: apt-get install postgresql)")
    return program


@dataclass
class PostgresServer:
    """A private PostgreSQL on a socket in `postgres_folder()`, with an empty database `digitsite`."""

    folder: Path
    account: dict[str, Any]  # of the operating system, for subprocess
    process: subprocess.Popen[bytes] | None = None
    options: dict[str, str] = field(default_factory=dict)  # in place of those that make it fast

    @property
    def log(self) -> Path:
        return Path(tempfile.gettempdir()) / f"{self.folder.name}.log"

    def url(self, database: str = "digitsite") -> str:
        return f"postgres://digitsite@{str(self.folder).replace('/', '%2F')}/{database}"

    def initialize(self) -> None:
        initdb = [postgres_program("initdb"), "-D", str(self.folder / "data"), "-U", "digitsite", "-A", "trust"]
        command = [*initdb, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        result = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, **self.account)
        if result.returncode:
            raise RuntimeError(f"initdb failed: {result.stdout}{result.stderr}")

    def start(self) -> None:
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "fsync": "off"}
        options |= {"full_page_writes": "off", "max_connections": "60"} | self.options
        server = [postgres_program("postgres"), "-D", str(self.folder / "data")]
        command = [*server, *(f"--{name}={value}" for name, value in options.items())]
        self.process = start(command, self.log, signal.SIGINT, cwd=self.folder, **self.account)
        wait_until(lambda: self.run("SELECT 1").returncode == 0, 30, "PostgreSQL accepts connections")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """how: SIGINT as `pg_ctl stop -m fast`, SIGQUIT as `-m immediate`, which drops connections and work."""
        if self.process is not None:
            stop(self.process, how)

    def run(self, statement: str) -> subprocess.CompletedProcess[bytes]:
        psql = [postgres_program("psql"), "-h", str(self.folder), "-U", "digitsite", "-d", "postgres", "-qc", statement]
        return subprocess.run(psql, capture_output=True)

    def query(self, statement: str, database: str = "digitsite") -> str:
        """What it answers, without heads."""
        psql = [postgres_program("psql"), "-h", str(self.folder), "-U", "digitsite", "-d", database, "-qAtc", statement]
        return subprocess.run(psql, capture_output=True, text=True, check=True).stdout

    def create_database(self, name: str) -> str:
        """Returns its address."""
        self.run(f"CREATE DATABASE {name}").check_returncode()
        return self.url(name)


@contextmanager
def postgres_server(**options: str) -> Iterator[PostgresServer]:
    """options: of the server, such as fsync="on"; without them it is fast, not careful."""
    for program in ("initdb", "postgres", "psql"):
        postgres_program(program)
    folder = postgres_folder()
    folder.mkdir(mode=0o700)
    server = PostgresServer(folder, {}, options=options)
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        person = _unprivileged()
        os.chown(folder, person.pw_uid, person.pw_gid)
        server.account = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    try:
        server.initialize()
        try:
            server.start()
            server.create_database("digitsite")
            yield server
        finally:
            server.stop()
        server.log.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_running() -> Iterator[str]:
    """The address of the database `digitsite` of a private server."""
    with postgres_server() as server:
        yield server.url()


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServiceMissing("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


def chromium_program() -> str:
    """Prefers the headless shell: a full browser takes a third of a second longer for each page."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if program := shutil.which(name):
            return program
    raise ServiceMissing("no browser: neither chromium nor google-chrome on PATH (Debian: apt-get install chromium)")


def chromium_arguments() -> list[str]:
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return [*quiet, "--no-first-run", "--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@contextmanager
def worker_running(log: Path, queue: str = "inference", **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """The worker of a queue as `runsite` starts it; `variables` override this process's environment."""
    from digitsite.supervision import worker_command  # after the environment is set

    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"} | variables
    with running(worker_command(queue), log, cwd=BASE_DIR, env=environment) as process:
        wait_until(lambda: b" ready." in log.read_bytes() or process.poll() is not None, 30, "a worker is ready")
        if process.poll() is not None:
            raise RuntimeError(f"The worker ended: {log.read_text()}")
        yield process


def _has_ended(process: psutil.Process) -> bool:
    """Whether it has ended, even if its parent has not asked for the result."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@dataclass
class Site:
    """A real site: `manage.py runsite` with its own folder and port."""

    data_dir: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def prepare(cls, data_dir: Path, **variables: str) -> "Site":
        """A site that is not started yet; `variables` are settings."""
        data_dir.mkdir(parents=True, exist_ok=True)
        return cls(data_dir, free_port(), clean_environment() | {"DATA_DIR": str(data_dir)} | variables)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.environment.get('SCRIPT_NAME', '')}"

    @property
    def terminal(self) -> Path:
        """The output of `runsite`, which the operator reads."""
        return self.data_dir / "terminal.txt"

    def start(self, timeout_s: float = 90) -> None:
        self.terminal.write_bytes(b"")
        command = [sys.executable, "manage.py", "runsite", "--port", str(self.port)]
        self.process = start(command, self.terminal, cwd=BASE_DIR, env=self.environment)
        process = self.process
        is_ready = lambda: b"is ready" in self.terminal.read_bytes() or process.poll() is not None  # noqa: E731
        try:
            wait_until(is_ready, timeout_s, "the site is ready")
        except TimeoutError:
            self.stop()
            raise TimeoutError(self.report()) from None
        if process.poll() is not None:
            raise RuntimeError(self.report())

    def stop(self, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            stop(self.process, stop_signal, timeout_s=20)

    def manage(self, *command: str, stdin: str | None = None) -> str:
        """Runs a management command in the site's environment. Returns its output."""
        result = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=BASE_DIR,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if result.returncode:
            raise RuntimeError(f"{command}: {result.stdout}{result.stderr}")
        return result.stdout

    def create_user(self, name: str, password: str = "seven-of-nine-7", staff: bool = False) -> str:
        """Creates a person (staff: a superuser). Returns their API token."""
        kind = "create_superuser" if staff else "create_user"
        code = (
            "from django.contrib.auth.models import User; from django.core.management import call_command\n"
            f"User.objects.{kind}({name!r}, password={password!r})\n"
            f"call_command('create_token', {name!r})"
        )
        return self.manage("shell", "--no-imports", "-c", code).split()[-1]

    def processes(self) -> list[psutil.Process]:
        """The supervisor and its descendants."""
        if self.process is None or self.process.poll() is not None:
            return []
        top = psutil.Process(self.process.pid)
        return [top, *(each for each in top.children(recursive=True) if not _has_ended(each))]

    def program(self, name: str) -> psutil.Process | None:
        """The supervised process of that name (redis, web, inference, training, scheduler), or None."""
        from digitsite.supervision import program_pids  # after the environment is set

        pid = program_pids(self.data_dir).get(name)
        try:
            return psutil.Process(pid) if pid else None
        except psutil.NoSuchProcess:
            return None

    def report(self) -> str:
        """The last part of each log, for the message of a failing test."""
        files = [self.terminal, *sorted((self.data_dir / "logs").glob("*.log"))]
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)
