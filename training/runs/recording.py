"""Recording a run in its row: its progress, at most twice a second, heartbeats, and how it failed or was stopped.

A run that fails ends with a sentence on what happened and what to do. The log has the cause.
"""

import errno
import logging
import os
import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from classifier.jobs import leases
from classifier.models import Correction
from classifier.recognition.errors import ClassifierError
from training.models import RunPoint, TrainingRun
from training.networks.fitting import Progress
from training.synthesis.steps import Advance, Step

from .callbacks import Callbacks, TrainingStopped
from .lifecycle import RunIsOver, Status, appended, end_run, log_line, work_folder
from .recipe import Recipe
from .timing.clock import Clock
from .timing.paces import Estimate, estimate, this_machine
from .timing.words import TITLES

RECORD_EVERY_S = 0.5
POINTS, FEWEST_OF_EPOCH = 300, 4  # of the curve of a fit, about, and of each of its epochs
PLOTTED_FROM = 0.05  # of later epochs: the mean of the first batches varies too much
HEARTBEAT_S = 3.0  # ten may be missed before the run counts as stopped

DISK_FULL = "The disk is full: the network could not be saved, and nothing was registered. Free some space and retry."
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL_WORDS = ("no space left on device", "disk is full", "file too large", "disk quota exceeded")

log = logging.getLogger(__name__)


def recorded(
    carry_out: Callable[[TrainingRun, Callbacks], None], run: TrainingRun, is_orphan: Callable[[], bool] = lambda: False
) -> None:
    """Has a claimed run carried out, and records in its row what it reports and how it ends, success or failure.

    is_orphan: whether the parent process is gone; then this process ends at once.
    """
    recorder = Recorder(run)
    with recorder.heartbeats(is_orphan), recorder.failures():
        corrections = Correction.objects.to_train_on().count()
        recorder.expect(estimate(Recipe.from_json(run.recipe), corrections, this_machine()))
        carry_out(run, recorder.callbacks)


class Recorder:
    """Writes the stages, progress, curve and log of a run, and stops the training when its row is no longer running."""

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self.callbacks = Callbacks(self.stage, self.progress, lambda: self._is_over, self.begin, self.end)
        self._clock = Clock({}, {})
        self._is_over = False
        self._lines: list[str] = []
        self._points: list[RunPoint] = []
        self._fields: dict[str, object] = {}
        self._recorded = 0.0
        self._fit = 0
        self._plotted: int | None = None  # the number of the last point of the curve
        self._latest: Progress | None = None

    def stage(self, sentence: str) -> None:
        """Records that a new step begins."""
        self._fields |= {"stage": sentence[:200]}
        self.log(sentence)

    def expect(self, estimate: Estimate) -> None:
        """Takes over how long each step is expected to take; the run has begun when it was claimed."""
        self._clock = Clock(estimate.work, estimate.paces)
        started = self.run.started or timezone.now()
        self._clock.begin(Step.START, 1, ago_s=(timezone.now() - started).total_seconds())

    def begin(self, step: Step, work: float) -> Advance:
        """Records that a step with this much work begins; the result records how much of it is done."""
        count = self._clock.begin(step, work)

        def advance(done: float) -> None:
            count(done)
            if time.monotonic() - self._recorded >= RECORD_EVERY_S:
                self.record()

        return advance

    def end(self, last_line: str) -> None:
        """Ends the run as done, with this last line in its log. Raises RunIsOver if it has ended already."""
        self.keep_timings()
        if not end_run(self.run, Status.DONE, last_line=last_line):
            raise RunIsOver

    def keep_timings(self) -> None:
        """Records how long each step took, for the estimates of later runs, and writes it into the log."""
        timings = self._clock.timings()
        self._fields["timings"] = {"machine": this_machine(), "steps": timings}
        took = (f"{TITLES[Step(name)]} {timed['seconds']:.1f} s" for name, timed in timings.items())
        self.log(f"Time by step: {'; '.join(took)}.")

    def log(self, text: str) -> None:
        """Writes a line into the run's log at once."""
        self._lines.append(log_line(text))
        self.record()

    def progress(self, now: Progress) -> None:
        """Records that a batch or an epoch is done."""
        before = self._latest
        if before is None or (now.epoch, now.batch) < (before.epoch, before.batch):
            self._fit += before is not None
            self._plotted = None
        self._latest = now
        self._fields |= {"epoch": now.epoch, "epochs": now.epochs, "batch": now.batch, "batches": now.batches}
        if now.epoch_done:
            self._lines.append(log_line(epoch_line(now)))
        if now.epoch_done or self._is_plotted(now):
            self._points.append(self._point(now))
        if time.monotonic() - self._recorded >= RECORD_EVERY_S:
            self.record()

    def _is_plotted(self, now: Progress) -> bool:
        """Whether this batch is a point of the curve. All epochs together have about POINTS; the first shows most."""
        if now.epoch > 1 and now.batch < PLOTTED_FROM * now.batches:
            return False
        of_epoch = max(FEWEST_OF_EPOCH, POINTS // now.epochs)
        number = now.batch * of_epoch // now.batches + (now.epoch - 1) * of_epoch
        is_next = self._plotted is None or number != self._plotted
        self._plotted = number
        return is_next

    def _point(self, now: Progress) -> RunPoint:
        at = now.epoch if now.epoch_done else now.epoch - 1 + now.batch / now.batches
        return RunPoint(
            run=self.run,
            stage=self._fit,
            at=at,
            loss=now.loss,
            accuracy=now.accuracy,
            val_loss=now.val_loss,
            val_accuracy=now.val_accuracy,
        )

    def _time(self) -> dict[str, object]:
        """Returns the fields that say how far the run is and how long it will take."""
        now = self._clock.read()
        if now is None:
            return {}
        step = {"name": now.step.value, "number": now.number, "of": now.steps}
        return {
            "step": step | {"share": now.step_share, "seconds_left": now.step_left_s},
            "share": now.share,
            "seconds_left": now.left_s,
        }

    def record(self) -> None:
        """Writes what has gathered. If the database is away it is written the next time."""
        self._recorded = time.monotonic()
        running = TrainingRun.objects.running().filter(pk=self.run.pk)
        try:
            with transaction.atomic():
                log_now = appended("".join(self._lines))
                if not leases.renew(running, log=log_now, **self._fields | self._time()):
                    self._is_over = True
                    return
                RunPoint.objects.bulk_create(self._points)
        except (DatabaseError, InterfaceError) as error:
            log.warning("The progress of run %s cannot be recorded now: %s", self.run.public_id, error)
            if not connection.in_atomic_block:
                connection.close()
            return
        self._lines, self._points, self._fields = [], [], {}

    @contextmanager
    def heartbeats(self, is_orphan: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Sends heartbeats from a thread while the block runs, however long a batch or an import takes.

        is_orphan: whether the parent process is gone; then this process ends at once.
        """
        ended = threading.Event()

        def send_heartbeats() -> None:
            while not ended.wait(HEARTBEAT_S):
                if is_orphan():
                    os._exit(1)  # without a parent nobody waits; the upkeep finds the run silent
                try:
                    running = TrainingRun.objects.running().filter(pk=self.run.pk)
                    self._is_over = not leases.renew(running, **self._time())
                except (DatabaseError, InterfaceError) as error:
                    log.warning("Run %s cannot send a heartbeat: %s", self.run.public_id, error)
                    connection.close()
            connection.close()  # each thread has its own connection

        thread = threading.Thread(target=send_heartbeats, name="heartbeats", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(HEARTBEAT_S)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Ends the run if the block raises: as cancelled if it was stopped, otherwise as failed."""
        try:
            yield
        except (TrainingStopped, RunIsOver):
            end_run(self.run, Status.CANCELLED)  # unless it has ended already
        except Exception as error:  # the outermost edge of this process
            log.exception("Training run %s failed", self.run.public_id)
            shutil.rmtree(work_folder(self.run), ignore_errors=True)  # first of all: the disk may be full
            self.log("".join(traceback.format_exception(error)).rstrip())
            end_run(self.run, Status.FAILED, error=sentence_for(error))


def epoch_line(done: Progress) -> str:
    """Returns an epoch in words, for the command and the log of a run."""
    line = f"Epoch {done.epoch:>3}/{done.epochs}  loss {done.loss:.4f}, accuracy {done.accuracy:.4f}"
    if done.val_loss is not None:
        line += f"; held out: loss {done.val_loss:.4f}, accuracy {done.val_accuracy:.4f}"
    return line


def sentence_for(error: BaseException) -> str:
    if is_disk_full(error):
        return DISK_FULL
    if isinstance(error, ClassifierError | ValueError) and str(error):
        return f"{error} Nothing was registered."
    if isinstance(error, MemoryError):
        return "The machine has too little memory for this run. Nothing was registered; choose a smaller batch size."
    if isinstance(error, OperationalError):
        return "The database could not be reached. Nothing was registered; start the run again."
    return f"An unexpected error stopped the run ({type(error).__name__}). Nothing was registered; see the run's log."


def is_disk_full(error: BaseException | None) -> bool:
    """Whether a full disk caused the error. HDF5 and TensorFlow report it only in the text."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if any(words in str(error).lower() for words in FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
