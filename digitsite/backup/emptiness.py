"""Whether an installation is empty, so that a backup may take its place, and removing what its preparation made."""

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel

from classifier.digits.registry import bundled_checksums
from classifier.models import ModelVersion

from . import rows
from .errors import BackupError

# `migrate` and `register_bundled` fill these on every new installation.
PREPARED = {
    *("contenttypes.contenttype", "auth.permission"),
    *("classifier.modelversion", "classifier.activation", "training.measurement"),
}
MIGRATIONS = "django_migrations"


def check_empty() -> None:
    """Raises BackupError if the database holds more than its preparation puts there."""
    existing = set(connection.introspection.table_names())
    models = (model for model in rows.backed_up(apps) if model._meta.db_table in existing)
    filled = [
        str(model._meta.verbose_name_plural)
        for model in models
        if model._meta.label_lower not in PREPARED and _ask(f"SELECT 1 FROM {model._meta.db_table} LIMIT 1")  # noqa: S608
    ]
    if _own_versions(existing):
        filled.append("trained model versions")
    if filled:
        raise BackupError(
            f"A backup is restored only into an empty installation; this one has {', '.join(filled)}. Nothing was "
            "changed. Choose an empty database (DATABASE_URL) or a new folder (DATA_DIR), or move the old ones away."
        )


def check_alone() -> None:
    """Raises BackupError if other programs are connected to the database. In SQLite, a lock keeps them away."""
    if connection.vendor == "postgresql":
        others = _ask(
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        if others:
            names = ", ".join(sorted(name for (name,) in others if name))
            raise BackupError(
                f"Other programs{f' ({names})' if names else ''} use the database. Stop the site first: "
                "docker compose stop web inference training scheduler. Then restore again."
            )


def prepared_files() -> list[str]:
    """The names of the files of the bundled networks, which the backup replaces."""
    if ModelVersion._meta.db_table not in connection.introspection.table_names():
        return []
    columns = "tflite_file, keras_file, h5_file"
    return [name for row in _ask(f"SELECT {columns} FROM {ModelVersion._meta.db_table}") for name in row if name]  # noqa: S608


def drop_tables() -> None:
    """Drops the tables of an empty installation: a backup brings its own, in the version that it was made with."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    tables |= _tables_of_migrations() | {MIGRATIONS}
    with connection.schema_editor(atomic=False) as editor:
        for table in sorted(tables.intersection(connection.introspection.table_names())):
            editor.execute(editor.sql_delete_table % {"table": connection.ops.quote_name(table)})


def _tables_of_migrations() -> set[str]:
    """Tables that migrations create, those that later ones drop included: an interrupted restore may have left them."""
    return {
        operation.options.get("db_table") or f"{app}_{operation.name_lower}"
        for (app, _), migration in MigrationLoader(None).disk_migrations.items()
        for operation in migration.operations
        if isinstance(operation, CreateModel)
    }


def _own_versions(existing: set[str]) -> bool:
    table = ModelVersion._meta.db_table
    if table not in existing:
        return False
    known = bundled_checksums()
    return any(checksum not in known for (checksum,) in _ask(f"SELECT tflite_sha256 FROM {table}"))  # noqa: S608


def _ask(statement: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
