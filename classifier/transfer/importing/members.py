"""Finding the pictures of drawings in the archives of their batches."""

import logging
from typing import BinaryIO, cast

from django.conf import settings

from classifier.archives import directory, members
from classifier.errors import ArchiveRejected, StorageAway
from classifier.models import Batch

from .reading.documents import Document

MAX_ARCHIVES = 8  # that are remembered; the files of a person's batches may alternate in an export

log = logging.getLogger(__name__)


class BatchMembers:
    """The files in the archives of batches, by the batch's key."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._members: dict[int, members.Members | None] = {}

    def of(self, key: int) -> members.Members | None:
        """The files in a batch's archive; None if it has no readable archive. Raises ImportRejected."""
        if key not in self._members:
            while len(self._members) >= MAX_ARCHIVES:
                del self._members[next(iter(self._members))]
            self._members[key] = self._read(key)
        return self._members[key]

    def _read(self, key: int) -> members.Members | None:
        batch = Batch.objects.filter(pk=key).exclude(file="").first()
        if batch is None:
            return None
        try:
            with batch.file.open("rb") as opened:
                file = cast(BinaryIO, opened)
                contents = directory.find_contents(file)
                self._document.spend(contents.end - contents.start)  # bounds how often archives are read
                return members.find_members(file, settings.UPLOAD_MAX_MB * 2**20)
        except StorageAway:
            raise
        except (OSError, ArchiveRejected) as error:
            log.warning("The archive of batch %s cannot be read: %s", batch.public_id, error)
            return None
