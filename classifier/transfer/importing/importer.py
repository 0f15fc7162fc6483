"""Carries out imports: first the batches of an export, then its drawings, chunk by chunk.

Runs in a process of its own (`manage.py run_import`), so it neither delays answers nor keeps its memory. After a
process is killed, the row says where another one continues. Drawings and batches are known by the id that they had
where they were made. Those that exist are left alone, except that recently deleted drawings are restored.
"""

import contextlib
import logging
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.db import DataError, IntegrityError

from classifier.errors import ImportRejected, StorageAway
from classifier.jobs import leases, trace
from classifier.models import Import
from classifier.transfer.export_format import Record

from . import jobs
from .batches import BatchImporter
from .chunks import Chunk, ChunkStore
from .drawings import DrawingImporter, Existing, find_existing
from .errors import Cancelled, RecordRejected, Stopped
from .jobs import FILES_AWAY, Status, claim, remove_file
from .reading.archive import Archive
from .reading.budget import Budget
from .reading.documents import Document
from .reading.validation import check_head, checked
from .removal import remove_imported
from .rows.fields import origin_of
from .rows.versions import find_versions

CHUNK = 100  # records
CHUNK_BYTES = 4 * 2**20  # of JSON
FILES_BYTES = 32 * 2**20  # of originals, after which a chunk is stored
CHUNK_S = 5.0  # of reading, after which a chunk is stored
TIMES_UNPACKED = 10  # times IMPORT_MAX_MB that a file may unpack to

log = logging.getLogger(__name__)


def run(public_id: uuid.UUID) -> Import | None:
    """Carries out an import or its removal, from where it was left. Returns None if another process holds it."""
    job = claim(public_id)
    if job is None:
        return None
    log.info("Import %s begins at %s", job.public_id, job.position)
    try:
        if job.status == Status.REMOVING:
            remove_imported(job)
        else:
            _import(job)
    except Cancelled:
        _end(job, Status.CANCELLED)
    except StorageAway as error:
        log.warning("Import %s waits: %s", job.public_id, error)
        leases.release(leases.held(job), error=FILES_AWAY, attempts=0)
    except Stopped:
        log.info("Import %s is no longer held by this process", job.public_id)
    job.refresh_from_db()
    return job


def run_all(public_id: uuid.UUID) -> int:
    """Carries out this import, then all others that wait. Returns how many it has carried out."""
    count = 0
    wanted: uuid.UUID | None = public_id
    while wanted is not None:
        count += run(wanted) is not None
        wanted = jobs.next_waiting()
        trace.begin({})  # the others belong to other requests
    return count


def _import(job: Import) -> None:
    try:
        with _opened(job) as (document, archive):
            Importer(job, document, archive).work()
    except (ImportRejected, FileNotFoundError) as error:
        sentence = str(error) if isinstance(error, ImportRejected) else "The file no longer exists. Import it again."
        _end(job, Status.FAILED, sentence)
        log.warning("Import %s ended early: %s", job.public_id, sentence)
    else:
        _end(job, Status.DONE)


def _end(job: Import, status: Import.Status, error: str = "") -> None:
    """Ends an import if this process still holds it."""
    if leases.finish(leases.held(job), status, error=error[:300]):
        remove_file(job)


@contextlib.contextmanager
def _opened(job: Import) -> Iterator[tuple[Document, Archive | None]]:
    budget = Budget(TIMES_UNPACKED * settings.IMPORT_MAX_MB * 2**20, job.unpacked)
    with job.file.storage.open(job.file.name or "", "rb") as opened:
        file = cast(BinaryIO, opened)
        is_zip = file.read(2) == b"PK"
        file.seek(0)
        archive = Archive(file, budget) if is_zip else None
        yield archive.document() if archive else Document(file, budget), archive


@dataclass(frozen=True)
class Entry:
    """A record of the file, or why it is rejected."""

    end: int  # position in the document
    record: Record | None
    remark: str  # on its file
    rejection: str = ""


class Importer:
    """One import's work on its document. Raises ImportRejected, here and later, if the document cannot be used."""

    def __init__(self, job: Import, document: Document, archive: Archive | None) -> None:
        try:
            check_head(document.head)
        except RecordRejected as error:
            raise ImportRejected(f"The beginning of this export cannot be used. {error}") from None
        self.document = document
        self.store = ChunkStore(job, document)
        versions = find_versions(job.owner, document.head["models"])
        self.batches = BatchImporter(self.store, archive)
        self.drawings = DrawingImporter(self.store, self.batches, archive, versions)
        Import.objects.filter(pk=job.pk).update(announced=document.head["count"])

    def work(self) -> None:
        """Stores the rest of the document. Raises Stopped."""
        for value in self.document.batches():
            self.batches.add(value)
        for entries in self._groups():
            self._import(entries)

    def _groups(self) -> Iterator[list[Entry]]:
        """Yields the rest of the records, at most CHUNK and about CHUNK_BYTES at a time, each group from one list."""
        is_past_batches = self.store.part != "batches"  # an earlier process has come that far
        position = self.store.position if is_past_batches else 0
        group: list[Entry] = []
        start = self.document.position
        try:
            for part, value in self.document.records(self.store.part, position, self.store.seen):
                if part != self.store.part:
                    yield group
                    self.store.part, group, start = part, [], self.document.position
                group.append(self._entry(part, value))
                if len(group) == CHUNK or self.document.position - start > CHUNK_BYTES:
                    yield group
                    group, start = [], self.document.position
        except ImportRejected:
            yield group  # what precedes the damaged place can be imported
            raise
        yield group

    def _entry(self, part: str, value: Any) -> Entry:
        end = self.document.position
        try:
            return Entry(end, *checked(part, value))
        except RecordRejected as error:
            return Entry(end, None, "", str(error))

    def _import(self, entries: list[Entry]) -> None:
        """Stores the new ones of these records, in one transaction or, with large originals, in several."""
        while entries:
            existing = self._existing(entries)
            begun, size, chunk = time.monotonic(), 0, Chunk()
            for entry in entries:
                try:
                    size += self._add(chunk, entry, existing)
                except ImportRejected:  # it exceeds the budget; what precedes it is stored
                    self._store(chunk, entries[: chunk.records])
                    raise
                chunk.records += 1
                chunk.end = entry.end
                if size > FILES_BYTES or time.monotonic() - begun > CHUNK_S:
                    break
            self._store(chunk, entries[: chunk.records])
            entries = entries[chunk.records :]

    def _existing(self, entries: list[Entry]) -> Existing:
        records = [entry.record for entry in entries if entry.record is not None]
        origins = {origin_of(record) for record in records} if self.store.part == "drawings" else set()
        batches = {uuid.UUID(record["batch"]) for record in records if record.get("batch") is not None}
        return find_existing(self.store.job.owner, origins, {self.batches.keys.get(name) or 0 for name in batches})

    def _add(self, chunk: Chunk, entry: Entry, existing: Existing) -> int:
        """Adds a record to a chunk, or why it is rejected. Returns the bytes of its original."""
        number = self.store.seen + chunk.records + 1 if self.store.part == "drawings" else None
        try:
            if entry.record is None:
                raise RecordRejected(entry.rejection)
            if number is not None:
                return self.drawings.add(chunk, entry.record, entry.remark, existing, number)
            self.batches.add_unread(chunk, entry.record, existing.batches)
        except RecordRejected as error:
            chunk.refused += number is not None
            chunk.problems.append((number, str(error) if number else f"A file that was not read: {error}"))
        return 0

    def _store(self, chunk: Chunk, entries: list[Entry]) -> None:
        try:
            self.store.commit(chunk)
        except (IntegrityError, DataError) as error:
            # A row has passed all checks, but the database rejects it. The others are stored without it.
            self.store.remove_files(chunk)
            log.warning("A chunk of import %s could not be stored: %s", self.store.job.public_id, error)
            self._store_singly(entries)
        except BaseException:
            self.store.remove_files(chunk)
            raise

    def _store_singly(self, entries: list[Entry]) -> None:
        existing = self._existing(entries)
        for entry in entries:
            chunk = Chunk(end=entry.end)
            self._add(chunk, entry, existing)
            chunk.records = 1
            try:
                self.store.commit(chunk)
            except (IntegrityError, DataError):
                self.store.remove_files(chunk)
                number = self.store.seen + 1 if self.store.part == "drawings" else None
                problems = [(number, "It could not be stored.")]
                self.store.commit(Chunk(end=entry.end, records=1, refused=int(number is not None), problems=problems))
