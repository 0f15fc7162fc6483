"""Importing drawings, with their originals or their pictures in a batch."""

import contextlib
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from classifier.decoding.client import read_picture
from classifier.decoding.formats import suffix
from classifier.errors import PictureTooLarge, UnknownPictureFormat, UnreadablePicture
from classifier.models import Batch, Drawing
from classifier.recognition.errors import NoInk
from classifier.transfer.export_format import Record

from .batches import BatchImporter
from .chunks import Chunk, ChunkStore
from .errors import RecordRejected
from .members import BatchMembers
from .reading.archive import Archive
from .rows.drawings import new_drawing
from .rows.fields import origin_of
from .rows.versions import Versions


@dataclass
class Existing:
    """What a person has of the things that some records name."""

    known: set[uuid.UUID]  # origins of drawings
    deleted: dict[uuid.UUID, int]  # keys of recently deleted drawings, by their origins
    batches: set[int]  # keys


def find_existing(owner: User, origins: set[uuid.UUID], batches: set[int]) -> Existing:
    # Drawings in a batch that is being deleted count as gone.
    drawings = Drawing.objects.filter(owner=owner).exclude(batch__status=Batch.Status.DELETED)
    keys = Batch.objects.owned_by(owner).filter(pk__in=batches).values_list("pk", flat=True)
    existing = Existing(set(), {}, set(keys))
    for column in ("public_id", "origin"):  # each has an index
        rows = drawings.filter(**{f"{column}__in": origins}).values_list(column, "pk", "deleted")
        existing.known |= {name for name, _, deleted in rows if deleted is None}
        existing.deleted |= {name: key for name, key, deleted in rows if deleted is not None}
    return existing


class DrawingImporter:
    """Adds drawings to chunks."""

    def __init__(self, store: ChunkStore, batches: BatchImporter, archive: Archive | None, versions: Versions) -> None:
        self.store, self.batches, self.archive, self.versions = store, batches, archive, versions
        self._members = BatchMembers(store.document)

    def add(self, chunk: Chunk, record: Record, remark: str, existing: Existing, number: int) -> int:
        """Adds a drawing unless it is known. Returns the bytes of its original. Raises RecordRejected.

        remark: what is wrong with its original, if anything. number: of the drawing in the file, from 1.
        """
        origin = origin_of(record)
        if origin in existing.known or origin in existing.deleted:
            chunk.known += 1
            if origin not in existing.known:
                chunk.restored.append(existing.deleted[origin])
                existing.known.add(origin)
            return 0
        new = new_drawing(
            record, owner=self.store.job.owner, namespace=self.store.job.public_id, versions=self.versions
        )
        size = 0
        if record.get("batch") is not None:
            remark = self._link(new.drawing, record, existing) or remark
        elif record["original"] is not None and self.archive is not None and not record["original"].get("missing"):
            try:
                size = self._keep_original(chunk, new.drawing, record["original"], self.archive)
                chunk.originals += 1
            except RecordRejected as error:
                remark = str(error)
        if remark:
            chunk.problems.append((number, f"{remark} The drawing is imported without it."))
        existing.known.add(origin)
        chunk.drawings.append(new)
        return size

    def _link(self, drawing: Drawing, record: Record, existing: Existing) -> str:
        """Puts a drawing into its batch and finds its picture there. Returns a remark if it is without one of them.

        Raises RecordRejected if the batch has been deleted.
        """
        name = uuid.UUID(record["batch"])
        key = self.batches.keys.get(name)
        if key is None:  # of a rejected batch there is a problem already
            drawing.member = drawing.original_format = ""
            return "" if name in self.batches.keys else "Its batch is not in the export."
        if key not in existing.batches:
            raise RecordRejected("Its batch has been deleted meanwhile.")
        drawing.batch_id = key
        members = self._members.of(key)
        if members is None:
            return ""
        drawing.member_at = members.find(drawing.member, record["member"]["at"])
        return "Its picture is not in the archive of its batch." if drawing.member_at is None else ""

    def _keep_original(self, chunk: Chunk, drawing: Drawing, record: Record, archive: Archive) -> int:
        """Stores an original if it is a picture, under a new name. Returns its bytes. Raises RecordRejected."""
        kind = record["format"]
        data = archive.original(record["name"], settings.UPLOAD_MAX_MB * 2**20)
        if record["bytes"] != len(data):
            raise RecordRejected("Its original does not have the size that the export says.")
        with contextlib.suppress(NoInk):  # an empty picture is a picture
            try:
                limit = round(settings.PICTURE_MAX_MEGAPIXELS * 1e6)
                kind = read_picture(data, limit, page=1, one_digit=True).format
            except (PictureTooLarge, UnknownPictureFormat, UnreadablePicture) as error:
                raise RecordRejected(f"Its original cannot be used. {error}") from None
        self.store.keep_file(chunk, drawing.original, f"{drawing.public_id}{suffix(kind)}", ContentFile(data))
        drawing.original_format, drawing.original_size = kind, len(data)
        return len(data)
