"""The folder of the installation: who owns its files, who may read and change them, and room on its disk."""

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from classifier.jobs import room

from .findings import Finding, note, ok, wrong

EXAMINED = ("", "*", "run/*", "logs/*", "media/*")  # patterns below DATA_DIR; media has files without number


def check_permissions() -> Iterator[Finding]:
    folder = Path(settings.DATA_DIR)
    owner = folder.stat().st_uid
    if os.geteuid() not in (0, owner):
        yield wrong(
            f"This command runs as {_name(os.geteuid())}, but {folder} belongs to {_name(owner)}.",
            f"Run it, and everything else of the site, as {_name(owner)}.",
        )
    findings = [finding for path in _examined(folder) for finding in _of_path(path, owner)]
    key = folder / "secret_key"
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        findings.append(wrong(f"Other users of this machine can read {key}, which signs sessions.", f"chmod 600 {key}"))
    yield from findings or [ok(f"The site can write in {folder}, and nobody else can.")]


def _examined(folder: Path) -> list[Path]:
    paths = [folder]
    for pattern in EXAMINED[1:]:
        paths += [path for path in sorted(folder.glob(pattern)) if not path.is_symlink()]
    return paths


def _of_path(path: Path, owner: int) -> Iterator[Finding]:
    try:
        status = path.stat()
    except FileNotFoundError:  # removed meanwhile
        return
    if status.st_uid != owner:
        yield wrong(
            f"{path} belongs to {_name(status.st_uid)}, but the site's folder to {_name(owner)}.",
            f"chown -R {_name(owner)} {path}",
        )
    elif not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0)) and not stat.S_ISSOCK(status.st_mode):
        yield wrong(f"{path} cannot be written.", "Mount its disk for writing, or give its owner the right: chmod u+w.")
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        yield wrong(f"Everybody on this machine can change {path}.", f"chmod o-w {path}")


def _name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:  # as in many containers
        return f"user {user_id}"


def check_disk() -> Iterator[Finding]:
    folder, free, reserve = settings.DATA_DIR, room.free_mb(), settings.DISK_RESERVE_MB
    more = f"Delete what is not needed on the disk of {folder}, or give it more room; waiting work goes on by itself."
    if room.is_full():
        yield wrong(
            f"The disk is full: {free:,} MB are left, fewer than DISK_RESERVE_MB={reserve}. Large uploads are refused, "
            "batches and imports wait.",
            more,
        )
    elif free < reserve + settings.BATCH_MAX_MB:
        yield note(f"{free:,} MB are left on the disk, less than the largest batch takes.", more)
    else:
        yield ok(f"{free:,} MB are left on the disk.")
    inodes = os.statvfs(folder)
    if inodes.f_files and inodes.f_favail < 1000:
        yield wrong(f"The disk can hold only {inodes.f_favail} more files.", "Delete files that are not needed.")
