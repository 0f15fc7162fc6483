"""Taking in an export: drawing by drawing, some at a time, each chunk in one transaction with how far it got.

Runs in a process of its own (`manage.py run_import`), so that it neither holds up answers nor keeps its memory. Who
is killed leaves a row that says where to go on. What was there already is known by the name that it had where it was
made first, and left alone.
"""

import contextlib
import logging
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import DataError, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from . import import_jobs
from .decoding import read_picture
from .errors import ImportRefused, NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture
from .import_files import Archive, Budget, Document, Unusable
from .import_jobs import Status, claim, remove_file
from .import_records import Brought, Versions, announced, brought, models_of, origin_of, original_format
from .models import Correction, Digit, Drawing, ForeignVersion, Import, ImportProblem, ModelVersion, Prediction

CHUNK = 100  # drawings looked at together
CHUNK_BYTES = 4 * 2**20  # of JSON
FILES_BYTES = 32 * 2**20  # of originals, after which a chunk is stored as it is
CHUNK_S = 5.0  # of reading, the same
TIMES_UNPACKED = 10  # that a file may come to, of the largest that is taken
PROBLEMS_KEPT = 500
REMOVED_AT_ONCE = 200

log = logging.getLogger(__name__)


class Stopped(Exception):
    """Somebody else has the import now, or it was cancelled; the row says which."""


@dataclass
class Chunk:
    """What a few drawings come to."""

    brought: list[Brought] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)  # which of the drawings, and a sentence
    seen: int = 0
    known: int = 0
    refused: int = 0
    originals: int = 0
    files: list[str] = field(default_factory=list)  # stored, whose rows are not yet


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
        wanted = import_jobs.next_waiting()
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
        self.position, self.seen = taken.position, taken.seen
        Import.objects.filter(pk=taken.pk).update(announced=announced(document.head))

    def work(self) -> None:
        """Store all that is left of the document. Raises ImportRefused where it cannot be read on, and Stopped."""
        drawings = self.document.drawings(self.position, self.seen)
        group: list[tuple[int, Any]] = []  # and where each ends
        start = self.document.position
        while True:
            try:
                given = next(drawings, None)
            except ImportRefused:
                self._look_at(group)  # what came before a damaged place is as good as the rest
                raise
            if given is not None:
                group.append((self.document.position, given[0]))
            if given is None or len(group) == CHUNK or self.document.position - start > CHUNK_BYTES:
                self._look_at(group)
                group, start = [], self.document.position
            if given is None:
                return

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

    def _look_at(self, group: list[tuple[int, Any]]) -> None:
        """Check drawings and store those that are new, in one transaction or, with large originals, in several."""
        known = self._known([given for _, given in group])
        while group:
            begun, size, chunk = time.monotonic(), 0, Chunk()
            for end, given in group:
                try:
                    size += self._add(chunk, self.seen + chunk.seen + 1, given, known)
                except ImportRefused:  # it unpacks to too much: what came before is kept
                    self._store(chunk, group[: chunk.seen])
                    raise
                chunk.seen += 1
                self.position = end
                if size > FILES_BYTES or time.monotonic() - begun > CHUNK_S:
                    break
            self._store(chunk, group[: chunk.seen])
            group = group[chunk.seen :]

    def _known(self, group: list[Any]) -> set[uuid.UUID]:
        """Of a group's drawings, those that this person has already."""
        origins = set()
        for given in group:
            with contextlib.suppress(Unusable):
                origins.add(origin_of(given))
        mine = Drawing.objects.owned_by(self.taken.owner)
        made_here = mine.filter(public_id__in=origins).values_list("public_id", flat=True)
        brought_before = mine.filter(origin__in=origins).values_list("origin", flat=True)
        return {*made_here, *(origin for origin in brought_before if origin)}

    def _add(self, chunk: Chunk, number: int, given: Any, known: set[uuid.UUID]) -> int:
        """Add a drawing to a chunk, unless it is known or cannot be used; returns the bytes of its original."""
        try:
            origin = origin_of(given)
            if origin in known:
                chunk.known += 1
                return 0
            new = brought(given, owner=self.taken.owner, namespace=self.taken.public_id, versions=self.versions)
        except Unusable as error:
            chunk.refused += 1
            chunk.problems.append((number, str(error)))
            return 0
        size = 0
        if new.original is not None and self.archive is not None and new.original.get("missing") is not True:
            try:
                size = self._keep_original(chunk, new.drawing, new.original, self.archive)
            except Unusable as error:
                chunk.problems.append((number, f"{error} The drawing was taken without it."))
            else:
                chunk.originals += 1
        known.add(origin)
        chunk.brought.append(new)
        return size

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
        storage = drawing.original.storage
        name = drawing.original.field.generate_filename(drawing, f"{drawing.public_id}.{kind.lower()}")
        storage.delete(name)  # who was killed before storing the row left it
        drawing.original.name = storage.save(name, ContentFile(data))
        drawing.original_format = kind
        chunk.files.append(drawing.original.name)
        return len(data)

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
        known = self._known([given for _, given in group])
        for end, given in group:
            chunk, self.position = Chunk(seen=1), end
            self._add(chunk, self.seen + 1, given, known)
            try:
                self._commit(chunk)
            except (IntegrityError, DataError):
                self._remove_files(chunk)
                self._commit(Chunk(seen=1, refused=1, problems=[(self.seen + 1, "It could not be stored.")]))

    def _commit(self, chunk: Chunk) -> None:
        """Store a chunk and how far it reaches, or nothing of both. Raises Stopped."""
        digits = [digit for each in chunk.brought for digit in each.digits]
        corrections = [correction for each in chunk.brought for correction in each.corrections]
        with transaction.atomic():
            self._check_right()
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
                position=self.position,
                seen=F("seen") + chunk.seen,
                brought=F("brought") + len(chunk.brought),
                known=F("known") + chunk.known,
                refused=F("refused") + chunk.refused,
                digits=F("digits") + len(digits),
                corrections=F("corrections") + len(corrections),
                originals=F("originals") + chunk.originals,
                remarks=F("remarks") + len(chunk.problems),
                unpacked=self.document.unpacked,
                beat=timezone.now(),
                attempts=0,
            )
        self.seen += chunk.seen
        self.taken.remarks += len(chunk.problems)

    def _check_right(self) -> None:
        """Raise Stopped unless this process still has the import; end it when that is asked for."""
        row = Import.objects.select_for_update().get(pk=self.taken.pk)
        if row.holder != self.taken.holder or row.status != Status.RUNNING:
            raise Stopped
        if row.cancel_asked:
            raise Cancelled

    def _remove_files(self, chunk: Chunk) -> None:
        for name in chunk.files:
            Drawing.original.field.storage.delete(name)


def _marked(drawing: Drawing, taken: Import) -> Drawing:
    drawing.brought_by = taken
    return drawing


def _end(taken: Import, status: Import.Status, error: str = "") -> None:
    """End an import that this process has; what others have made of it meanwhile stands."""
    ended = {"status": status, "error": error[:300], "finished": timezone.now(), "holder": None}
    if Import.objects.filter(pk=taken.pk, holder=taken.holder, status=Status.RUNNING).update(**ended):
        remove_file(taken)


def _remove(taken: Import) -> None:
    """Remove everything that an import has brought, with what was made of it since."""
    mine = Import.objects.filter(pk=taken.pk, holder=taken.holder, status=Status.REMOVING)
    while True:
        with transaction.atomic():
            if not mine.update(beat=timezone.now(), attempts=0):
                raise Stopped
            keys = list(Drawing.objects.filter(brought_by=taken).values_list("pk", flat=True)[:REMOVED_AT_ONCE])
            if not keys:
                unused = ForeignVersion.objects.filter(owner=taken.owner, predictions=None)
                unused.delete()
                mine.update(status=Status.REMOVED, finished=timezone.now(), holder=None)
                return
            Drawing.objects.filter(pk__in=keys).delete()
