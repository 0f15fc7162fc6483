"""Many rows in one statement, prepared before the transaction that writes them.

Django's bulk_create takes a third of a millisecond for a batch's three rows of a digit, with SQLite's one write lock
held meanwhile; this takes a fifth of that, most of it before the lock. Signals and `save` are passed over, as there.
"""

import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

ROWS_AT_ONCE = 400  # of 20 columns; SQLite takes 32,766 values in a statement


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562, section 5.7): the time in ms, then 74 random bits.

    Those made together stand together in an index: to insert many, few of its pages are written.
    """
    chance = int.from_bytes(os.urandom(10))
    return uuid.UUID(int=time.time_ns() // 10**6 << 80 | 7 << 76 | (chance >> 68) << 64 | 2 << 62 | chance % 2**62)


class Rows:
    """Rows of one model that are to be inserted. What a row does not say comes from `shared`, or is the default."""

    def __init__(self, model: type[models.Model], shared: Mapping[str, Any], varying: Sequence[str]) -> None:
        """shared: values that all rows have; varying: the names of those that each row gives, in their order."""
        self.model = model
        self._varying = [_field(model, name) for name in varying]
        others = [field for field in model._meta.concrete_fields if not field.primary_key]
        others = [field for field in others if field.attname not in varying and field.name not in varying]
        given = [(field, _prepared(field, _shared(field, shared))) for field in others]
        given = [(field, value) for field, value in given if value is not None]  # NULL is what is not said
        self._fields = [*self._varying, *(field for field, _ in given)]
        self._shared = tuple(value for _, value in given)
        self._preparing = [_preparation(field) for field in self._varying]
        self._rows: list[list[Any]] = []

    def __getstate__(self) -> dict[str, Any]:
        """For another process: what is prepared stays so, and no more can be added."""
        return vars(self) | {"_preparing": []}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, *values: Any) -> None:
        """values: of `varying`, in its order; prepared now."""
        self._rows.append(
            [prepare(value) if prepare else value for prepare, value in zip(self._preparing, values, strict=True)]
        )

    def insert(self, first: Sequence[Any] = ()) -> list[int]:
        """Write all rows; returns their keys in order.

        first: what is known only now of the first of the varying values of each row: it goes in unchanged.
        """
        for row, value in zip(self._rows, first, strict=False):
            row[0] = value
        keys: list[int] = []
        with connection.cursor() as cursor:
            for start in range(0, len(self._rows), ROWS_AT_ONCE):
                some = self._rows[start : start + ROWS_AT_ONCE]
                values: list[Any] = []
                for row in some:
                    values += row
                    values += self._shared
                cursor.execute(self._statement(len(some)), values)
                keys += [key for (key,) in cursor.fetchall()]
        return keys

    def _statement(self, count: int) -> str:
        return _statement(self.model, tuple(field.column for field in self._fields), count)


@lru_cache(maxsize=32)
def _statement(model: type[models.Model], columns: tuple[str, ...], count: int) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    one = "(" + ", ".join(["%s"] * len(columns)) + ")"
    key = quote(model._meta.pk.column or "id")
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * count)} RETURNING {key}"  # noqa: S608 - no values


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return next(field for field in model._meta.concrete_fields if name in (field.name, field.attname))


def _shared(field: "models.Field[Any, Any]", shared: Mapping[str, Any]) -> Any:
    for name in (field.name, field.attname):
        if name in shared:
            return shared[name]
    return field.get_default()


def _preparation(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """What makes a value ready for the database; None for what is ready as it is."""
    if isinstance(field, models.IntegerField | models.FloatField | models.CharField | models.BooleanField):
        return None
    if isinstance(field, models.ForeignKey | models.BinaryField):
        return None  # bytes, and keys
    database = connections[DEFAULT_DB_ALIAS]  # itself: `connection` looks it up anew for each value
    if isinstance(field, models.JSONField):
        adapt = database.ops.adapt_json_value
        return lambda value: adapt(value, None)
    return lambda value: field.get_db_prep_save(value, database)


def _prepared(field: "models.Field[Any, Any]", value: Any) -> Any:
    return field.get_db_prep_save(value, connection)
