"""What a request asks for and who sends it, told from its head without asking the database."""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from hashlib import blake2b

from django.conf import settings

TOKEN = re.compile(rb"\nauthorization:[ \t]*token[ \t]+([^\s]+)", re.IGNORECASE)  # as accounts.tokens
HTMX = re.compile(rb"\nhx-request:[ \t]*true", re.IGNORECASE)
DOWNLOAD = re.compile(r"/(api/v1/)?(export/[^/]+|(batches|stacks)/[^/]+/(archive/|(results|table)\.\w+))\Z")
EXPLANATION = re.compile(r"/(try|digits/[^/]+)/why/\Z")


class Kind(IntEnum):
    """In the order in which requests get a thread."""

    PROBE = 0  # by which operators see whether the site lives
    PAGE = 1  # and everything else that takes little
    ANSWER = 2  # something is read, and stored for people who have signed in
    PREVIEW = 3
    BULK = 4  # batches, imports, downloads of many digits


PROBES = {"/healthz", "/readyz", "/metrics"}
PREVIEWS = {"/drawings/preview/", "/try/preview/"}
ANSWERS = {"/drawings/", "/pictures/", "/samples/", "/try/drawing/", "/try/picture/", "/api/v1/digits/"}
STACKS = re.compile(r"(/api/v1)?(/sheets/[^/]+)?/stacks/")
BULK = {"/batches/", "/import/", "/again/", "/api/v1/batches/", "/api/v1/imports/"}


@dataclass(frozen=True)
class Asked:
    kind: Kind
    sender: int  # a number for a token or a person's session; 0 for visitors
    is_program: bool  # the sender is a token


def asked(head: bytes) -> Asked:
    """head: of a request, up to the empty line."""
    method, target = [*head.lstrip().split(b" ", 2), b"", b""][:2]
    path = target.partition(b"?")[0].decode("latin-1").removeprefix(settings.SCRIPT_NAME)
    token = TOKEN.search(head)
    named = token or _session().search(head)
    return Asked(_kind(method, path), _name(named[1]) if named else 0, token is not None)


def is_for_api(head: bytes) -> bool:
    target = [*head.lstrip().split(b" ", 2), b"", b""][1]
    return target.decode("latin-1").removeprefix(settings.SCRIPT_NAME).startswith("/api/v1/")


def _kind(method: bytes, path: str) -> Kind:
    if path in PROBES:
        return Kind.PROBE
    if method == b"POST":
        if path in ANSWERS:
            return Kind.ANSWER
        if path in PREVIEWS:
            return Kind.PREVIEW
        if path in BULK or STACKS.fullmatch(path):
            return Kind.BULK
    if DOWNLOAD.match(path):
        return Kind.BULK
    return Kind.ANSWER if EXPLANATION.match(path) else Kind.PAGE


@cache
def _session() -> re.Pattern[bytes]:
    name = re.escape(settings.SESSION_COOKIE_NAME.encode())
    return re.compile(rb"\ncookie:(?:[^\r\n]*?[; \t])?" + name + rb"=([^;\s]+)", re.IGNORECASE)


def _name(key: bytes) -> int:
    return int.from_bytes(blake2b(key, digest_size=8).digest()) or 1
