"""Taking in an export: batches, then drawings, some at a time, each chunk in one transaction with how far it got.

Runs in a process of its own (`manage.py run_import`), so that it neither holds up answers nor keeps its memory. Who
is killed leaves a row that says where to go on. What was there already is known by the name that it had where it was
made first, and left alone; what of that lies among the recently deleted is brought back.
"""

import contextlib
import logging
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import DataError, IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from classifier.archives import directory, members, survey
from classifier.batches.storage import local_file, new_file
from classifier.batches.uploads import Incoming
from classifier.decoding.client import read_picture
from classifier.errors import ArchiveRefused, ImportRefused, PictureTooLarge, UnknownPictureFormat, UnreadablePicture
from classifier.jobs import leases
from classifier.models import (
    Batch,
    BatchFile,
    Correction,
    Digit,
    Drawing,
    ForeignVersion,
    Import,
    ImportProblem,
    ModelVersion,
    Prediction,
)
from classifier.recognition.errors import NoInk

from . import jobs
from .documents import Budget, Document, Unusable
from .files import Archive
from .jobs import Status, claim, remove_file
from .records import (
    Brought,
    Versions,
    announced,
    batch_of,
    brought,
    models_of,
    name_of,
    origin_of,
    original_format,
    unread_of,
)

CHUNK = 100  # drawings looked at together
CHUNK_BYTES = 4 * 2**20  # of JSON
FILES_BYTES = 32 * 2**20  # of originals, after which a chunk is stored as it is
CHUNK_S = 5.0  # of reading, the same
SIGN_S = 2.0  # between two signs of life while an archive is copied
MOST_BATCHES = 50_000  # in one file
GONE = 0  # instead of a batch's key
ARCHIVES_AT_ONCE = 8  # whose members are remembered: a person's batches are read side by side
TIMES_UNPACKED = 10  # that a file may come to, of the largest that is taken
PROBLEMS_KEPT = 500
REMOVED_AT_ONCE = 200

log = logging.getLogger(__name__)


class Stopped(Exception):
    """Somebody else has the import now, or it was cancelled; the row says which."""


@dataclass
class Chunk:
    """What a few drawings, or what could not be read, or one batch come to."""

    brought: list[Brought] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    unread: list[BatchFile] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)  # keys of drawings that are to be brought back
    problems: list[tuple[int | None, str]] = field(default_factory=list)  # which of the drawings, and a sentence
    seen: int = 0
    known: int = 0
    refused: int = 0
    originals: int = 0
    files: list[FieldFile] = field(default_factory=list)  # stored, whose rows are not yet


@dataclass
class Here:
    """What this person has already of what some drawings name."""

    known: set[uuid.UUID]  # where they were made first
    deleted: dict[uuid.UUID, int]  # the same of those deleted lately, and their keys
    batches: set[int]


def run(public_id: uuid.UUID) -> Import | None:
    """Carry an import out, or its taking back, from where it stands; None when another process has it."""
    taken = claim(public_id)
    if taken is None:
        return None
    try:
        if taken.status == Status.REMOVING:
            _remove(taken)
        else:
            _take_in(taken)
    except Cancelled:
        _end(taken, Status.CANCELLED)
    except Stopped:
        log.info("Import %s goes no further here", taken.public_id)
    taken.refresh_from_db()
    return taken


def run_all(public_id: uuid.UUID) -> int:
    """Carry out this import and then whichever others wait; returns how many."""
    count = 0
    wanted: uuid.UUID | None = public_id
    while wanted is not None:
        count += run(wanted) is not None
        wanted = jobs.next_waiting()
    return count


def _take_in(taken: Import) -> None:
    try:
        with _opened(taken) as (document, archive):
            Importer(taken, document, archive).work()
    except (ImportRefused, FileNotFoundError) as error:
        sentence = str(error) if isinstance(error, ImportRefused) else "The file is no longer here. Import it again."
        _end(taken, Status.FAILED, sentence)
        log.warning("Import %s ended early: %s", taken.public_id, sentence)
    else:
        _end(taken, Status.DONE)


@contextlib.contextmanager
def _opened(taken: Import) -> Iterator[tuple[Document, Archive | None]]:
    budget = Budget(TIMES_UNPACKED * settings.IMPORT_MAX_MB * 2**20, taken.unpacked)
    with taken.file.storage.open(taken.file.name or "", "rb") as opened:
        file = cast(BinaryIO, opened)
        is_zip = file.read(2) == b"PK"
        file.seek(0)
        if not is_zip:
            yield Document(file, budget), None
            return
        with contextlib.closing(Archive(file, budget)) as archive:
            yield archive.document(), archive


class Cancelled(Stopped):
    """Its owner has cancelled it."""


class Importer:
    """One import's work on its document."""

    def __init__(self, taken: Import, document: Document, archive: Archive | None) -> None:
        self.taken, self.document, self.archive = taken, document, archive
        self.versions = self._versions()
        self.part, self.position, self.seen = taken.part, taken.position, taken.seen
        # Keys by what the file calls them; None: it could not be taken; GONE: its owner has deleted it since.
        self.batches: dict[uuid.UUID, int | None] = {}
        self.new_batches: set[int] = set()  # those of them that this import has brought
        self._members: dict[int, members.Members | None] = {}
        self._signed = time.monotonic()
        Import.objects.filter(pk=taken.pk).update(announced=announced(document.head))

    def work(self) -> None:
        """Store all that is left of the document. Raises ImportRefused where it cannot be read on, and Stopped."""
        for (given,) in self.document.batches():
            self._take_batch(given)
        is_behind = self.part != "batches"  # where an earlier process has come to
        things = self.document.things(self.part, self.position if is_behind else 0, self.seen)
        group: list[tuple[int, Any]] = []  # and where each ends
        start = self.document.position
        while True:
            try:
                part, given = next(things, ("", None))
            except ImportRefused:
                self._look_at(group)  # what came before a damaged place is as good as the rest
                raise
            if part != self.part:
                self._look_at(group)
                self.part, group, start = part or self.part, [], self.document.position
            if not part:
                return
            group.append((self.document.position, given))
            if len(group) == CHUNK or self.document.position - start > CHUNK_BYTES:
                self._look_at(group)
                group, start = [], self.document.position

    def _versions(self) -> Versions:
        """Who answered, by checksum: this site's own versions where it has them, else what the file says of them."""
        models = {model.sha256: model for model in models_of(self.document.head)}
        found: dict[str, ModelVersion | ForeignVersion] = {}
        foreign = [
            ForeignVersion(owner=self.taken.owner, name=model.name, architecture=model.architecture, tflite_sha256=key)
            for key, model in models.items()
        ]
        ours = ModelVersion.objects.only("pk", "tflite_sha256")
        with transaction.atomic():
            found |= {version.tflite_sha256: version for version in ours.filter(tflite_sha256__in=models)}
            unknown = [version for version in foreign if version.tflite_sha256 not in found]
            ForeignVersion.objects.bulk_create(unknown, ignore_conflicts=True)
            theirs = ForeignVersion.objects.filter(owner=self.taken.owner, tflite_sha256__in=models)
            found |= {version.tflite_sha256: version for version in theirs if version.tflite_sha256 not in found}
        return found

    def _take_batch(self, given: Any) -> None:
        """Bring the batch whose record has just been read, unless it is here. Raises Stopped, ImportRefused."""
        is_new = self.document.position > self.position  # else an earlier process has dealt with it
        name, batch, is_gone, chunk = None, None, False, Chunk()
        try:
            origin = origin_of(given, "A batch")
            name = name_of(given, "id")
            mine = Batch.objects.owned_by(self.taken.owner).filter(Q(public_id=origin) | Q(origin=origin))
            batch = mine.only("pk", "brought_by").first()
            if batch is None:
                made = batch_of(given, owner=self.taken.owner, namespace=self.taken.public_id)
                is_gone = not is_new  # it could be taken, so it was, and has been deleted since
                if is_new:
                    self._bring_batch(chunk, *made)
        except Unusable as error:
            chunk.problems.append((None, f"A batch could not be taken. {error}"))
        if is_new:
            self.part, self.position = "batches", self.document.position
            self._store_batch(chunk)
            batch = next(iter(chunk.batches), batch)
        if name is not None:
            self.batches[name] = batch.pk if batch else GONE if is_gone else None
            if len(self.batches) > MOST_BATCHES:
                raise ImportRefused(f"This file has more than {MOST_BATCHES:,} batches. Import it in several parts.")
        if batch is not None and batch.brought_by_id == self.taken.pk:
            self.new_batches.add(batch.pk)

    def _bring_batch(self, chunk: Chunk, batch: Batch, said: dict[str, Any] | None) -> None:
        """said: of its archive, without which it comes where that cannot be used."""
        batch.brought_by = self.taken
        if said is not None and self.archive is not None and said.get("missing") is not True:
            try:
                self._keep_archive(chunk, batch, said, self.archive)
            except Unusable as error:
                chunk.problems.append((None, f"The batch “{batch.name[-60:]}” was taken without its pictures. {error}"))
        chunk.batches.append(batch)

    def _keep_archive(self, chunk: Chunk, batch: Batch, said: dict[str, Any], archive: Archive) -> None:
        """Store a batch's archive under a name of ours, once it has shown to be one that could be sent here."""
        with Incoming(*new_file()) as copy:
            for piece in archive.batch(said.get("name"), settings.BATCH_MAX_MB * 2**20):
                copy.write(piece)
                self._give_sign()
            copy.size = copy.tell()
            if said.get("bytes") != copy.size:
                raise Unusable("Its archive is not as long as the export says.")
            try:
                survey.survey(
                    cast(BinaryIO, copy.file),
                    files_at_most=settings.BATCH_MAX_FILES,
                    bytes_at_most=settings.BATCH_MAX_UNPACKED_MB * 2**20,
                )
            except ArchiveRefused as error:
                raise Unusable(f"Its archive cannot be used. {error}") from None
            copy.seek(0)
            self._keep_file(chunk, batch.file, f"{batch.public_id}.zip", copy)

    def _store_batch(self, chunk: Chunk) -> None:
        try:
            self._commit(chunk)
        except (IntegrityError, DataError) as error:
            self._remove_files(chunk)
            log.warning("A batch of import %s could not be stored: %s", self.taken.public_id, error)
            chunk.batches.clear()
            self._commit(Chunk(problems=[(None, "A batch could not be stored.")]))
        except BaseException:
            self._remove_files(chunk)
            raise

    def _give_sign(self) -> None:
        """A sign of life, where a chunk takes long. Raises Stopped when it is no longer ours."""
        if time.monotonic() - self._signed > SIGN_S:
            self._signed = time.monotonic()
            if not leases.renew(leases.held(self.taken)):
                raise Stopped

    def _look_at(self, group: list[tuple[int, Any]]) -> None:
        """Check drawings and store those that are new, in one transaction or, with large originals, in several."""
        while group:
            here = self._here([given for _, given in group])
            begun, size, chunk = time.monotonic(), 0, Chunk()
            for end, given in group:
                try:
                    size += self._add(chunk, given, here)
                except ImportRefused:  # it unpacks to too much: what came before is kept
                    self._store(chunk, group[: chunk.seen])
                    raise
                chunk.seen += 1
                self.position = end
                if size > FILES_BYTES or time.monotonic() - begun > CHUNK_S:
                    break
            self._store(chunk, group[: chunk.seen])
            group = group[chunk.seen :]

    def _here(self, group: list[Any]) -> Here:
        origins, batches = set[uuid.UUID](), set[int]()
        for given in group:
            with contextlib.suppress(Unusable):
                if self.part == "drawings":
                    origins.add(origin_of(given))
                if isinstance(given, dict) and given.get("batch") is not None:
                    batches.add(self.batches.get(name_of(given, "batch")) or 0)
        owner = self.taken.owner
        # What lies in a batch that is being deleted is as good as gone.
        drawings = Drawing.objects.filter(owner=owner).exclude(batch__status=Batch.Status.DELETED)
        here = Here(set(), {}, set(Batch.objects.owned_by(owner).filter(pk__in=batches).values_list("pk", flat=True)))
        for column in ("public_id", "origin"):  # each has an index
            found = drawings.filter(**{f"{column}__in": origins}).values_list(column, "pk", "deleted")
            here.known |= {name for name, _, deleted in found if deleted is None}
            here.deleted |= {name: key for name, key, deleted in found if deleted is not None}
        return here

    def _add(self, chunk: Chunk, given: Any, here: Here) -> int:
        """Add a thing to a chunk, unless it is known or cannot be used; returns the bytes of its original."""
        number = self.seen + chunk.seen + 1 if self.part == "drawings" else None
        try:
            if self.part == "drawings":
                return self._add_drawing(chunk, given, here, number or 0)
            name = name_of(given, "batch")
            key = self.batches.get(name)
            if name not in self.batches or (key in self.new_batches and key not in here.batches):
                raise Unusable("Its batch is not here.")
            if key in self.new_batches:  # of those that were here before it is known
                file = unread_of(given)
                file.batch_id = key
                chunk.unread.append(file)
        except Unusable as error:
            chunk.refused += number is not None
            chunk.problems.append((number, str(error) if number else f"A file that was not read: {error}"))
        return 0

    def _add_drawing(self, chunk: Chunk, given: Any, here: Here, number: int) -> int:
        """Raises Unusable when it is left out."""
        origin = origin_of(given)
        if origin in here.known:
            chunk.known += 1
            return 0
        if origin in here.deleted:
            here.known.add(origin)
            chunk.known += 1
            chunk.deleted.append(here.deleted[origin])
            return 0
        new = brought(given, owner=self.taken.owner, namespace=self.taken.public_id, versions=self.versions)
        size = 0
        if new.batch is not None:
            self._link(chunk, new, here, number)
        elif new.original is not None and self.archive is not None and new.original.get("missing") is not True:
            try:
                size = self._keep_original(chunk, new.drawing, new.original, self.archive)
            except Unusable as error:
                chunk.problems.append((number, f"{error} The drawing was taken without it."))
            else:
                chunk.originals += 1
        here.known.add(origin)
        chunk.brought.append(new)
        return size

    def _link(self, chunk: Chunk, new: Brought, here: Here, number: int) -> None:
        """Put a drawing into its batch, and find its picture in the archive. Raises Unusable when the batch is gone."""
        drawing, key = new.drawing, self.batches.get(cast(uuid.UUID, new.batch))
        if key is None:  # said of the batch already, if it is in the list
            if new.batch not in self.batches:
                chunk.problems.append((number, "Its batch is not in the export; it was taken without it."))
            drawing.member = drawing.original_format = ""
            return
        if key not in here.batches:
            raise Unusable("Its batch has been deleted meanwhile.")
        drawing.batch_id = key
        members = self._members_of(key)
        if members is not None:
            drawing.member_at = members.find(drawing.member, new.member_at)
            if drawing.member_at is None:
                chunk.problems.append(
                    (number, "Its picture is not in the archive of its batch. The drawing was taken without it.")
                )

    def _members_of(self, key: int) -> members.Members | None:
        """What stands in a batch's archive; None when it has none that can be read."""
        if key not in self._members:
            while len(self._members) >= ARCHIVES_AT_ONCE:
                del self._members[next(iter(self._members))]
            self._members[key] = self._find_members(key)
        return self._members[key]

    def _find_members(self, key: int) -> members.Members | None:
        batch = Batch.objects.filter(pk=key).exclude(file="").first()
        if batch is None:
            return None
        try:
            with local_file(batch) as path, open(path, "rb") as file:
                contents = directory.find_contents(file)
                self.document.spend(contents.end - contents.start)  # so that nobody has it looked through for ever
                return members.find_members(file, settings.UPLOAD_MAX_MB * 2**20)
        except (OSError, ArchiveRefused) as error:
            log.warning("The archive of batch %s cannot be read: %s", batch.public_id, error)
            return None

    def _keep_original(self, chunk: Chunk, drawing: Drawing, said: dict[str, Any], archive: Archive) -> int:
        """Store a picture file under a name of ours, once it has shown to be a picture; returns its bytes."""
        kind = original_format(said)
        data = archive.original(said.get("name"), settings.UPLOAD_MAX_MB * 2**20)
        if said.get("bytes") != len(data):
            raise Unusable("Its original is not as long as the export says.")
        with contextlib.suppress(NoInk):  # it is a picture all the same
            try:
                kind = read_picture(data, round(settings.PICTURE_MAX_MEGAPIXELS * 1e6), one_digit=True).format
            except (PictureTooLarge, UnknownPictureFormat, UnreadablePicture) as error:
                raise Unusable(f"Its original cannot be used. {error}") from None
        self._keep_file(chunk, drawing.original, f"{drawing.public_id}.{kind.lower()}", ContentFile(data))
        drawing.original_format = kind
        return len(data)

    def _keep_file(self, chunk: Chunk, file: FieldFile, name: str, content: "File[bytes]") -> None:
        name = file.field.generate_filename(file.instance, name)
        file.storage.delete(name)  # who was killed before storing the row left it
        file.name = file.storage.save(name, content)
        chunk.files.append(file)

    def _store(self, chunk: Chunk, group: list[tuple[int, Any]]) -> None:
        try:
            self._commit(chunk)
        except (IntegrityError, DataError) as error:
            # Some row of these passed all checks and still is none for this database: find it, and keep the others.
            self._remove_files(chunk)
            log.warning("A chunk of import %s could not be stored: %s", self.taken.public_id, error)
            self._store_singly(group)
        except BaseException:
            self._remove_files(chunk)
            raise

    def _store_singly(self, group: list[tuple[int, Any]]) -> None:
        here = self._here([given for _, given in group])
        for end, given in group:
            chunk, self.position = Chunk(), end
            self._add(chunk, given, here)
            chunk.seen = 1
            try:
                self._commit(chunk)
            except (IntegrityError, DataError):
                self._remove_files(chunk)
                number = self.seen + 1 if self.part == "drawings" else None
                problems = [(number, "It could not be stored.")]
                self._commit(Chunk(seen=1, refused=int(number is not None), problems=problems))

    def _commit(self, chunk: Chunk) -> None:
        """Store a chunk and how far it reaches, or nothing of both. Raises Stopped."""
        digits = [digit for each in chunk.brought for digit in each.digits]
        corrections = [correction for each in chunk.brought for correction in each.corrections]
        seen = chunk.seen if self.part == "drawings" else 0
        with transaction.atomic():
            self._check_right()
            self._check_batches(chunk)
            Batch.objects.bulk_create(chunk.batches)
            BatchFile.objects.bulk_create(chunk.unread)
            restored = Drawing.objects.deleted_by(self.taken.owner).filter(pk__in=chunk.deleted).update(deleted=None)
            Drawing.objects.bulk_create(_marked(each.drawing, self.taken) for each in chunk.brought)
            Digit.objects.bulk_create(digits)
            Prediction.objects.bulk_create(answer for each in chunk.brought for answer in each.predictions)
            changed = [correction.changed for correction in corrections]
            Correction.objects.bulk_create(corrections)
            for correction, moment in zip(corrections, changed, strict=True):
                correction.changed = moment  # creating them has set it to now
            Correction.objects.bulk_update(corrections, ["changed"])
            room = PROBLEMS_KEPT - self.taken.remarks
            ImportProblem.objects.bulk_create(
                ImportProblem(taken=self.taken, drawing=number, sentence=sentence[:300])
                for number, sentence in chunk.problems[: max(room, 0)]
            )
            Import.objects.filter(pk=self.taken.pk).update(
                part=self.part,
                position=self.position,
                seen=F("seen") + seen,
                brought=F("brought") + len(chunk.brought),
                known=F("known") + chunk.known,
                restored=F("restored") + restored,
                batches=F("batches") + len(chunk.batches),
                refused=F("refused") + chunk.refused,
                digits=F("digits") + len(digits),
                corrections=F("corrections") + len(corrections),
                originals=F("originals") + chunk.originals,
                remarks=F("remarks") + len(chunk.problems),
                unpacked=self.document.unpacked,
                heartbeat=timezone.now(),
                attempts=0,
            )
        self.seen += seen
        self.taken.remarks += len(chunk.problems)

    def _check_right(self) -> None:
        """Raise Stopped unless this process still has the import; end it when that is asked for."""
        row = Import.objects.select_for_update().get(pk=self.taken.pk)
        if row.holder != self.taken.holder or row.status != Status.RUNNING:
            raise Stopped
        if row.cancel_asked:
            raise Cancelled

    def _check_batches(self, chunk: Chunk) -> None:
        """Hold the batches that a chunk adds to. Raises IntegrityError when one of them is being deleted."""
        named = {each.drawing.batch_id for each in chunk.brought} | {file.batch_id for file in chunk.unread}
        keys = {key for key in named if key is not None}
        if keys:
            mine = Batch.objects.owned_by(self.taken.owner).filter(pk__in=keys)
            if len(mine.select_for_update().values_list("pk", flat=True)) < len(keys):
                raise IntegrityError("a batch has gone meanwhile")

    def _remove_files(self, chunk: Chunk) -> None:
        for file in chunk.files:
            file.storage.delete(file.name or "")


def _marked(drawing: Drawing, taken: Import) -> Drawing:
    drawing.brought_by = taken
    return drawing


def _end(taken: Import, status: Import.Status, error: str = "") -> None:
    """End an import that this process has; what others have made of it meanwhile stands."""
    if leases.finish(leases.held(taken), status, error=error[:300]):
        remove_file(taken)


def _remove(taken: Import) -> None:
    """Remove everything that an import has brought, with what was made of it since."""
    while True:
        with transaction.atomic():
            if not leases.renew(leases.held(taken), attempts=0):
                raise Stopped
            keys = list(Drawing.objects.filter(brought_by=taken).values_list("pk", flat=True)[:REMOVED_AT_ONCE])
            if not keys:
                _remove_batches(taken)
                unused = ForeignVersion.objects.filter(owner=taken.owner, predictions=None)
                unused.delete()
                leases.finish(leases.held(taken), Status.REMOVED)
                return
            Drawing.objects.filter(pk__in=keys).delete()


def _remove_batches(taken: Import) -> None:
    """Those that an import has brought, with their archives; into whichever another has put drawings, it is that's."""
    mine = Batch.objects.filter(brought_by=taken)
    mine.filter(drawings=None).delete()
    others = Drawing.objects.filter(batch=OuterRef("pk"), brought_by__isnull=False).order_by("pk")
    mine.update(brought_by=Subquery(others.values("brought_by")[:1]))
