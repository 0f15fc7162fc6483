"""Values of a record that a schema cannot check."""

import uuid
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from classifier.transfer.export_format import Record
from classifier.transfer.importing.errors import RecordRejected

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def moment(record: Record, name: str) -> datetime:
    """Raises RecordRejected if the date does not exist, is before 1990 or in the future."""
    try:
        value = datetime.fromisoformat(record[name])
        if EARLIEST <= value <= timezone.now() + timedelta(days=1):
            return value.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise RecordRejected(f"{name} must be a date that exists, from 1990 to today.")


def moment_or_none(record: Record, name: str) -> datetime | None:
    return None if record[name] is None else moment(record, name)


def text(record: Record, name: str) -> str:
    """Raises RecordRejected for characters that cannot be printed."""
    value: str = record[name]
    if value and not value.isprintable():
        raise RecordRejected(f"{name} has characters that cannot be printed.")
    return value


def integers(values: list[float]) -> list[int]:
    """JSON's 1.0 is an integer too."""
    return [int(value) for value in values]


def origin_of(record: Record) -> uuid.UUID:
    """The id of a drawing or batch in the account where it was made. It keeps it through all exports and imports."""
    return uuid.UUID(record["origin"] or record["id"])
