"""The database: reachable, sound, and as this code expects it."""

from collections.abc import Iterator

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from classifier.models import triggers
from digitsite.logs.formats import without_secrets

from .findings import Finding, ok, wrong

MIGRATE = "Run `manage.py migrate` (a restart with `make run` or `docker compose up` does), after a backup."
RESTORE = "Stop the site and restore the database from a backup."


def check() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
    except Error as error:
        in_a_file = f"See whether DATA_DIR is right. If its file is damaged: {RESTORE}"
        remedy = in_a_file if connection.vendor == "sqlite" else "Start it, or correct DATABASE_URL."
        yield wrong(f"The database does not answer: {_first_line(error)}", remedy)
        return
    except Exception as error:  # Django refuses a version that is too old with errors of several kinds
        yield wrong(f"The database cannot be used: {_first_line(error)}", "Install the version that is named.")
        return
    findings = list(_content())
    yield from findings or [ok(f"The database ({_name()}) answers and has all migrations.")]


def _first_line(error: Exception) -> str:
    return without_secrets(next(iter(str(error).splitlines()), type(error).__name__))


def _name() -> str:
    return f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"


def _content() -> Iterator[Finding]:
    try:
        if connection.vendor == "sqlite":
            yield from _damage()
        executor = MigrationExecutor(connection)
        if newer := _newer(executor):
            yield wrong(
                f"The database was migrated by a newer version of the site ({', '.join(newer)}).",
                "Install that version again, or restore a backup from before it.",
            )
        elif missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
            names = ", ".join(str(migration) for migration, _ in missing[:3])
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            yield wrong(f"Migrations are missing in the database: {names}{more}.", MIGRATE)
        elif not triggers.exist():
            yield wrong("Triggers are missing in the database, so lists and searches show old values.", MIGRATE)
        cache = settings.CACHES["default"]["LOCATION"]
        if cache not in connection.introspection.table_names():
            yield wrong(f"The table {cache} is missing, so nobody can sign in.", "Run `manage.py createcachetable`.")
    except Error as error:
        yield wrong(f"The database cannot be read: {_first_line(error)}", RESTORE)


def _damage() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        said = str(cursor.fetchone()[0])
    if said != "ok":
        yield wrong(f"The file of the database is damaged: {' '.join(said.split())}", RESTORE)


def _newer(executor: MigrationExecutor) -> list[str]:
    """Applied migrations with a higher number than any that this code has of the app."""
    highest: dict[str, str] = {}
    for app, name in executor.loader.disk_migrations or {}:
        highest[app] = max(highest.get(app, ""), name[:4])
    return [
        f"{app}.{name}" for app, name in executor.loader.applied_migrations or {} if name[:4] > highest.get(app, "~")
    ]
