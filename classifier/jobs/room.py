"""Room on the disk that holds DATA_DIR: whether it is full, and a reserve for the moment when it is.

The disk counts as full while some room is left: large uploads are refused then and batches wait, so that people can
still sign in and draw. If another program fills it completely, a ballast file gives way to the database.
"""

import errno
import logging
import os
import shutil
from pathlib import Path

from django.conf import settings

MB = 2**20
FULL = "The site's disk is full."
WAITS = f"{FULL} This goes on by itself when there is room again."

log = logging.getLogger(__name__)
_was_full = False


def free_mb() -> int:
    return free_bytes() // MB


def free_bytes() -> int:
    return shutil.disk_usage(settings.DATA_DIR).free


def size_bytes() -> int:
    return shutil.disk_usage(settings.DATA_DIR).total


def is_full() -> bool:
    return free_mb() < settings.DISK_RESERVE_MB


def check() -> None:
    """Raises OSError if the disk is full: what failed for a reason that a library does not tell may be due to that."""
    if is_full():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def look_after() -> None:
    """Makes or deletes the ballast, and logs when the disk becomes full or has room again."""
    global _was_full
    full = is_full()
    if full:
        give_way()
    elif free_mb() > 2 * settings.DISK_RESERVE_MB and not _ballast().exists():
        _make_ballast()
    if full != _was_full:
        state = "is full: large uploads are refused, and batches and imports wait" if full else "has room again"
        log.log(logging.ERROR if full else logging.INFO, "The disk of %s %s", settings.DATA_DIR, state)
    _was_full = full


def give_way() -> bool:
    """Deletes the ballast, so the database has room. Returns whether there was one."""
    try:
        _ballast().unlink()
    except FileNotFoundError:
        return False
    return True


def _ballast() -> Path:
    return Path(settings.DATA_DIR) / "run" / "ballast"


def _make_ballast() -> None:
    """Half the reserve: without it, the disk still counts as full."""
    path = _ballast()
    path.parent.mkdir(exist_ok=True, mode=0o700)
    try:
        with path.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, settings.DISK_RESERVE_MB * MB // 2)
            else:
                file.write(bytes(settings.DISK_RESERVE_MB * MB // 2))
    except OSError as error:
        log.warning("No room could be kept back on the disk: %s", error)
        path.unlink(missing_ok=True)
