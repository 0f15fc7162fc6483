"""The picture file that a digit came from."""

import logging
from typing import BinaryIO

from classifier.archives import directory, members
from classifier.errors import NotFound, StorageAway
from classifier.models import Drawing
from classifier.recognition.errors import ClassifierError

log = logging.getLogger(__name__)


def member_bytes(drawing: Drawing) -> bytes:
    """The picture file of a batch's drawing, read from the archive.

    Raises NotFound if it is gone, or StorageAway.
    """
    batch = drawing.batch
    try:
        if batch is None or drawing.member_at is None or not batch.file:
            raise FileNotFoundError
        with batch.file.open("rb") as opened:
            file: BinaryIO = opened  # type: ignore[assignment]  # Django's stubs do not say so
            entry = next(directory.entries(file, directory.find_contents(file), drawing.member_at))
            return members.unpack(file, entry.where)
    except StorageAway:
        raise
    except (OSError, ClassifierError, StopIteration) as error:
        log.error("The picture of %s cannot be read from its batch: %r", drawing.public_id, error)
        raise NotFound("The file of this picture is gone.") from error


def original_bytes(drawing: Drawing) -> bytes:
    """The picture file of a drawing. Raises NotFound or OSError if it is gone, or StorageAway."""
    if not drawing.original:
        return member_bytes(drawing)
    with drawing.original.open("rb") as file:
        return bytes(file.read())
