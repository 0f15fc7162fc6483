"""Importing batches, with their archives and the files in which no digit was found."""

import logging
import uuid
from typing import Any, cast

from django.conf import settings
from django.db import DataError, IntegrityError
from django.db.models import Q

from classifier.archives import survey
from classifier.errors import ArchiveRejected, ImportRejected
from classifier.models import Batch
from classifier.transfer.export_format import Record
from classifier.uploads.receiving import Incoming
from classifier.uploads.stored import new_file

from .chunks import Chunk, ChunkStore
from .errors import RecordRejected
from .reading.archive import Archive
from .reading.validation import checked
from .rows.batches import batch_row, unread_row
from .rows.fields import origin_of

MAX_BATCHES = 50_000  # in one file
DELETED = 0  # instead of a batch's key

log = logging.getLogger(__name__)


class BatchImporter:
    """Imports batches and maps the ids that the file gives them to their keys."""

    def __init__(self, store: ChunkStore, archive: Archive | None) -> None:
        self.store, self.archive = store, archive
        self.keys: dict[uuid.UUID, int | None] = {}  # None: it was rejected; DELETED: its owner has deleted it since
        self.new: set[int] = set()  # keys of those that this import has created

    def add(self, value: Any) -> None:
        """Imports the batch whose record was just read, unless it exists. Raises Stopped, ImportRejected."""
        end = self.store.document.position
        is_new = end > self.store.position  # otherwise an earlier process has handled it
        chunk, name, batch, is_deleted = Chunk(end=end), None, None, False
        try:
            record, remark = checked("batches", value)
            name = uuid.UUID(record["id"])
            batch = self._existing(record)
            if batch is None:
                made = batch_row(record, owner=self.store.job.owner, namespace=self.store.job.public_id)
                is_deleted = not is_new  # it was valid, so it was imported
                if is_new:
                    self._create(chunk, made, record["archive"], remark)
        except RecordRejected as error:
            name = _id_of(value)
            chunk.problems.append((None, f"A batch cannot be imported. {error}"))
        if is_new:
            self.store.part = "batches"
            self._store(chunk)
            batch = next(iter(chunk.batches), batch)
        if name is not None:
            self._remember(name, batch.pk if batch else DELETED if is_deleted else None)
        if batch is not None and batch.brought_by_id == self.store.job.pk:
            self.new.add(batch.pk)

    def add_unread(self, chunk: Chunk, record: Record, existing: set[int]) -> None:
        """Adds a file in which no digit was found, if its batch is new. Raises RecordRejected.

        existing: keys of batches.
        """
        name = uuid.UUID(record["batch"])
        key = self.keys.get(name)
        if name not in self.keys or (key in self.new and key not in existing):
            raise RecordRejected("Its batch is not here.")
        if key is not None and key in self.new:  # the files of other batches are known
            chunk.unread.append(unread_row(record, key))

    def _existing(self, record: Record) -> Batch | None:
        origin = origin_of(record)
        mine = Batch.objects.owned_by(self.store.job.owner).filter(Q(public_id=origin) | Q(origin=origin))
        return mine.only("pk", "brought_by").first()

    def _create(self, chunk: Chunk, batch: Batch, archive: Record | None, remark: str) -> None:
        """archive: the record of its file, without which the batch is imported if the file cannot be used."""
        batch.brought_by = self.store.job
        if archive is not None and self.archive is not None and not archive.get("missing"):
            try:
                self._keep_archive(chunk, batch, archive, self.archive)
            except RecordRejected as error:
                remark = str(error)
        if remark:
            shown = batch.name[-60:]
            chunk.problems.append((None, f"The batch “{shown}” is imported without its pictures. {remark}"))
        chunk.batches.append(batch)

    def _keep_archive(self, chunk: Chunk, batch: Batch, record: Record, archive: Archive) -> None:
        """Stores a batch's archive if it could be uploaded as a batch. Raises RecordRejected."""
        with Incoming(*new_file()) as copy:
            for piece in archive.batch(record["name"], settings.BATCH_MAX_MB * 2**20):
                copy.write(piece)
                self.store.give_heartbeat()
            copy.size = copy.tell()
            if record["bytes"] != copy.size:
                raise RecordRejected("Its archive does not have the size that the export says.")
            try:
                survey.survey(
                    cast(Any, copy.file),
                    files_at_most=settings.BATCH_MAX_FILES,
                    bytes_at_most=settings.BATCH_MAX_UNPACKED_MB * 2**20,
                )
            except ArchiveRejected as error:
                raise RecordRejected(f"Its archive cannot be used. {error}") from None
            copy.seek(0)
            self.store.keep_file(chunk, batch.file, f"{batch.public_id}.zip", copy)

    def _store(self, chunk: Chunk) -> None:
        try:
            self.store.commit(chunk)
        except (IntegrityError, DataError) as error:
            self.store.remove_files(chunk)
            log.warning("A batch of import %s could not be stored: %s", self.store.job.public_id, error)
            chunk.batches.clear()
            self.store.commit(Chunk(end=chunk.end, problems=[(None, "A batch could not be stored.")]))
        except BaseException:
            self.store.remove_files(chunk)
            raise

    def _remember(self, name: uuid.UUID, key: int | None) -> None:
        self.keys[name] = key
        if len(self.keys) > MAX_BATCHES:
            raise ImportRejected(f"This file has more than {MAX_BATCHES:,} batches. Import it in parts.")


def _id_of(value: Any) -> uuid.UUID | None:
    """The id of a rejected batch, so its drawings are imported without a problem for each."""
    try:
        return uuid.UUID(value["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
