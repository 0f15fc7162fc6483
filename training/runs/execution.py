"""Carrying a run out, in the process that trains: the images, the network, its version, its judgement."""

import errno
import logging
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

from django.db import OperationalError, transaction

from classifier.digits.registry import read_metadata, register_version, remove_files, version_in_service
from classifier.models import Activation, ModelVersion
from classifier.recognition.errors import ClassifierError
from training.evaluation import promotion
from training.evaluation.measuring import measure
from training.models import TrainingRun
from training.networks.artifacts import TFLITE

from .building import TrainingStopped, make_model, training_data
from .recipe import Recipe
from .recording import Recorder
from .requests import Status, end_run, work_folder

DISK_FULL = "The disk is full: the network could not be saved, and nothing was registered. Make room and start again."
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL_WORDS = ("no space left on device", "disk is full", "file too large", "disk quota exceeded")

log = logging.getLogger(__name__)


class RunIsOver(Exception):
    """The run was ended by somebody else while it was carried out; what it made is not kept."""


def carry_out(run: TrainingRun, is_orphan: Callable[[], bool] = lambda: False) -> None:
    """Do what a claimed run asks for. However it goes, the row says so at the end, and nothing is left half done."""
    recorder = Recorder(run)
    with recorder.signs_of_life(is_orphan):
        try:
            version = _make_version(run, recorder)
            recorder.stage("Measuring the new version and the one in service on the fixed sets and corrections.")
            for each in {version, version_in_service() or version}:
                measure(each)  # both now: what corrections are held back changes from day to day
            _conclude(run, version)
        except (TrainingStopped, RunIsOver):
            end_run(run, Status.CANCELLED)  # if nobody has ended it yet
        except Exception as error:  # the outermost edge of this process
            log.exception("Training run %s failed", run.public_id)
            shutil.rmtree(work_folder(run), ignore_errors=True)  # first of all: the disk may be full
            recorder.say("".join(traceback.format_exception(error)).rstrip())
            end_run(run, Status.FAILED, error=sentence_for(error))


def _make_version(run: TrainingRun, recorder: Recorder) -> ModelVersion:
    recipe = Recipe.from_json(run.recipe)
    folder = work_folder(run) / recipe.architecture
    recorder.stage("Reading the images to learn from.")
    make_model(recipe, training_data(recipe, watch=recorder.watch), folder, recorder.watch)
    recorder.stage("Registering the files as a candidate.")
    return register(run, folder, recorder)


def register(run: TrainingRun, folder: Path, recorder: Recorder) -> ModelVersion:
    """Register what a run made and link the two, both or neither. Raises RunIsOver."""
    checksum = read_metadata(folder)["files"][TFLITE]["sha256"]
    known = ModelVersion.objects.filter(tflite_sha256=checksum).first()
    if known is not None:
        recorder.say(f"It is the same network as {known}, which is there already; no new version is made.")
        if not TrainingRun.objects.filter(version=known).exists():
            TrainingRun.objects.running().filter(pk=run.pk).update(version=known)
        return known
    version = None
    try:
        with transaction.atomic():
            version = register_version(folder)
            if not TrainingRun.objects.running().filter(pk=run.pk, cancel_asked=False).update(version=version):
                raise RunIsOver
    except BaseException:
        if version is not None:
            remove_files(version)
        raise
    recorder.say(f"Registered as {version}.")
    return version


def _conclude(run: TrainingRun, version: ModelVersion) -> None:
    """Promote if so asked and allowed, and end the run: both at once, so that none is seen without the other."""
    with transaction.atomic():
        said = _promote(run, version) if run.promote_if_passed else f"Done: {version} is a candidate."
        if not end_run(run, Status.DONE, said=said):
            raise RunIsOver


def _promote(run: TrainingRun, version: ModelVersion) -> str:
    """Put the version into service if the gate lets it; a sentence about what became of it."""
    reason = f"Its training run of {run.created:%Y-%m-%d %H:%M} UTC was to promote it if it passed the gate."
    try:
        with transaction.atomic():
            promotion.promote(version=version, by=run.requested_by, reason=reason, kind=Activation.Kind.AUTOMATIC)
    except promotion.GateRefused as refused:
        return f"Done: {version} is a candidate. It is not put into service: {refused}"
    except ClassifierError as error:
        return f"Done: {version} is a candidate. It could not be put into service: {error}"
    return f"Done: {version} passed the gate and is in service."


def sentence_for(error: BaseException) -> str:
    """Why a run failed and what to do, for its page; the log has the cause."""
    if is_disk_full(error):
        return DISK_FULL
    if isinstance(error, ClassifierError | ValueError) and str(error):
        return f"{error} Nothing was registered."
    if isinstance(error, MemoryError):
        return "The machine has too little memory for this run. Nothing was registered; choose a smaller batch size."
    if isinstance(error, OperationalError):
        return "The database could not be reached. Nothing was registered; start the run again."
    return f"Something unexpected stopped it ({type(error).__name__}). Nothing was registered; its log has the cause."


def is_disk_full(error: BaseException | None) -> bool:
    """Whether a full disk is behind it; HDF5 and TensorFlow say so in words only."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if any(words in str(error).lower() for words in FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
