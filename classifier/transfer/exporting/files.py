"""What an export says of stored files."""

import logging

from django.db.models.fields.files import FieldFile

from classifier.decoding.formats import suffix
from classifier.errors import StorageAway
from classifier.models import Drawing
from classifier.transfer.export_format import ORIGINALS, Record

log = logging.getLogger(__name__)


def file_record(file: FieldFile, fields: Record) -> Record:
    """These fields with the size of a stored file, or with a note that it is missing."""
    try:
        return fields | {"bytes": file.storage.size(file.name or "")}
    except StorageAway:  # it is not missing: the download breaks off, and can be repeated
        raise
    except OSError as error:
        log.warning("%s is missing: %s", file.name, error)
        return fields | {"bytes": None, "missing": True}


def original_name(drawing: Drawing) -> str:
    """The name of a drawing's original in the ZIP."""
    return f"{ORIGINALS}{drawing.public_id}{suffix(drawing.original_format)}"
