"""Exports as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.module_loading import import_string

from classifier.models import BatchQuerySet, DigitQuerySet
from classifier.transfer.export_format import SCHEMA, VERSION, Record

from . import FURTHER_LISTS
from .acts import staff_act_records
from .batches import batch_record, unread_records
from .drawings import drawing_records
from .pieces import in_pieces
from .records import oldest_first, timestamp
from .selection import existing_now
from .versions import version_records
from .ways_in import ways_in


def as_json(owner: User, digits: DigitQuerySet, *, is_all: bool = True) -> Iterator[bytes]:
    """Yields the bytes of a JSON document with one record on each line.

    Errors in the selection are raised before the first piece. is_all: whether to include all batches of the owner, or
    only those that the digits belong to.
    """
    return in_pieces(json_lines(owner, *existing_now(owner, digits, is_all), is_all=is_all))


def json_lines(owner: User, digits: DigitQuerySet, batches: BatchQuerySet, *, is_all: bool) -> Iterator[bytes]:
    """is_all: whether to include how the owner signs in, and what staff did with the owner's things."""
    versions = version_records(owner)
    head = {
        "schema": SCHEMA,
        "version": VERSION,
        "exported": timestamp(timezone.now()),
        "count": digits.order_by().values("drawing_id").distinct().count(),
        "models": [model for known in versions.values() for model in known.values()],
        **(ways_in(owner) if is_all else {}),
    }
    lists: dict[str, Iterable[Record]] = {
        "batches": map(batch_record, oldest_first(batches)),  # before the drawings, which refer to them
        "drawings": chain.from_iterable(drawing_records(digits, versions)),
        "unread": unread_records(batches),
    }
    if is_all:
        lists["staff_acts"] = staff_act_records(owner)
        lists |= {name: import_string(function)(owner) for name, function in FURTHER_LISTS.items()}
    return _lines(head, lists)


def _lines(head: Record, lists: Mapping[str, Iterable[Record]]) -> Iterator[bytes]:
    yield _as_json(head)[:-1]
    for name, records in lists.items():
        yield f',\n"{name}":['.encode()
        separator = b"\n"
        for record in records:
            yield separator + _as_json(record)
            separator = b",\n"
        yield b"\n]"
    yield b"}\n"


def _as_json(record: Record) -> bytes:
    return json.dumps(record, separators=(",", ":"), allow_nan=False).encode()
