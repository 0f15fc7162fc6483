"""Putting versions into service and taking them back: the gate, what may override it, and who did what and why."""

import hashlib
from dataclasses import asdict
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from classifier.digits.registry import activate, version_in_service
from classifier.models import Activation, ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from training.models import Measurement

from .gate import Judgement, judge
from .measuring import is_complete, measure

Kind = Activation.Kind

MEASURED_ELSEWHERE_MIN = 30  # minutes in which whoever made a version measures it, or the start of the site


class GateRefused(Exception):
    """The candidate is significantly worse than the version in service; `judgement` has the figures."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(" ".join(judgement.sentences))
        self.judgement = judgement


class NothingBefore(Exception):
    """No version served before the one in service."""


def measured(version: ModelVersion) -> Measurement:
    """What is known of a version on the fixed sets; measured now, for some seconds, where anything is missing."""
    known = Measurement.objects.filter(version=version).first()
    return known if known and is_complete(known) else measure(version)


def measure_unmeasured() -> ModelVersion | None:
    """Measure one version of which nothing is known, such as a bundled one; it when there was one.

    Not at first: its own run measures it, and what ships is measured when the site starts.
    """
    long_ago = timezone.now() - timedelta(minutes=MEASURED_ELSEWHERE_MIN)
    version = ModelVersion.objects.filter(measurement=None, created__lt=long_ago).first()
    if version is not None:
        measure(version)
    return version


def promote(
    *, version: ModelVersion, by: User | None, reason: str, override: bool = False, kind: Kind = Kind.PROMOTION
) -> Activation:
    """Put a version into service; twice the same is one.

    override: put it into service although the gate refuses it, and record that; whether `by` may is the caller's.
    Raises GateRefused, ModelFileDamaged; the version in service then stays.
    """
    check_file(version, version_in_service())  # before it is measured
    candidate = measured(version)
    with transaction.atomic():
        in_service = ModelVersion.objects.active().select_for_update().first()
        if in_service == version and (latest := version.activations.first()):
            return latest
        judgement = _judged(candidate, in_service)
        if not judgement.passed and not override:
            raise GateRefused(judgement)
        check_file(version, in_service)
        overridden = not judgement.passed
        return activate(version, kind=kind, by=by, reason=reason, gate=asdict(judgement), overridden=overridden)


def _judged(candidate: Measurement, in_service: ModelVersion | None) -> Judgement:
    try:
        return judge(candidate, measured(in_service) if in_service else None)
    except (ModelFileDamaged, OSError):
        # Its workers may still have it in memory. Who may override the gate can put a sound one in its place.
        sentence = f"The file of {in_service}, which is in service, is damaged: there is nothing to compare with."
        return Judgement(False, [sentence], [])


def roll_back(*, by: User | None, reason: str, leaving: ModelVersion | None = None) -> Activation:
    """Put the version back into service that served before the one that serves now.

    leaving: the version that whoever asks wants gone; when it has gone already nothing happens, so that a
    button pressed twice does not go back twice.
    Raises NothingBefore, ModelFileDamaged; the version in service then stays.
    """
    with transaction.atomic():
        in_service = ModelVersion.objects.active().select_for_update().first()
        latest = Activation.objects.first()
        if latest is not None and leaving is not None and in_service != leaving:
            return latest
        version = version_before()
        if version is None:
            raise NothingBefore("No version served before this one; there is nothing to go back to.")
        check_file(version, in_service)
        return activate(version, kind=Kind.ROLLBACK, by=by, reason=reason)


def version_before() -> ModelVersion | None:
    """Where a rollback leads. Going back twice leads back twice: what was taken back is not returned to."""
    served: list[ModelVersion] = []
    for activation in Activation.objects.select_related("version").order_by("pk"):
        if activation.kind == Kind.ROLLBACK and activation.version in served:
            del served[served.index(activation.version) + 1 :]
        elif not served or served[-1] != activation.version:
            served.append(activation.version)
    return served[-2] if len(served) > 1 else None


def check_file(version: ModelVersion, in_service: ModelVersion | None) -> None:
    """Raise ModelFileDamaged unless the file that would serve is there and is the one that was registered."""
    stays = f" {in_service} stays in service." if in_service else ""
    try:
        with version.tflite_file.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFileDamaged(f"The file of {version} cannot be read.{stays}") from error
    if checksum != version.tflite_sha256:
        raise ModelFileDamaged(f"The file of {version} does not match its checksum.{stays}")
