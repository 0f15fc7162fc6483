"""Exports as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from django.contrib.auth.models import User
from django.utils import timezone

from classifier.models import BatchQuerySet, DigitQuerySet

from .records import SCHEMA, VERSION, Record, batch, date, in_turn, records, unread, version_records
from .selection import there_now

PIECE = 2**16  # bytes sent at a time, about


def as_json(owner: User, digits: DigitQuerySet, *, is_all: bool = True) -> Iterator[bytes]:
    """One JSON document with a drawing on each line. What can go wrong does so before the first piece is asked for.

    is_all: with all of the owner's batches; else with those that the digits came from alone.
    """
    return json_pieces(owner, *there_now(owner, digits, is_all))


def json_pieces(owner: User, digits: DigitQuerySet, batches: BatchQuerySet) -> Iterator[bytes]:
    versions = version_records(owner)
    head = {
        "schema": SCHEMA,
        "version": VERSION,
        "exported": date(timezone.now()),
        "count": digits.order_by().values("drawing_id").distinct().count(),
        "models": [model for known in versions.values() for model in known.values()],
    }
    lists = {
        "batches": map(batch, in_turn(batches)),  # first, so that a reader knows them when drawings name them
        "drawings": chain.from_iterable(records(digits, versions)),
        "unread": unread(batches),
    }
    return in_pieces(_json_lines(head, lists))


def _json_lines(head: Record, lists: Mapping[str, Iterable[Record]]) -> Iterator[bytes]:
    yield _packed(head)[:-1]
    for name, found in lists.items():
        yield f',\n"{name}":['.encode()
        before = b"\n"
        for record in found:
            yield before + _packed(record)
            before = b",\n"
        yield b"\n]"
    yield b"}\n"


def _packed(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":"), allow_nan=False).encode()


def in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about PIECE: fewer steps for whoever sends them."""
    waiting, size = list[bytes](), 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
