"""Reading a batch: decoding its members, answering them, and storing the results piece by piece.

A task goes on with one batch for some seconds. As many helpers as there are cores have members decoded in bounded
child processes and a few dozen answered by the network together; what they found is stored in order, with the place
where the next one stands, in one short transaction. So whatever is killed, the next task goes on where the last
transaction ended: nothing is lost and nothing read twice. Every change of a batch is conditional on its status and its
holder.
"""

import atexit
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import BinaryIO

import numpy as np
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from classifier.archives import directory, labels
from classifier.archives.directory import Contents, Entry
from classifier.archives.labels import Labels
from classifier.decoding.client import MemberDecoder
from classifier.decoding.picture_files import Picture
from classifier.digits.registry import calibration_of, network_in_service
from classifier.errors import ArchiveRefused, SiteBusy
from classifier.jobs.process_pool import ProcessPool
from classifier.models import Batch, BatchFile, Digit, Drawing, Prediction
from classifier.models.bulk import Rows, new_id
from classifier.recognition.classes import NOT_A_DIGIT, Verdict
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.preprocessing import pipeline
from classifier.recognition.verdict import Judgement, judge_rows

from .lifecycle import claim, end, held, let_go, remove
from .storage import local_file

TASK_S = 6.0  # that one task goes on with a batch; then another batch has its turn
MEMBERS_AT_ONCE = 64  # given to a decoder, and stored in one transaction
LINES_AT_ONCE = 1000  # of the list of contents, where most are no files
PICTURES_AT_ONCE = 16  # in one run of the network: more are no quicker and take more memory
SIGN_S = 2.0  # between two signs of life
FILE_GONE = "The file of this batch is no longer there, so it was not read to its end."

Status = Batch.Status
log = logging.getLogger(__name__)


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
        return not remove(batch_id, seconds)
    batch = claim(batch_id)
    if batch is None:
        return False
    try:
        with local_file(batch) as path:
            is_done = _Reader(batch, path).read(time.monotonic() + seconds, should_leave)
    except NotOurs:
        return False
    except (FileNotFoundError, ArchiveRefused) as error:
        log.error("Batch %s cannot be read: %s", batch.public_id, error)
        end(batch, Status.FAILED, FILE_GONE if isinstance(error, OSError) else str(error))
        return False
    except (SiteBusy, ModelFileDamaged, OSError, EOFError, OperationalError) as error:
        log.warning("Batch %s waits: %s", batch.public_id, error)
        let_go(batch)  # the scheduler has it tried again
        return False
    if is_done:
        end(batch, Status.DONE)
    else:
        let_go(batch)
    return not is_done


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
                self._labels = labels.read_labels(file, self._batch.labels_at)
            some = self._pieces(file, directory.find_contents(file))
            is_done = False
            with ProcessPool(self._answer, processes()) as helpers:
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
        for entry in directory.entries(file, contents, start, settings.UPLOAD_MAX_MB * 2**20):
            lines += 1
            if entry.is_file:
                files.append(entry)
            if len(files) == MEMBERS_AT_ONCE or lines == LINES_AT_ONCE or entry.next >= contents.end:
                yield start, entry.next, files
                start, files, lines = entry.next, [], 0

    def _wait_for_one(self, helpers: "ProcessPool[..., Outcome]") -> Outcome:
        """The next piece's outcome; gives a sign of life meanwhile. Raises NotOurs."""
        while True:
            with suppress(TimeoutError):
                return helpers.answer(SIGN_S)
            if not held(self._batch).update(sign=timezone.now()):
                raise NotOurs

    def _answer(self, start: int, end: int, files: Sequence[Entry]) -> Outcome:
        """Decode some members, have the network answer them, and prepare their rows. Uses no database."""
        batch, now = self._batch, timezone.now()
        shared = {"preprocessing_version": pipeline.VERSION}
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
            got = directory.MemberTrouble(entry.trouble) if entry.trouble else next(pictures)
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
        return labels.label_of_folder(entry.path) if given is None else given

    def _judge(self, digits: Sequence[pipeline.FoundDigit]) -> Iterator[tuple[Judgement, list[float], float]]:
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
                held(batch)
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
