"""Signs of life of the processes on this machine, and the end of those that give none.

A supervisor starts a process again that has died, not one that hangs. So each worker sets the time of a file every few
seconds, and `python signs_of_life.py watch FOLDER` kills processes that do not; the supervisor starts them again. In a
container, `check FOLDER` does the same once as its health check. Long work is no silence: a thread gives the signs.

The time of a file is the machine's uptime: it does not jump with the clock, and Redis and the disk may be away or full.
A process holds a lock on its file while it lives, so none is mistaken for one that has died. Loads nothing of the site.
"""

import contextlib
import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path

EVERY_S = 3.0
SILENT_S = 20.0
UPTIME_AT_MOST_S = 1e9  # before its first sign, a file has the time of day; its process has yet to lock it
LOOKS = 8  # one second apart: a process that was paused together with the one that looks gives a sign within these


def give(name: str, folder: Path) -> None:
    """Gives signs of life of this process from now on until it ends."""
    file = folder / f"{name}.{os.getpid()}@{os.uname().nodename}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock, not held by forked children
    except OSError as error:  # the disk is full, for example: work goes on without being watched
        sys.stderr.write(f"This process gives no signs of life: {error}\n")
        return
    threading.Thread(target=_give, args=(handle,), name="sign of life", daemon=True).start()


def _give(handle: int) -> None:
    while True:
        now = time.monotonic()
        os.utime(handle, (now, now))
        time.sleep(EVERY_S)


def silent(folder: Path) -> dict[Path, float]:
    """The files of living processes of this machine that have given no sign for too long, with their last sign."""
    last_of_file = {}
    for file in folder.glob(f"*@{os.uname().nodename}"):
        last = file.stat().st_mtime
        if time.monotonic() - last <= SILENT_S:
            continue
        if _has_ended(file):
            file.unlink(missing_ok=True)
        else:
            last_of_file[file] = last
    return last_of_file


def last_signs(folder: Path) -> dict[str, list[float]]:
    """Of the living processes of this machine: the seconds since the last sign of each, by name."""
    silences: dict[str, list[float]] = {}
    for file in folder.glob(f"*@{os.uname().nodename}"):
        with contextlib.suppress(FileNotFoundError):  # the watchdog has just removed it
            silent_s = time.monotonic() - file.stat().st_mtime
            # Before its first sign, a process has yet to lock its file, which must not be in its way.
            if silent_s >= 0 and not _has_ended(file):
                name = file.name.partition("@")[0].rsplit(".", 1)[0]
                silences.setdefault(name, []).append(silent_s)
    return silences


def living(folder: Path) -> set[str]:
    """The names of the processes that live and have given a sign, also of other machines that share the folder."""
    names = set()
    for file in folder.glob("*@*"):
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_mtime < UPTIME_AT_MOST_S and not _has_ended(file):
                names.add(file.name.partition("@")[0].rsplit(".", 1)[0])
    return names


def _has_ended(file: Path) -> bool:
    with file.open("a") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def end_silent(folder: Path) -> list[str]:
    """Kills the silent processes. Returns their names. Takes LOOKS seconds if there are any."""
    before = silent(folder)
    for _ in range(LOOKS if before else 0):
        time.sleep(1)  # one sleep of LOOKS seconds would be over at once after a pause of the machine
    ended = []
    for file in (file for file, last in silent(folder).items() if before.get(file) == last):
        name, pid = file.name.partition("@")[0].rsplit(".", 1)
        os.kill(int(pid), signal.SIGKILL)
        ended.append(name)
        sys.stdout.write(f"{name} (process {pid}) gave no sign of life for {SILENT_S:g} s and was killed.\n")
        sys.stdout.flush()
    return ended


def _watch(folder: Path) -> None:
    while True:
        try:
            end_silent(folder)
        except OSError as error:  # a process has ended meanwhile
            sys.stderr.write(f"Signs of life could not be read: {error}\n")
        time.sleep(EVERY_S)


if __name__ == "__main__":
    command, given = sys.argv[1:]
    if command == "watch":
        _watch(Path(given))
    is_alive = not end_silent(Path(given)) and any(Path(given).glob(f"*@{os.uname().nodename}"))
    sys.exit(not is_alive)
