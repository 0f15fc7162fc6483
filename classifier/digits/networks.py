"""The networks of model versions, loaded once in each process, and the versions in service."""

import threading
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from django.db import connection

from classifier.models import ModelVersion, VersionKind
from classifier.recognition.calibration import Calibration
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Network
from classifier.recognition.kinds import KINDS, AnyNetwork
from classifier.recognition.lines.inference import LineNetwork

KEPT = 4  # networks in each inference process: the two in service and those requested by name
COLUMNS = ("name", "kind", "tflite_file", "tflite_sha256", "public_id")


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

    Raises ModelFileDamaged if no version is active or its file is damaged.
    """
    version = _in_service[VersionKind.DIGIT].get()
    return version, network_of(version)


def line_network_in_service() -> tuple[ModelVersion, LineNetwork]:
    """The active line reader and its network; as `network_in_service`."""
    version = _in_service[VersionKind.LINE].get()
    return version, cast(LineNetwork, _network_of(version))


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
        raise ModelFileDamaged(f"The file of model version {version} cannot be read.") from error


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
