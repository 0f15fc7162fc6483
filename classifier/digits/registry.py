"""Which model versions there are, which one serves, and the networks loaded from them."""

import hashlib
import json
import threading
from collections import OrderedDict
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.auth.models import User
from django.core.files import File
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from classifier.models import Activation, ModelVersion, version_file
from classifier.recognition.calibration import Calibration
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Network
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.verdict import judge

BUNDLED = Path(__file__).resolve().parents[1] / "bundled"
BUNDLED_DEFAULT = "deeper_cnn"  # what a fresh installation serves: the better one on people's drawings
METADATA_FORMAT = 1
FILES = {f"mnist_cnn_model.{suffix}": f"{suffix}_file" for suffix in ("tflite", "keras", "h5")}  # name: field
TFLITE = "mnist_cnn_model.tflite"
NETWORKS_KEPT = 3  # in each inference process: the one in service and those asked for by name


def register_version(folder: Path, name: str | None = None) -> ModelVersion:
    """Take a trained network into storage and the table, as a candidate; twice the same is one.

    folder: as training writes it: the three model files, metadata.json, summary.txt.
    Raises ModelFileDamaged when a file is missing, is not what the metadata says, or cannot be loaded.
    """
    metadata = read_metadata(folder)
    checksum = metadata["files"][TFLITE]["sha256"]
    if existing := ModelVersion.objects.filter(tflite_sha256=checksum).first():
        return existing
    _check_answers((folder / TFLITE).read_bytes(), metadata)
    version = ModelVersion(
        **_described(metadata) | ({"name": name} if name else {}),
        metadata=metadata,
        summary=(folder / "summary.txt").read_text(),
        tflite_sha256=checksum,
    )
    try:
        for file_name, field in FILES.items():
            with (folder / file_name).open("rb") as file:
                getattr(version, field).save(file_name, File(file), save=False)
        version.save()
    except BaseException:
        remove_files(version)  # a full disk leaves part of one
        raise
    return version


def remove_files(version: ModelVersion) -> None:
    """Remove the files of a version that has no row, also those that were written in part."""
    for file_name, field in FILES.items():
        storage = getattr(version, field).storage
        storage.delete(version_file(version, file_name))
    with suppress(OSError):  # something of somebody else's is in the folder; a storage without folders has none
        storage.delete(str(PurePosixPath(version_file(version, TFLITE)).parent))


def _check_answers(content: bytes, metadata: dict[str, Any]) -> None:
    """Raises ModelFileDamaged if the network cannot be loaded, or if its calibration cannot read its outputs."""
    blank = np.zeros((1, SIDE, SIDE), np.uint8)
    answer = Network(content, metadata["files"][TFLITE]["sha256"]).answer(blank)
    try:
        judge(answer.logits[0], answer.features[0], blank[0], {}, Calibration.of(metadata.get("calibration")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileDamaged(f"The model's calibration does not fit it: {error}") from error


def _described(metadata: dict[str, Any]) -> dict[str, Any]:
    """What the table repeats of the metadata. Raises KeyError or TypeError where it is not there."""
    return {
        "name": f"{metadata['name']}-{metadata['files'][TFLITE]['sha256'][:8]}",
        "architecture": str(metadata["architecture"]),
        "parameters": int(metadata["parameters"]),
        "accuracy": float(metadata["evaluation"]["accuracy"]),
    }


def read_metadata(folder: Path) -> dict[str, Any]:
    """A trained network's metadata, once all its files are there and match their checksums."""
    try:
        metadata: dict[str, Any] = json.loads((folder / "metadata.json").read_text())
        if metadata["format"] != METADATA_FORMAT:
            raise ModelFileDamaged(f"The model in {folder.name} is of format {metadata['format']}, not known here.")
        if missing := {*FILES, "summary.txt"} - metadata["files"].keys():
            raise ModelFileDamaged(f"The model in {folder.name} lacks {', '.join(sorted(missing))}.")
        _described(metadata)
        for name, expected in metadata["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected["sha256"]:
                raise ModelFileDamaged(f"{name} does not match its checksum; the model is not registered.")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileDamaged(f"The model in {folder.name} is incomplete or damaged: {error}") from error
    return metadata


def activate(
    version: ModelVersion,
    *,
    kind: Activation.Kind,
    by: User | None = None,
    reason: str = "",
    gate: dict[str, Any] | None = None,
    overridden: bool = False,
) -> Activation:
    """Put a version into service and keep who did it and why; workers serve it from their next prediction on."""
    with transaction.atomic():
        previous = ModelVersion.objects.active().select_for_update().first()
        ModelVersion.objects.active().exclude(pk=version.pk).update(is_active=False)
        version.is_active, version.activated = True, timezone.now()
        version.save(update_fields=["is_active", "activated"])
        return Activation.objects.create(
            version=version,
            previous=previous,
            kind=kind,
            by=by,
            by_name=by.get_username() if by else "",
            reason=reason,
            gate=gate,
            overridden=overridden,
        )


def register_bundled() -> list[ModelVersion]:
    """Register what ships with the project; a fresh installation serves the default of them."""
    versions = {}
    for folder in sorted(path.parent for path in BUNDLED.glob("[!.]*/metadata.json")):
        versions[folder.name] = register_version(folder)
    if not ModelVersion.objects.active().exists():
        activate(versions[BUNDLED_DEFAULT], kind=Activation.Kind.SET_UP)
    return list(versions.values())


class _Networks:
    """Networks by checksum, loaded once in each process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, Network] = OrderedDict()

    def get(self, version: ModelVersion) -> Network:
        checksum = version.tflite_sha256
        with self._lock:
            if checksum not in self._loaded:
                with version.tflite_file.open("rb") as file:
                    self._loaded[checksum] = Network(file.read(), checksum)
                while len(self._loaded) > NETWORKS_KEPT:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(checksum)
            return self._loaded[checksum]


_networks = _Networks()


class _InService:
    """The active version, read whole only when it is another than the last time.

    That is asked before every answer, so in plain SQL: as a queryset it took a sixth of the worker's time.
    """

    ASKING = f"SELECT public_id FROM {ModelVersion._meta.db_table} WHERE is_active"  # noqa: S608 - no stranger's words

    def __init__(self) -> None:
        self._known: tuple[object, ModelVersion] | None = None

    def get(self) -> ModelVersion:
        """Raises ModelFileDamaged when there is none."""
        with connection.cursor() as cursor:
            cursor.execute(self.ASKING)
            row = cursor.fetchone()
        known = self._known
        if row is not None and known is not None and known[0] == row[0]:
            return known[1]
        version = ModelVersion.objects.active().only("name", "tflite_file", "tflite_sha256", "public_id").first()
        if version is None:
            raise ModelFileDamaged("No model version is in service; run `manage.py register_bundled`.")
        if row is not None and row[0] in (version.public_id, version.public_id.hex):
            self._known = row[0], version
        return version


_in_service = _InService()


def network_in_service() -> tuple[ModelVersion, Network]:
    """The active version and its network; a version put into service is noticed at the next call.

    Raises ModelFileDamaged when there is none or its file is damaged.
    """
    version = _in_service.get()
    try:
        return version, _networks.get(version)
    except OSError as error:
        raise ModelFileDamaged(f"The file of model version {version} cannot be read.") from error


def network_named(name: str) -> tuple[ModelVersion, Network]:
    """The version of that name and its network; the version in service where that one cannot be had any more.

    Raises ModelFileDamaged when neither can be loaded.
    """
    version = ModelVersion.objects.filter(name=name).only("name", "tflite_file", "tflite_sha256", "public_id").first()
    if version is not None:
        with suppress(OSError, ModelFileDamaged):
            return version, _networks.get(version)
    return network_in_service()


def network_of(version: ModelVersion) -> Network:
    """A version's own network. Raises ModelFileDamaged when it cannot be had."""
    try:
        return _networks.get(version)
    except OSError as error:
        raise ModelFileDamaged(f"The file of model version {version} cannot be read.") from error


def calibration_of(version: ModelVersion) -> Calibration | None:
    """How to read the outputs of a version's network; None for versions that came without."""
    return _calibration(version.public_id)


@lru_cache(maxsize=NETWORKS_KEPT)
def _calibration(public_id: UUID) -> Calibration | None:
    given = ModelVersion.objects.filter(public_id=public_id).values_list("metadata__calibration", flat=True).first()
    return Calibration.of(given)


def version_in_service() -> ModelVersion | None:
    return ModelVersion.objects.active().first()


def shown_to_all() -> QuerySet[ModelVersion]:
    """Versions that everybody may look at: those that came with the project, and those that have served here."""
    return ModelVersion.objects.filter(
        Q(tflite_sha256__in=_bundled_checksums()) | Q(activations__isnull=False)
    ).distinct()


@cache
def _bundled_checksums() -> tuple[str, ...]:
    found = (json.loads(path.read_text()) for path in BUNDLED.glob("[!.]*/metadata.json"))
    return tuple(metadata["files"][TFLITE]["sha256"] for metadata in found)
