"""The folder in which the web processes of one server count for Prometheus, see classifier.http.metrics.counting.

It is in memory: on a full disk, writing to a mapped file would end the process. A lock shows that its server lives.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - on Linux; elsewhere the folder for temporary files serves
PREFIX = "digitsite-counts-"


def new_folder() -> Path:
    """Makes a folder that is this server's while one of its processes lives. Removes those that killed servers left."""
    parent = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for old in parent.glob(f"{PREFIX}*"):
        if (handle := _lock(old)) is not None:
            shutil.rmtree(old, ignore_errors=True)
            os.close(handle)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        # The lock is kept until this process and those that it forks end. Another server may be quicker than it.
        if _lock(folder) is not None and folder.exists():
            return folder


def _lock(folder: Path) -> int | None:
    """A handle with the lock on a folder; None if it is locked, gone or another user's."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
