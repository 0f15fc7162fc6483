"""Storing an import chunk by chunk: each in one transaction with how far it reaches."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from classifier.jobs import leases
from classifier.models import (
    Batch,
    BatchFile,
    Correction,
    Digit,
    Drawing,
    Import,
    ImportProblem,
    NumberCorrection,
    NumberReading,
    Prediction,
)

from .errors import Cancelled, Stopped
from .jobs import Status
from .reading.documents import Document
from .rows.drawings import NewDrawing

MAX_PROBLEMS = 500  # that are kept
HEARTBEAT_S = 2.0  # between heartbeats while a chunk takes long

Problem = tuple[int | None, str]  # the number of the drawing, or None for other records; a sentence


@dataclass
class Chunk:
    """The rows of a few records."""

    drawings: list[NewDrawing] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    unread: list[BatchFile] = field(default_factory=list)
    restored: list[int] = field(default_factory=list)  # keys of deleted drawings
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    known: int = 0
    refused: int = 0
    originals: int = 0
    files: list[FieldFile] = field(default_factory=list)  # stored before their rows
    end: int | None = None  # position in the document


def _create_dated(model: type[Correction] | type[NumberCorrection], rows: list[Any]) -> None:
    """Creates corrections with the dates at which they were changed."""
    changed = [row.changed for row in rows]
    model.objects.bulk_create(rows)
    for row, moment in zip(rows, changed, strict=True):
        row.changed = moment  # bulk_create has set it to now
    model.objects.bulk_update(rows, ["changed"])


class ChunkStore:
    """Stores chunks, and knows how far the import has come: `part`, `position` and `seen` as in its row."""

    def __init__(self, job: Import, document: Document) -> None:
        self.job, self.document = job, document
        self.part, self.position, self.seen = job.part, job.position, job.seen
        self._heartbeat = time.monotonic()

    def commit(self, chunk: Chunk) -> None:
        """Stores a chunk and how far it reaches, or nothing of both.

        Raises Stopped, and IntegrityError or DataError if the database rejects a row.
        """
        position = self.position if chunk.end is None else chunk.end
        seen = chunk.records if self.part == "drawings" else 0
        with transaction.atomic():
            self._check_lease()
            self._lock_batches(chunk)
            Batch.objects.bulk_create(chunk.batches)
            BatchFile.objects.bulk_create(chunk.unread)
            restored = Drawing.objects.deleted_by(self.job.owner).filter(pk__in=chunk.restored).update(deleted=None)
            self._create_drawings(chunk)
            self._create_problems(chunk)
            self._count(chunk, position=position, seen=seen, restored=restored)
        self.position, self.seen = position, self.seen + seen
        self.job.remarks += len(chunk.problems)

    def keep_file(self, chunk: Chunk, file: FieldFile, name: str, content: "File[bytes]") -> None:
        """Stores a file whose row the chunk will create."""
        name = file.field.generate_filename(file.instance, name)
        file.storage.delete(name)  # left by a process that was killed before it created the row
        file.name = file.storage.save(name, content)
        chunk.files.append(file)

    def remove_files(self, chunk: Chunk) -> None:
        """Deletes the files of a chunk that could not be stored."""
        for file in chunk.files:
            file.storage.delete(file.name or "")

    def give_heartbeat(self) -> None:
        """Renews the lease from time to time. Raises Stopped if this process no longer holds the import."""
        if time.monotonic() - self._heartbeat > HEARTBEAT_S:
            self._heartbeat = time.monotonic()
            if not leases.renew(leases.held(self.job)):
                raise Stopped

    def _check_lease(self) -> None:
        """Locks the import's row. Raises Stopped unless this process holds it, Cancelled if its owner wants that."""
        row = Import.objects.select_for_update().get(pk=self.job.pk)
        if row.holder != self.job.holder or row.status != Status.RUNNING:
            raise Stopped
        if row.cancel_asked:
            raise Cancelled

    def _lock_batches(self, chunk: Chunk) -> None:
        """Locks the batches that the chunk adds to. Raises IntegrityError if one of them is being deleted."""
        named = {new.drawing.batch_id for new in chunk.drawings} | {file.batch_id for file in chunk.unread}
        keys = {key for key in named if key is not None}
        if keys:
            mine = Batch.objects.owned_by(self.job.owner).filter(pk__in=keys)
            if len(mine.select_for_update().values_list("pk", flat=True)) < len(keys):
                raise IntegrityError("a batch has been deleted")

    def _create_drawings(self, chunk: Chunk) -> None:
        for new in chunk.drawings:
            new.drawing.brought_by = self.job
        Drawing.objects.bulk_create(new.drawing for new in chunk.drawings)
        Digit.objects.bulk_create(digit for new in chunk.drawings for digit in new.digits)
        Prediction.objects.bulk_create(prediction for new in chunk.drawings for prediction in new.predictions)
        NumberReading.objects.bulk_create(new.reading for new in chunk.drawings if new.reading is not None)
        _create_dated(NumberCorrection, [new.number for new in chunk.drawings if new.number is not None])
        _create_dated(Correction, [correction for new in chunk.drawings for correction in new.corrections])

    def _create_problems(self, chunk: Chunk) -> None:
        room = max(MAX_PROBLEMS - self.job.remarks, 0)
        ImportProblem.objects.bulk_create(
            ImportProblem(taken=self.job, drawing=number, sentence=sentence[:300])
            for number, sentence in chunk.problems[:room]
        )

    def _count(self, chunk: Chunk, *, position: int, seen: int, restored: int) -> None:
        Import.objects.filter(pk=self.job.pk).update(
            part=self.part,
            position=position,
            seen=F("seen") + seen,
            brought=F("brought") + len(chunk.drawings),
            known=F("known") + chunk.known,
            restored=F("restored") + restored,
            batches=F("batches") + len(chunk.batches),
            refused=F("refused") + chunk.refused,
            digits=F("digits") + sum(len(new.digits) for new in chunk.drawings),
            corrections=F("corrections") + sum(len(new.corrections) for new in chunk.drawings),
            originals=F("originals") + chunk.originals,
            remarks=F("remarks") + len(chunk.problems),
            unpacked=self.document.unpacked,
            heartbeat=timezone.now(),
            attempts=0,
        )
