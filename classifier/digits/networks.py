"""The networks of model versions, loaded once in each process, and the versions in service.

A version whose file is damaged is set aside, and the last good version serves. Without one, a line reader goes out of
service, so numbers are read by segmentation; a digit reader stays, and predictions wait until its file is sound again.
"""

import hashlib
import logging
import threading
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from classifier.models import Activation, ModelVersion, VersionKind
from classifier.recognition.calibration import Calibration
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Network
from classifier.recognition.kinds import KINDS, AnyNetwork
from classifier.recognition.lines.inference import LineNetwork

from .registry import activate, shown_to_all

KEPT = 4  # networks in each inference process: the two in service and those requested by name
UNREADABLE = "The file of model version {} cannot be read."
COLUMNS = ("name", "kind", "tflite_file", "tflite_sha256", "public_id")

log = logging.getLogger(__name__)


class _Networks:
    """The most recently used networks, by checksum."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, AnyNetwork] = OrderedDict()

    def get(self, version: ModelVersion) -> AnyNetwork:
        checksum = version.tflite_sha256
        with self._lock:
            if checksum not in self._loaded:
                with version.tflite_file.open("rb") as file:
                    self._loaded[checksum] = KINDS[version.kind].load(file.read(), checksum)
                while len(self._loaded) > KEPT:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(checksum)
            return self._loaded[checksum]


_networks = _Networks()


class _InService:
    """The active version of a kind, read from the database only when another version is active.

    Runs before every answer, so it is plain SQL: as a queryset it took a sixth of the worker's time.
    """

    TABLE = ModelVersion._meta.db_table
    QUERY = f"SELECT public_id FROM {TABLE} WHERE is_active AND kind = %s"  # noqa: S608 - no user input

    def __init__(self, kind: VersionKind) -> None:
        self._kind = kind
        self._known: tuple[object, ModelVersion] | None = None

    def get(self) -> ModelVersion:
        """Raises ModelFileDamaged if no version is active."""
        with connection.cursor() as cursor:
            cursor.execute(self.QUERY, [self._kind])
            row = cursor.fetchone()
        known = self._known
        if row is not None and known is not None and known[0] == row[0]:
            return known[1]
        version = ModelVersion.objects.active(self._kind).only(*COLUMNS).first()
        if version is None:
            raise ModelFileDamaged(f"No {self._kind.label} is in service; run `manage.py register_bundled`.")
        if row is not None and row[0] in (version.public_id, version.public_id.hex):
            self._known = row[0], version
        return version


_in_service = {kind: _InService(kind) for kind in VersionKind}


def network_in_service() -> tuple[ModelVersion, Network]:
    """The active digit reader and its network. The call after a promotion returns the promoted version.

    Raises ModelFileDamaged if no version is active, or its file is damaged and no other version can serve.
    """
    version, network = _serving(VersionKind.DIGIT)
    return version, cast(Network, network)


def line_network_in_service() -> tuple[ModelVersion, LineNetwork]:
    """The active line reader and its network; as `network_in_service`."""
    version, network = _serving(VersionKind.LINE)
    return version, cast(LineNetwork, network)


def _serving(kind: VersionKind) -> tuple[ModelVersion, AnyNetwork]:
    version = _in_service[kind].get()
    try:
        return version, _network_of(version)
    except ModelFileDamaged as damage:
        good = set_aside(version, damage)
        if good is None:
            raise
        return good, _network_of(good)


def set_aside(version: ModelVersion, damage: ModelFileDamaged) -> ModelVersion | None:
    """Takes a damaged version out of service. Returns the version that serves instead, or None.

    Does nothing if the storage itself does not answer: that says nothing about the file.
    """
    if isinstance(damage.__cause__, OSError) and not isinstance(damage.__cause__, FileNotFoundError):
        return None
    good = _last_good(version)
    stays = good is None and version.kind == VersionKind.DIGIT
    with transaction.atomic():
        active = ModelVersion.objects.active(version.kind).select_for_update().first()
        if active is None or active.pk != version.pk:  # another worker was faster
            return active
        is_new = ModelVersion.objects.filter(pk=version.pk, damaged=None).update(damaged=timezone.now())
        if good is not None:
            activate(good, kind=Activation.Kind.DAMAGE, reason=f"{version} is damaged: {damage}")
        elif not stays:
            ModelVersion.objects.filter(pk=version.pk).update(is_active=False)
    if is_new or not stays:
        log.error("Model version %s is set aside: %s %s", version, damage, f"{good or 'No version'} serves instead.")
    return good


def _last_good(version: ModelVersion) -> ModelVersion | None:
    """The version of the same kind that served last and can be loaded, or else a bundled one."""
    served = Activation.objects.filter(version__kind=version.kind).values_list("version", flat=True)
    others = shown_to_all().filter(kind=version.kind, damaged=None).exclude(pk=version.pk)
    by_key = {other.pk: other for other in others}
    latest_first = [by_key[pk] for pk in dict.fromkeys([*served, *by_key]) if pk in by_key]
    return next(filter(_can_serve, latest_first), None)


def _can_serve(version: ModelVersion) -> bool:
    try:
        _network_of(version)
    except ModelFileDamaged as error:
        log.warning("Model version %s cannot serve instead: %s", version, error)
        return False
    return True


def look_after_versions() -> None:
    """Sets aside versions in service whose file is damaged, before a worker starts and needs it.

    Takes back the mark of a version whose file is sound again; it serves if no other version of its kind does.
    """
    for version in ModelVersion.objects.filter(is_active=True):
        try:
            _check_file(version)
        except ModelFileDamaged as damage:
            set_aside(version, damage)
    for version in ModelVersion.objects.exclude(damaged=None):
        with suppress(ModelFileDamaged):
            _check_file(version)
            _take_back(version)


def _take_back(version: ModelVersion) -> None:
    with transaction.atomic():
        if ModelVersion.objects.filter(pk=version.pk).exclude(damaged=None).update(damaged=None):
            log.info("The file of model version %s is sound again", version)
            if not ModelVersion.objects.active(version.kind).exists():
                activate(version, kind=Activation.Kind.REPAIR)


def _check_file(version: ModelVersion) -> None:
    """Raises ModelFileDamaged if the file that serves is missing or is not the one that was registered."""
    try:
        with version.tflite_file.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFileDamaged(UNREADABLE.format(version)) from error
    if checksum != version.tflite_sha256:
        raise ModelFileDamaged("The model file does not match its checksum.")


def network_named(name: str) -> tuple[ModelVersion, Network]:
    """The digit reader of that name and its network, or those in service if that version cannot be loaded.

    Raises ModelFileDamaged if neither can be loaded.
    """
    version = ModelVersion.objects.of_kind(VersionKind.DIGIT).filter(name=name).only(*COLUMNS).first()
    if version is not None:
        with suppress(OSError, ModelFileDamaged):
            return version, cast(Network, _networks.get(version))
    return network_in_service()


def network_of(version: ModelVersion) -> Network:
    """A digit reader's own network. Raises ModelFileDamaged if its file is missing or damaged."""
    return cast(Network, _network_of(version))


def _network_of(version: ModelVersion) -> AnyNetwork:
    try:
        return _networks.get(version)
    except OSError as error:
        raise ModelFileDamaged(UNREADABLE.format(version)) from error


def calibration_of(version: ModelVersion) -> Calibration | None:
    """The calibration of a digit reader's network; None if the version has none."""
    return _calibration(version.public_id)


def line_calibration_of(version: ModelVersion) -> dict[str, Any] | None:
    """The calibration of a line reader as it is stored, for `LineCalibration.of`; None if the version has none."""
    return _stored_calibration(version.public_id)


@lru_cache(maxsize=KEPT)
def _calibration(public_id: UUID) -> Calibration | None:
    return Calibration.of(_stored_calibration(public_id))


@lru_cache(maxsize=KEPT)
def _stored_calibration(public_id: UUID) -> dict[str, Any] | None:
    return ModelVersion.objects.filter(public_id=public_id).values_list("metadata__calibration", flat=True).first()
