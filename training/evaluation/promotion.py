"""Promotion and rollback of versions: checks the file and the gate, and records who did it and why."""

import hashlib
from dataclasses import asdict

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from classifier.digits.registry import activate, version_in_service
from classifier.models import Activation, ModelVersion
from classifier.recognition.errors import ClassifierError, ModelFileDamaged
from training.models import Measurement, TrainingRun

from .fixed_sets import COMPARED, LINES, read_set
from .gate import GateRefused, Judgement, judge, right_of
from .measuring import measure
from .unmeasured import unmeasured

Kind = Activation.Kind


class NothingBefore(Exception):
    """No version was in service before the present one."""


def measured(version: ModelVersion) -> Measurement:
    """Returns the measurement of a version; measures it now, which takes seconds, if any set is missing from it."""
    known = Measurement.objects.filter(version=version).first()
    return known if known and is_complete(known) else measure(version)


def is_complete(measurement: Measurement) -> bool:
    """Whether it was measured on all fixed sets that are available now."""
    names = COMPARED[measurement.version.kind]
    return all(right_of(measurement, name) is not None for name in names if name == LINES or read_set(name) is not None)


def measure_unmeasured() -> ModelVersion | None:
    """Measures one version that has no measurement, such as a bundled one. Returns it, or None if all are measured."""
    version = unmeasured().first()
    if version is not None:
        measure(version)
    return version


def promote_after_run(run: TrainingRun, version: ModelVersion, candidate: Measurement) -> str:
    """Promotes the version of a run if the run asks for it and it passes the gate. Returns what happened."""
    if not run.promote_if_passed:
        return f"Done: {version} is a candidate."
    requested = f"{timezone.localtime(run.created):%Y-%m-%d %H:%M %Z}"
    reason = f"Its training run of {requested} was to promote it unless it is significantly worse."
    try:
        with transaction.atomic():
            _promote(version, candidate, by=run.requested_by, reason=reason, kind=Kind.AUTOMATIC)
    except GateRefused as refusal:
        return f"Done: {version} is a candidate. It is not put into service: {refusal}"
    except ClassifierError as error:
        return f"Done: {version} is a candidate. It could not be put into service: {error}"
    return f"Done: {version} is in service. The gate did not refuse it."


def promote(*, version: ModelVersion, by: User | None, reason: str, override: bool = False) -> Activation:
    """Puts a version into service; does nothing if it is in service already.

    override: promote it although the gate refuses it, and record that. The caller checks whether `by` may do so.
    Raises GateRefused, ModelFileDamaged; the version in service then stays.
    """
    check_file(version, version_in_service(version.kind))  # before it is measured
    return _promote(version, measured(version), by=by, reason=reason, override=override)


def _promote(
    version: ModelVersion,
    candidate: Measurement,
    *,
    by: User | None,
    reason: str,
    override: bool = False,
    kind: Kind = Kind.PROMOTION,
) -> Activation:
    with transaction.atomic():
        in_service = ModelVersion.objects.active(version.kind).select_for_update().first()
        if in_service == version and (latest := version.activations.first()):
            return latest
        check_file(version, in_service)
        try:
            opponent = measured(in_service) if in_service else None
        except (ModelFileDamaged, OSError):
            # Workers may still have it in memory. Overriding the gate replaces it with a sound version.
            sentence = f"The file of {in_service}, which is in service, is damaged, so nothing can be compared with it."
            judgement = Judgement(False, [sentence], [])
        else:
            judgement = judge(candidate, opponent)
        if not judgement.passed and not override:
            raise GateRefused(judgement)
        overridden = not judgement.passed
        return activate(version, kind=kind, by=by, reason=reason, gate=asdict(judgement), overridden=overridden)


def roll_back(
    *, by: User | None, reason: str, leaving: ModelVersion | None = None, kind: str = ModelVersion.Kind.DIGIT
) -> Activation:
    """Puts the version of a kind back into service that served before the present one.

    leaving: the version to replace, whose kind counts. If it is no longer in service nothing happens, so pressing the
    button twice rolls back once.
    Raises NothingBefore, ModelFileDamaged; the version in service then stays.
    """
    with transaction.atomic():
        kind = leaving.kind if leaving is not None else kind
        in_service = ModelVersion.objects.active(kind).select_for_update().first()
        latest = Activation.objects.filter(version__kind=kind).first()
        if latest is not None and leaving is not None and in_service != leaving:
            return latest
        version = version_before(kind)
        if version is None:
            raise NothingBefore("No version was in service before this one, so there is nothing to roll back to.")
        check_file(version, in_service)
        return activate(version, kind=Kind.ROLLBACK, by=by, reason=reason)


def version_before(kind: str = ModelVersion.Kind.DIGIT) -> ModelVersion | None:
    """Returns the version of a kind that a rollback leads to.

    Two rollbacks lead two versions back, never to a withdrawn one.
    """
    served: list[ModelVersion] = []
    for activation in Activation.objects.filter(version__kind=kind).select_related("version").order_by("pk"):
        if activation.kind in (Kind.ROLLBACK, Kind.DAMAGE) and activation.version in served:
            del served[served.index(activation.version) + 1 :]
        elif not served or served[-1] != activation.version:
            served.append(activation.version)
    return served[-2] if len(served) > 1 else None


def check_file(version: ModelVersion, in_service: ModelVersion | None) -> None:
    """Raises ModelFileDamaged if the file that would serve is missing or is not the one that was registered."""
    stays = f" {in_service} stays in service." if in_service else ""
    try:
        with version.tflite_file.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFileDamaged(f"The file of {version} cannot be read.{stays}") from error
    if checksum != version.tflite_sha256:
        raise ModelFileDamaged(f"The file of {version} does not match its checksum.{stays}")
