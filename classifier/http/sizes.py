"""How large the body of a request may be: for the middleware, and for the web server before Django sees the request."""

import re

from django.conf import settings

RECEIVED = 4  # times the upload limit: slightly larger pictures are refused with a full answer, see `digits.intake`
BATCHES = ("/batches/", "/api/v1/batches/")  # received directly to disk, see classifier.uploads
STACKS = re.compile(r"(/api/v1)?(/sheets/[0-9a-f-]{36})?/stacks/")  # of sheets; received as batches are
IMPORTS = ("/import/", "/api/v1/imports/")
OVERHEAD = 1.05  # of a form around its files


def max_bytes(method: str, path: str, content_type: str) -> int:
    """The largest body that is read. path: as Django sees it, without SCRIPT_NAME."""
    if method == "POST" and (path in BATCHES + IMPORTS or STACKS.fullmatch(path)):
        return int(max_mb(path) * 2**20 * OVERHEAD)
    if content_type.startswith("multipart/"):
        return RECEIVED * int(settings.UPLOAD_MAX_MB) * 2**20
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


def max_mb(path: str) -> int:
    """The limit of this address, as the settings and the pages give it."""
    if path in BATCHES or STACKS.fullmatch(path):
        return int(settings.BATCH_MAX_MB)
    if path in IMPORTS:
        return int(settings.IMPORT_MAX_MB)
    return int(settings.UPLOAD_MAX_MB)
