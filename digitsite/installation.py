"""What belongs to one installation: its secret key, its Redis, the names of its cookies, its place on the host."""

import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def secret_key(data_dir: Path, given: str) -> str:
    """The key that is given, else this installation's own, made at its first start."""
    if given:
        return given
    path = data_dir / "secret_key"
    if not path.exists():
        draft = data_dir / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            os.link(draft, path)  # the first process wins, and none reads half a key
        draft.unlink()
    return path.read_text()


def cookie_suffix(key: str, files: str) -> str:
    """What the names of this site's cookies end in. files: its folder or bucket.

    Browsers send cookies to all ports of a host, so two sites on one host need different names. It is the same for all
    containers and machines of a site, which share key and files. It changes with them, and then everybody signs in
    again.
    """
    return hmac.new(key.encode(), b"cookies of " + os.fsencode(files), hashlib.sha256).hexdigest()[:8]


def redis_socket(data_dir: Path) -> Path:
    """Where the embedded Redis listens: a socket that only this user can open."""
    path = data_dir / "run" / "redis.sock"
    if len(os.fsencode(path)) > 100:  # a socket's address has room for 107 bytes
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"digitsite-{os.getuid()}-{name}.sock"
    return path
