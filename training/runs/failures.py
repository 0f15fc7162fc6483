"""Sentences for the ways in which a run fails: what happened and what to do. The log has the cause."""

import errno

from django.db import OperationalError

from classifier.recognition.errors import ClassifierError

DISK_FULL = "The disk is full: the network could not be saved, and nothing was registered. Free some space and retry."
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL_WORDS = ("no space left on device", "disk is full", "file too large", "disk quota exceeded")


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
