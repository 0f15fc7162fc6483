"""The rows of the tables as lines of JSON, the same for both databases.

Values are written as Django's serializers write them, and read with each field's own `to_python`. They are written
without saving instances, so nothing is computed anew: no dates of creation, no signals.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import date, time
from decimal import Decimal
from itertools import islice
from typing import Any, TypeAlias
from uuid import UUID

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connection, models
from django.db.utils import DataError, IntegrityError

from .errors import BackupError

# A session lets its bearer in; who reads a backup must not get into the site with it.
LEFT_OUT = {"sessions.session", "usersessions.usersession"}
AT_ONCE = 500  # rows in one statement
CHUNK = 2000  # rows that are read at once

Model = type[models.Model]
Column: TypeAlias = "models.Field[Any, Any]"


def backed_up(apps: Apps) -> list[Model]:
    """The models whose tables belong to a backup, by name; those between many-to-many fields too."""
    chosen = {
        model._meta.label_lower: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    }
    return [model for _, model in sorted(chosen.items())]


def columns(model: Model) -> list[Column]:
    return [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]


def lines(model: Model, names: list[str]) -> Iterator[str]:
    """All rows in the order of their keys."""
    for row in model._base_manager.order_by("pk").values_list(*names).iterator(chunk_size=CHUNK):
        yield json.dumps(row, default=_as_text, separators=(",", ":"))


def insert(model: Model, names: list[str], rows: Iterable[list[Any]]) -> Iterator[int]:
    """Inserts rows as they are. Yields how many it has just inserted.

    Raises BackupError if the table has other columns, or does not accept a row.
    """
    fields = {field.attname: field for field in columns(model)}
    if set(fields) != set(names):
        raise BackupError(f"The table of {model._meta.label} has other columns than the backup.")
    ordered, rows = [fields[name] for name in names], iter(rows)
    quoted = ", ".join(connection.ops.quote_name(str(field.column)) for field in ordered)
    statement = (
        f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({quoted}) "  # noqa: S608 - our own names
        f"VALUES ({', '.join(['%s'] * len(ordered))})"
    )
    while some := list(islice(rows, AT_ONCE)):
        try:
            with connection.cursor() as cursor:
                cursor.executemany(statement, [_values(ordered, row) for row in some])
        except (IntegrityError, DataError, ValueError) as error:
            raise BackupError(
                f"A row of {model._meta.label} with a key from {some[0][0]} to {some[-1][0]} cannot be stored: {error}"
            ) from error
        yield len(some)


def set_sequences(chosen: list[Model]) -> None:
    """Has PostgreSQL continue with keys after those inserted. SQLite does so by itself."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), chosen):
            cursor.execute(statement)


def _values(fields: list[Column], row: list[Any]) -> list[Any]:
    return [
        field.get_db_prep_save(None if value is None else field.to_python(value), connection)
        for field, value in zip(fields, row, strict=True)
    ]


def _as_text(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} cannot be backed up")
