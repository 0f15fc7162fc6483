"""The folders in which web servers count: each has its own, and those that killed servers have left are removed."""

import subprocess
import sys

import pytest

from digitsite.web import counts
from tests.environment import BASE_DIR

SERVER = """
import sys, pathlib
from digitsite.web import counts
counts.MEMORY = pathlib.Path(sys.argv[1])
print(counts.new_folder(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path):
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_folder_of_a_living_server_is_kept_and_that_of_a_killed_one_removed(server, tmp_path, monkeypatch):
    monkeypatch.setattr(counts, "MEMORY", tmp_path)
    folder = tmp_path / server.stdout.readline().strip()
    own = counts.new_folder()
    assert set(tmp_path.iterdir()) == {folder, own}
    assert own.stat().st_mode & 0o077 == 0
    server.kill()
    server.wait()
    assert set(tmp_path.iterdir()) == {folder, own}
    another = counts.new_folder()
    assert set(tmp_path.iterdir()) == {own, another}


def test_temporary_folder_serves_where_no_folder_is_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(counts, "MEMORY", tmp_path / "missing")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert counts.new_folder().parent == tmp_path
