"""Reading many pictures at once: taking an archive in, going through its members, and what can be had of it.

A task goes on with one batch for some seconds. As many helpers as there are cores have members decoded in bounded
child processes and a few dozen answered by the network together; what they found is stored in order, with the place
where the next one stands, in one short transaction. So whatever is killed, the next task goes on where the last
transaction ended: nothing is lost and nothing read twice. Every change of a batch is conditional on its status and its
holder.
"""

import atexit
import logging
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, BinaryIO

import numpy as np
from celery import Task
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from . import archives, preprocessing, tasks
from .archives import Contents, Entry, Labels
from .bulk import Rows, new_id
from .decoding import MemberDecoder, Picture
from .errors import ArchiveRefused, ModelFileDamaged, SiteBusy, TooManyBatches
from .helpers import Helpers
from .models import NOT_A_DIGIT, Batch, BatchFile, Digit, Drawing, Prediction
from .registry import calibration_of, network_in_service
from .verdict import Judgement, judge_rows

TASK_S = 6.0  # that one task goes on with a batch; then another batch has its turn
MEMBERS_AT_ONCE = 64  # given to a decoder, and stored in one transaction
LINES_AT_ONCE = 1000  # of the list of contents, where most are no files
PICTURES_AT_ONCE = 16  # in one run of the network: more are no quicker and take more memory
SIGN_S = 2.0  # between two signs of life
SILENT_S = 15.0  # after the last sign, when a batch is taken from its holder
RESEND_AFTER_S = 5.0  # for a batch that nobody holds; then after twice as long, up to RESEND_AT_MOST_S
RESEND_AT_MOST_S = 30.0
ATTEMPTS = 8  # in a row without getting on, after which a batch has failed
WAITING_AT_MOST = 5  # unfinished batches of one person
REMOVED_AT_ONCE = 400  # drawings
REMOVED_MEANWHILE_S = 2.0  # while whoever deletes a batch waits; the rest is removed behind the scenes

CANNOT_GO_ON = "It could not be read to its end. What was read before is kept; send the rest again."
FILE_GONE = "The file of this batch is no longer there, so it was not read to its end."

Status, Verdict = Batch.Status, Prediction.Verdict
log = logging.getLogger(__name__)


# --- taking one in --------------------------------------------------------------------------------


def accept_batch(owner: User, file: "UploadedFile[bytes]", *, one_digit: bool = False) -> Batch:
    """Keep an archive of pictures and have it read. one_digit: each of them is said to hold one digit.

    Raises ArchiveRefused, TooManyBatches, PictureTooLarge; nothing is kept then.
    """
    if Batch.objects.owned_by(owner).unfinished().count() >= WAITING_AT_MOST:
        raise TooManyBatches(f"{WAITING_AT_MOST} of your batches are not read yet. Wait until one is done.")
    if (file.size or 0) > settings.BATCH_MAX_MB * 2**20:
        raise ArchiveRefused(
            f"This is too much at once; at most {settings.BATCH_MAX_MB} MB can be sent.", "too_large", 413
        )
    archive: BinaryIO = file.file  # type: ignore[assignment]  # its stubs do not say what a file is
    found = archives.survey(
        archive,
        files_at_most=settings.BATCH_MAX_FILES,
        bytes_at_most=settings.BATCH_MAX_UNPACKED_MB * 2**20,
    )
    message = ""
    if found.labels_at is not None:
        misread = archives.read_labels(archive, found.labels_at).misread
        message = (
            f"{misread} line{'s' if misread > 1 else ''} of labels.csv gave no label from 0 to 9." if misread else ""
        )
    batch = Batch(
        owner=owner,
        name=(file.name or "archive.zip")[-255:],
        size=file.size or 0,
        message=message,
        one_digit=one_digit,
        total=found.pictures,
        position=found.start,
        labels_at=found.labels_at,
    )
    batch.file.save("", file, save=False)
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            transaction.on_commit(lambda: send(batch.pk), robust=True)
    except BaseException:
        if not Batch.objects.filter(public_id=batch.public_id).exists():  # what was committed keeps its file
            batch.file.delete(save=False)
        raise
    return batch


def send(batch_id: int) -> bool:
    """Have a batch gone on with. Without a broker the row waits, and `late_batches` finds it."""
    return _send(tasks.carry_on_batch, batch_id) and call_worker()


def call_worker() -> bool:
    """Have the process that reads batches started: there will be one soon, or there is."""
    return _send(tasks.start_batch_worker)


def _send(task: "Task[..., None]", *arguments: object) -> bool:
    try:
        task.apply_async(arguments)
    except tasks.QUEUE_ERRORS as error:
        log.warning("The queue cannot be reached, %s waits: %s", task.name, error)
        return False
    return True


def cancel_batch(batch: Batch) -> bool:
    """Read no further; what was read is kept. False: it has ended already."""
    cancelled = Batch.objects.unfinished().filter(pk=batch.pk)
    return bool(cancelled.update(status=Status.CANCELLED, finished=timezone.now(), holder=""))


def delete_batch(batch: Batch) -> None:
    """Remove a batch with its digits and its file. It is gone at once; of a large one the rows go behind the scenes."""
    if not Batch.objects.filter(pk=batch.pk).exclude(status=Status.DELETED).update(status=Status.DELETED, holder=""):
        return
    if not _remove(batch.pk, REMOVED_MEANWHILE_S):
        send(batch.pk)


def _remove(batch_id: int, seconds: float) -> bool:
    """Remove drawings of a deleted batch, and last the batch itself; False when the time was too short."""
    end = time.monotonic() + seconds
    Batch.objects.filter(pk=batch_id).update(sign=timezone.now())
    drawings = Drawing.objects.filter(batch=batch_id).order_by("pk")
    while keys := list(drawings.values_list("pk", flat=True)[:REMOVED_AT_ONCE]):
        Drawing.objects.filter(pk__in=keys).delete()
        if time.monotonic() > end:
            return False
    for batch in Batch.objects.filter(pk=batch_id, status=Status.DELETED):
        batch.delete()
    return True


# --- going on with one ----------------------------------------------------------------------------


class NotOurs(Exception):
    """The batch was cancelled or deleted, or somebody else has taken it on."""


@dataclass
class Outcome:
    """What became of some members that follow one another: rows to insert, and what they add up to."""

    start: int  # Batch.position before them
    end: int  # and after them
    drawings: Rows
    digits: Rows
    predictions: Rows
    failures: Rows
    positions: list[int] = field(default_factory=list)  # for each digit, which of the drawings it belongs to
    unsure: int = 0
    refused: int = 0
    labelled: list[tuple[int, int]] = field(default_factory=list)  # true label, column of Batch.confusion


def carry_on(batch_id: int, *, should_leave: Callable[[], bool] = lambda: False, seconds: float = TASK_S) -> bool:
    """Go on with a batch for some seconds; whether there is more to do, for somebody to be asked again.

    should_leave: whether this worker has been told to end.
    """
    if Batch.objects.filter(pk=batch_id, status=Status.DELETED).exists():
        return not _remove(batch_id, seconds)
    batch = _claim(batch_id)
    if batch is None:
        return False
    try:
        with local_file(batch) as path:
            is_done = _Reader(batch, path).read(time.monotonic() + seconds, should_leave)
    except NotOurs:
        return False
    except (FileNotFoundError, ArchiveRefused) as error:
        log.error("Batch %s cannot be read: %s", batch.public_id, error)
        _end(batch, Status.FAILED, FILE_GONE if isinstance(error, OSError) else str(error))
        return False
    except (SiteBusy, ModelFileDamaged, OSError, EOFError, OperationalError) as error:
        log.warning("Batch %s waits: %s", batch.public_id, error)
        _let_go(batch)  # the scheduler has it tried again
        return False
    if is_done:
        _end(batch, Status.DONE)
    else:
        _let_go(batch)
    return not is_done


def first_waiting() -> int | None:
    """The batch that has waited longest for somebody to go on with it, if any does."""
    waiting = Batch.objects.unfinished().filter(holder="").order_by("sign")
    return waiting.values_list("pk", flat=True).first()


def late_batches() -> list[int]:
    """Claim batches for sending again that nobody goes on with: their task was lost, or their worker killed."""
    now = timezone.now()
    late = []
    for batch in (
        Batch.objects.at_work().filter(sign__lt=now - timedelta(seconds=RESEND_AFTER_S)).order_by("sign")[:100]
    ):
        patience_s = min(max(RESEND_AFTER_S, (batch.sign - batch.created).total_seconds()), RESEND_AT_MOST_S)
        if batch.holder:
            patience_s = SILENT_S
        if batch.sign > now - timedelta(seconds=patience_s):
            continue
        # Claimed by a conditional update, so that two schedulers do not send it twice.
        claim = Batch.objects.at_work().filter(pk=batch.pk, sign=batch.sign)
        if claim.update(sign=now, holder=""):
            late.append(batch.pk)
    if late:
        log.warning("%s batches were not gone on with in time and are sent again", len(late))
    return late


def _claim(batch_id: int) -> Batch | None:
    """Take a batch on; None when it has ended, or somebody is at work on it."""
    now, holder = timezone.now(), uuid.uuid4().hex
    free = Q(holder="") | Q(sign__lt=now - timedelta(seconds=SILENT_S))
    claimed = (
        Batch.objects.unfinished()
        .filter(free, pk=batch_id)
        .update(
            holder=holder, status=Status.RUNNING, sign=now, started=Coalesce("started", now), attempts=F("attempts") + 1
        )
    )
    if not claimed:
        return None
    batch = Batch.objects.filter(pk=batch_id, holder=holder).first()
    if batch is not None and batch.attempts > ATTEMPTS:
        log.error("Batch %s was taken on %s times without getting on; given up", batch.public_id, batch.attempts - 1)
        _end(batch, Status.FAILED, CANNOT_GO_ON)
        return None
    return batch


def _held(batch: Batch) -> Any:
    return Batch.objects.filter(pk=batch.pk, holder=batch.holder, status=Status.RUNNING)


def _end(batch: Batch, status: Batch.Status, message: str = "") -> None:
    said = {"message": message} if message else {}
    _held(batch).update(status=status, finished=timezone.now(), holder="", **said)


def _let_go(batch: Batch) -> None:
    _held(batch).update(holder="", sign=timezone.now())


@contextmanager
def local_file(batch: Batch) -> Iterator[str]:
    """The path of a batch's file; of storage elsewhere, that of a copy. Raises FileNotFoundError."""
    try:
        path = batch.file.path
    except NotImplementedError:
        with tempfile.NamedTemporaryFile(dir=incoming_folder()) as copy, batch.file.open("rb") as file:
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield copy.name
    else:
        yield path


def incoming_folder() -> str:
    """Where files are written before they are stored: beside them, so that moving one costs nothing."""
    return str(settings.FILE_UPLOAD_TEMP_DIR)


@cache
def _decoder() -> MemberDecoder:
    """This process's own decoding server, as long as the process lives."""
    decoder = MemberDecoder(processes())
    atexit.register(decoder.stop)
    return decoder


def processes() -> int:
    """How many pictures are decoded at once: BATCH_PROCESSES, or one for each core that we may use."""
    return settings.BATCH_PROCESSES or len(os.sched_getaffinity(0))


def prepare_to_read() -> None:
    """Start what reading needs, so that the first batch does not wait for it."""
    _decoder().connect().close()


class _Reader:
    """One task's way through a batch that it holds."""

    def __init__(self, batch: Batch, path: str) -> None:
        self._batch, self._path = batch, path
        self._version, self._network = network_in_service()
        calibration_of(self._version)  # once, here: the helpers use no database
        self._labels: Labels | None = None
        self._signed = time.monotonic()

    def read(self, until: float, should_leave: Callable[[], bool]) -> bool:
        """Go on until time.monotonic() is `until`; whether all is read. Raises NotOurs."""
        ahead = 2 * processes()
        _decoder().connect().close()  # one server for all helpers
        with open(self._path, "rb") as file:
            if self._batch.labels_at is not None:
                self._labels = archives.read_labels(file, self._batch.labels_at)
            some = self._pieces(file, archives.find_contents(file))
            is_done = False
            with Helpers(self._answer, processes()) as helpers:
                while True:
                    while not is_done and len(helpers) < ahead and time.monotonic() < until and not should_leave():
                        piece = next(some, None)
                        if piece is None:
                            is_done = True
                        else:
                            helpers.ask(*piece)
                    if not helpers:
                        return is_done
                    self._store(self._wait_for_one(helpers))

    def _pieces(self, file: BinaryIO, contents: Contents) -> Iterator[tuple[int, int, list[Entry]]]:
        """What is left to read in pieces: Batch.position before and after each, and its files."""
        start, files, lines = self._batch.position, [], 0
        for entry in archives.entries(file, contents, start, settings.UPLOAD_MAX_MB * 2**20):
            lines += 1
            if entry.is_file:
                files.append(entry)
            if len(files) == MEMBERS_AT_ONCE or lines == LINES_AT_ONCE or entry.next >= contents.end:
                yield start, entry.next, files
                start, files, lines = entry.next, [], 0

    def _wait_for_one(self, helpers: "Helpers[..., Outcome]") -> Outcome:
        """The next piece's outcome; gives a sign of life meanwhile. Raises NotOurs."""
        while True:
            with suppress(TimeoutError):
                return helpers.answer(SIGN_S)
            if not _held(self._batch).update(sign=timezone.now()):
                raise NotOurs

    def _answer(self, start: int, end: int, files: Sequence[Entry]) -> Outcome:
        """Decode some members, have the network answer them, and prepare their rows. Uses no database."""
        batch, now = self._batch, timezone.now()
        shared = {"preprocessing_version": preprocessing.VERSION}
        answered = {"revision": 1, "model_version": self._version.pk, "status": Prediction.Status.DONE}
        # A digit is written with what it repeats of drawing and answer (see copies): the triggers have nothing to do.
        of_batch = {"owner": batch.owner_id, "batch": batch.pk, "source": Drawing.Source.BATCH, "created": now}
        of_answer = {"version": self._version.pk, "status": Prediction.Status.DONE}
        outcome = Outcome(
            start,
            end,
            Rows(Drawing, of_batch, _DRAWING),
            Rows(Digit, shared | of_batch | of_answer, _DIGIT),
            Rows(Prediction, shared | answered | {"created": now, "sent": now, "finished": now}, _PREDICTION),
            Rows(BatchFile, {"batch": batch.pk}, _FAILURE),
        )
        opened = [(entry, self._label(entry)) for entry in files if not entry.trouble]
        pictures = iter(
            _decoder().read_members(
                self._path,
                [(entry.where, batch.one_digit or label is not None) for entry, label in opened],
                round(settings.PICTURE_MAX_MEGAPIXELS * 1e6),
            )
        )
        labels = dict(zip((entry.at for entry, _ in opened), (label for _, label in opened), strict=True))
        found: list[tuple[Entry, Picture]] = []
        for entry in files:
            got = archives.MemberTrouble(entry.trouble) if entry.trouble else next(pictures)
            if isinstance(got, Picture):
                found.append((entry, got))
            else:
                outcome.failures.add(entry.name, got.code, str(got)[:300])
        judged = iter(self._judge([digit for _, picture in found for digit in picture.digits]))
        for number, (entry, picture) in enumerate(found):
            label = labels[entry.at]
            one_digit = batch.one_digit or label is not None
            outcome.drawings.add(
                new_id(), picture.width, picture.height, picture.format, one_digit, label, entry.name, entry.at
            )
            for position, digit in enumerate(picture.digits):
                judgement, logits, inference_ms = next(judged)
                outcome.positions.append(number)
                is_none = judgement.verdict == Verdict.NOT_A_DIGIT
                read = NOT_A_DIGIT if is_none else judgement.label
                outcome.digits.add(
                    None,
                    new_id(),
                    position,
                    digit.pixels.tobytes(),
                    list(digit.box),
                    digit.hints,
                    label,
                    judgement.verdict,
                    read,
                    judgement.confidence,
                )
                outcome.predictions.add(
                    None,
                    judgement.verdict,
                    judgement.reason,
                    judgement.candidates,
                    judgement.label,
                    judgement.confidence,
                    judgement.probabilities,
                    logits,
                    inference_ms,
                )
                outcome.unsure += judgement.verdict == Verdict.UNSURE
                outcome.refused += is_none
                if label is not None:
                    outcome.labelled.append((label, read))
        return outcome

    def _label(self, entry: Entry) -> int | None:
        given = self._labels.of(entry.path) if self._labels else None
        return archives.label_of_folder(entry.path) if given is None else given

    def _judge(self, digits: Sequence[preprocessing.Found]) -> Iterator[tuple[Judgement, list[float], float]]:
        """Of each digit what to say of it, the network's logits, and what its answer took in ms."""
        if not digits:
            return
        pixels = np.stack([digit.pixels for digit in digits])
        parts = range(0, len(digits), PICTURES_AT_ONCE)
        answers = [self._network.answer(pixels[start : start + PICTURES_AT_ONCE]) for start in parts]
        logits = np.concatenate([answer.logits for answer in answers])
        features = np.concatenate([answer.features for answer in answers])
        hints = [digit.hints for digit in digits]
        judged = judge_rows(logits, features, pixels, hints, calibration_of(self._version))
        elapsed_ms = sum(answer.elapsed_ms for answer in answers) / len(digits)
        for judgement, row in zip(judged, logits.tolist(), strict=True):
            yield judgement, row, elapsed_ms

    def _store(self, outcome: Outcome) -> None:
        """Insert what was found and go on to the next member, in one transaction. Raises NotOurs."""
        batch, now = self._batch, timezone.now()
        for label, column in outcome.labelled:
            batch.confusion[label][column] += 1
        with transaction.atomic():
            # First, so that no row is written for a batch that is not ours.
            ours = (
                _held(batch)
                .filter(position=outcome.start)
                .update(
                    position=outcome.end,
                    sign=now,
                    attempts=0,
                    read=F("read") + len(outcome.drawings),
                    failed=F("failed") + len(outcome.failures),
                    digits=F("digits") + len(outcome.digits),
                    unsure=F("unsure") + outcome.unsure,
                    refused=F("refused") + outcome.refused,
                    labelled=F("labelled") + len(outcome.labelled),
                    right=F("right") + sum(label == column for label, column in outcome.labelled),
                    confusion=batch.confusion,
                )
            )
            if not ours:
                raise NotOurs
            drawings = outcome.drawings.insert()
            digits = outcome.digits.insert([drawings[number] for number in outcome.positions])
            outcome.predictions.insert(digits)
            outcome.failures.insert()


_DRAWING = ["public_id", "width", "height", "original_format", "one_digit", "true_label", "member", "member_at"]
_DIGIT = ["drawing", "public_id", "position", "pixels", "box", "hints", "true_label", "verdict", "read", "confidence"]
_PREDICTION = [
    "digit",
    "verdict",
    "reason",
    "candidates",
    "label",
    "confidence",
    "probabilities",
    "logits",
    "inference_ms",
]
_FAILURE = ["name", "reason", "sentence"]
