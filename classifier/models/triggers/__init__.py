"""The triggers of the database: they copy what lists filter by, and keep the audit log as it was written.

They are not in the migrations: SQLite changes a table by building a new one, which drops the triggers of the old one
and fails at triggers of other tables that name it. `migrate` drops them first and creates them at its end.
"""

from typing import Any

from django.db import connections, transaction

from . import append_only, copies
from .copies import refreshing

__all__ = ["create", "drop", "exist", "refreshing"]


def exist(using: str = "default") -> bool:
    """Whether all triggers exist."""
    return {*copies.NAMES, *append_only.NAMES} <= _existing(using)


def create(using: str = "default", **_: Any) -> None:
    """Creates the triggers that are missing, and corrects all copies if one of theirs was. Ends each `migrate`."""
    if exist(using):
        return
    connection = connections[using]
    existing, tables = _existing(using), set(connection.introspection.table_names())
    statements: list[str] = []
    if not set(append_only.NAMES) <= existing and tables >= append_only.TABLES:
        statements += append_only.creating(connection.vendor)
    if not set(copies.NAMES) <= existing and set(copies.TABLES) <= tables:
        for trigger in copies.TRIGGERS:
            statements += copies.creating(connection.vendor, *trigger)
        statements += [copies.in_dialect(connection.vendor, each) for each in refreshing()]
    with transaction.atomic(using), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def drop(using: str = "default", plan: Any = (), **_: Any) -> None:
    """Drops the triggers before `migrate` changes their tables, if it has anything to change."""
    connection = connections[using]
    existing = set(connection.introspection.table_names()) if plan else set()
    with transaction.atomic(using), connection.cursor() as cursor:
        for name, table in {**copies.NAMES, **append_only.NAMES}.items():
            if table in existing:
                of_table = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{of_table}")


def _existing(using: str) -> set[str]:
    connection = connections[using]
    asking = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(asking)
        return {row[0] for row in cursor.fetchall()}
