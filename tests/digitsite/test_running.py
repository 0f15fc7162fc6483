"""`manage.py runsite` and `make run`: one command starts everything, and one Ctrl-C stops everything."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests.environment import BASE_DIR
from tests.services import Site, start, stop, wait_until

PROGRAMS = {"redis", "web", "inference", "training", "scheduler", "watchdog"}


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def users_of(folder: Path) -> list[str]:
    """Command lines of the processes whose DATA_DIR is that folder."""
    commands = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DATA_DIR") == str(folder):
                commands.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return commands


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Empty for the first test, which checks a first start; later tests find a site in it."""
    return tmp_path_factory.mktemp("sites") / "with space and 100%"


@pytest.fixture
def site(folder):
    site = Site.prepare(folder)
    yield site
    site.stop()


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed (Debian: apt-get install make)")
def test_everything_starts_once_and_stops_for_good(site):
    site.start()
    first = site.terminal.read_text()
    assert f"digitsite is ready: {site.url}/" in first
    assert re.search(r"admin, password \S{16}", first)
    assert '"ok"' in get(f"{site.url}/readyz")
    assert all(site.program(name) for name in PROGRAMS)
    site.stop()
    assert users_of(site.data_dir) == []

    tables, statics = site.data_dir / "digitsite.sqlite3", site.data_dir / "static" / ".collected"
    collected = statics.stat().st_mtime_ns
    ctrl_c_on_make_run(site)
    assert "password" not in site.terminal.read_text()
    assert statics.stat().st_mtime_ns == collected
    assert tables.exists()
    assert users_of(site.data_dir) == []


def ctrl_c_on_make_run(site):
    """Sends the signal as a terminal does, to the whole process group of make."""
    command = ["make", "run", f"PORT={site.port}", "--old-file=.venv/local.stamp"]  # everything is installed
    site.terminal.write_bytes(b"")  # the output of an earlier start
    process = start(command, site.terminal, cwd=BASE_DIR, env=site.environment)
    try:
        wait_until(lambda: b"is ready" in site.terminal.read_bytes() or process.poll() is not None, 90, "it is ready")
        assert process.poll() is None, site.report()
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
    finally:
        stop(process)


def test_idle_connections_do_not_block_requests(breakable_site):
    """Browsers open spare connections; those of one class could hold every thread for seconds."""
    with ExitStack() as stack:
        for _ in range(90):
            stack.enter_context(socket.create_connection(("127.0.0.1", breakable_site.port)))
        urllib.request.urlopen(f"{breakable_site.url}/healthz", timeout=10).close()


def test_folder_in_use_is_rejected(breakable_site):
    second = Site.prepare(breakable_site.data_dir)
    result = run_to_its_end(second)
    assert result.returncode == 1
    assert "already runs" in result.stderr
    assert "Traceback" not in result.stderr
    assert '"ok"' in get(f"{breakable_site.url}/readyz")


def test_port_in_use_is_rejected(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        site = Site.prepare(tmp_path)
        site.port = taken.getsockname()[1]
        result = run_to_its_end(site)
    assert result.returncode == 1
    assert f"Port {site.port} on 127.0.0.1 is in use" in result.stderr
    assert "Traceback" not in result.stderr
    assert users_of(site.data_dir) == []


def run_to_its_end(site: Site) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "runsite", "--port", str(site.port)]
    return subprocess.run(command, cwd=BASE_DIR, env=site.environment, capture_output=True, text=True, timeout=30)


@pytest.mark.slow
def test_two_sites_run_side_by_side(breakable_site, site):
    site.start()
    site.create_user("only-here")
    assert '"ok"' in get(f"{breakable_site.url}/readyz")
    here, there = ({p.pid for p in one.processes()} for one in (site, breakable_site))
    assert here
    assert not here & there
    names = "from django.contrib.auth import get_user_model as m; print(list(m().objects.values_list('username')))"
    assert "only-here" in site.manage("shell", "--no-imports", "-c", names)
    assert "only-here" not in breakable_site.manage("shell", "--no-imports", "-c", names)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the death of a parent")
def test_programs_end_with_a_killed_supervisor(site):
    site.start()
    site.process.kill()
    wait_until(lambda: users_of(site.data_dir) == [], 15, "all processes ended")
