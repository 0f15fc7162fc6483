"""Ending a run that fails or is stopped, with a sentence on what happened and what to do. The log has the cause."""

import errno
import logging
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

from classifier.recognition.errors import ClassifierError
from training.models import TrainingRun

from .callbacks import TrainingStopped
from .lifecycle import Status, end_run, work_folder
from .recording import Recorder

DISK_FULL = "The disk is full: the network could not be saved, and nothing was registered. Free some space and retry."
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL_WORDS = ("no space left on device", "disk is full", "file too large", "disk quota exceeded")


log = logging.getLogger(__name__)


class RunIsOver(Exception):
    """The run was ended elsewhere while it was carried out; its outcome is not kept."""


@contextmanager
def failures_recorded(run: TrainingRun, recorder: Recorder) -> Iterator[None]:
    """Ends the run if the block raises: as cancelled if it was stopped, otherwise as failed."""
    try:
        yield
    except (TrainingStopped, RunIsOver):
        end_run(run, Status.CANCELLED)  # unless it has ended already
    except Exception as error:  # the outermost edge of this process
        log.exception("Training run %s failed", run.public_id)
        shutil.rmtree(work_folder(run), ignore_errors=True)  # first of all: the disk may be full
        recorder.log("".join(traceback.format_exception(error)).rstrip())
        end_run(run, Status.FAILED, error=sentence_for(error))


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
