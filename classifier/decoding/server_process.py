"""The decoding server as seen by the process that uses it: started on demand, restarted, stopped."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from .limits import CHILDREN, TIME_S


class ServerProcess:
    """A decoding server of this process, started at the first connection and again when it has died.

    Processes that are forked from this one share the server. It ends with the process that started it.
    """

    def __init__(self, children: int = CHILDREN, file_bytes: int = 0) -> None:
        """file_bytes: memory of each child for files that are larger than a picture."""
        self._children, self._file_bytes = children, file_bytes
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._path = ""

    def connect(self) -> socket.socket:
        """Returns a connection to one of the server's children. Raises OSError."""
        for attempt in (1, 2):
            path = self._running()
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(2 * TIME_S)
            try:
                connection.connect(path)
            except OSError:
                connection.close()
                if attempt == 2:
                    raise
                self.stop()
            else:
                return connection
        raise AssertionError

    def stop(self) -> None:
        """Ends the server, if this process started it."""
        with self._lock:
            if self._process is not None and self._owner == os.getpid():
                self._process.kill()  # its children notice and end
                self._process.wait()
                shutil.rmtree(Path(self._path).parent, ignore_errors=True)
            self._process = None

    def _running(self) -> str:
        with self._lock:
            if self._process is None or not self._is_usable():
                self._start()
            return self._path

    def _is_usable(self) -> bool:
        """Whether our own server still runs, or the server belongs to the parent that forked this process."""
        if self._owner == os.getpid():
            return self._process is not None and self._process.poll() is None
        return self._owner == os.getppid()

    def _start(self) -> None:
        folder = tempfile.mkdtemp(prefix="digitsite-")
        self._path, self._owner = f"{folder}/decode.sock", os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "classifier.decoding", self._path, str(self._children), str(self._file_bytes)],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONDONTWRITEBYTECODE": "1",
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "MALLOC_ARENA_MAX": "1",  # each arena of a thread would count 64 MB of the memory limit
            },
        )
        if self._process.stdout is not None:  # always; the server writes a line when it is ready
            self._process.stdout.readline()
