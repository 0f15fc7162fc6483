"""The store of files that several machines share: what the site does with it, and what these machines must not keep."""

import os
import uuid
from collections.abc import Iterator

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from .findings import Finding, note, ok, wrong

FOLDER = "doctor"
PROBE = b"manage.py doctor"
RIGHTS = (
    "See S3_BUCKET, S3_ENDPOINT_URL, S3_REGION, S3_ACCESS_KEY and S3_SECRET_KEY. The key needs the rights to get, put "
    "and delete objects, and to list the bucket."
)
SHARED = "Give all machines of the site the same one, or ignore this if there is only this machine."


def check() -> Iterator[Finding]:
    if not settings.S3_BUCKET:
        yield ok("The files are in DATA_DIR, on this machine.")
        return
    where = f"the bucket {settings.S3_BUCKET}" + (f" of {settings.S3_ENDPOINT_URL}" if settings.S3_ENDPOINT_URL else "")
    try:
        findings = list(_use(where))
    except OSError as error:
        yield wrong(f"The files in {where} cannot be used: {error}", RIGHTS)
    else:
        yield from findings or [ok(f"The site can store, read, list and delete files in {where}.")]
    yield from _kept_here()


def _use(where: str) -> Iterator[Finding]:
    """Stores a small file, reads it, lists it and deletes it. Raises OSError."""
    name = default_storage.save(f"{FOLDER}/{uuid.uuid4()}", ContentFile(PROBE))
    try:
        with default_storage.open(name) as file:
            if file.read() != PROBE:
                yield wrong(f"A file in {where} is not read as it was stored.", "Do not use this store.")
        if name.rpartition("/")[2] not in default_storage.listdir(FOLDER)[1]:
            yield wrong(f"A file in {where} is not listed.", RIGHTS)
    finally:
        default_storage.delete(name)
    if default_storage.exists(name):
        yield wrong(f"A file in {where} cannot be deleted.", RIGHTS)


def _kept_here() -> Iterator[Finding]:
    """What only this machine has, although its files are where several machines can use them."""
    if not os.environ.get("SECRET_KEY"):
        yield note("The key that signs sessions is in DATA_DIR, on this machine only (SECRET_KEY).", SHARED)
    if connection.vendor == "sqlite":
        yield note("The database is a file on this machine (DATABASE_URL).", SHARED)
    if not os.environ.get("REDIS_URL"):
        yield note("Redis runs on this machine only (REDIS_URL).", SHARED)
