"""The registry of model versions: registering trained networks and putting one into service."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from classifier import audit
from classifier.audit import Act
from classifier.models import Activation, ModelVersion, ModelVersionQuerySet, version_file
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.kinds import KINDS, NetworkKind

BUNDLED = Path(__file__).resolve().parents[1] / "bundled"
# What a new installation serves. Of the digit networks, the better one on people's drawings.
BUNDLED_DEFAULT = "deeper_cnn"
BUNDLED_DEFAULTS = {ModelVersion.Kind.DIGIT: BUNDLED_DEFAULT, ModelVersion.Kind.LINE: "line_reader"}
METADATA_FORMAT = 1
SUFFIXES = ("tflite", "keras", "h5")
TFLITE = KINDS[ModelVersion.Kind.DIGIT].tflite  # of a digit reader


def register_version(
    folder: Path, name: str | None = None, *, also: Callable[[ModelVersion], None] = lambda _: None
) -> ModelVersion:
    """Stores a trained network and registers it as a candidate. Returns the existing version if it is registered.

    folder: as training writes it: the three model files, metadata.json, summary.txt.
    also: receives the version. If it raises, nothing is registered.
    Raises ModelFileDamaged if a file is missing, differs from its checksum, or cannot be loaded.
    """
    metadata = read_metadata(folder)
    checksum = tflite_checksum(metadata)
    if existing := ModelVersion.objects.filter(tflite_sha256=checksum).first():
        also(existing)
        return existing
    kind = KINDS[kind_of(metadata)]
    version = ModelVersion(
        **_described(metadata) | ({"name": name} if name else {}),
        metadata=metadata,
        summary=(folder / "summary.txt").read_text(),
        tflite_sha256=checksum,
    )
    with _stored(version, folder), transaction.atomic():
        kind.try_out(kind.load((folder / kind.tflite).read_bytes(), checksum), metadata)
        version.save()
        also(version)
    return version


@contextmanager
def _stored(version: ModelVersion, folder: Path) -> Iterator[None]:
    """Stores the files of a version, and removes them again if the block fails to register it."""
    try:
        for file_name, field in fields_of(KINDS[version.kind]).items():
            with (folder / file_name).open("rb") as file:
                getattr(version, field).save(file_name, File(file), save=False)
        yield
    except BaseException:
        remove_files(version)  # a full disk leaves an incomplete file
        raise


def remove_files(version: ModelVersion) -> None:
    """Removes the files of a version that has no row, also incomplete ones."""
    for file_name, field in fields_of(KINDS[version.kind]).items():
        storage = getattr(version, field).storage
        storage.delete(version_file(version, file_name))
    with suppress(OSError):  # the folder has other files, or the storage has no folders
        storage.delete(version_file(version, "").rstrip("/"))


def kind_of(metadata: dict[str, Any]) -> str:
    """The kind that a trained network's metadata names; without a name it is a digit reader."""
    return str(metadata.get("kind", ModelVersion.Kind.DIGIT.value))


def fields_of(kind: NetworkKind) -> dict[str, str]:
    """The names of the model files of a kind, each with its field of ModelVersion."""
    return {f"{kind.stem}.{suffix}": f"{suffix}_file" for suffix in SUFFIXES}


def tflite_checksum(metadata: dict[str, Any]) -> str:
    """The checksum of the file that serves. Raises KeyError or TypeError if the metadata has none."""
    return str(metadata["files"][KINDS[kind_of(metadata)].tflite]["sha256"])


def _described(metadata: dict[str, Any]) -> dict[str, Any]:
    """The columns copied from the metadata. Raises KeyError or TypeError if a value is missing."""
    return {
        "name": f"{metadata['name']}-{tflite_checksum(metadata)[:8]}",
        "kind": kind_of(metadata),
        "architecture": str(metadata["architecture"]),
        "parameters": int(metadata["parameters"]),
        "accuracy": float(metadata["evaluation"]["accuracy"]),
    }


def read_metadata(folder: Path) -> dict[str, Any]:
    """A trained network's metadata. Raises ModelFileDamaged unless all files exist and match their checksums."""
    try:
        metadata: dict[str, Any] = json.loads((folder / "metadata.json").read_text())
        if metadata["format"] != METADATA_FORMAT:
            raise ModelFileDamaged(f"The model in {folder.name} has the unknown format {metadata['format']}.")
        if kind_of(metadata) not in KINDS:
            raise ModelFileDamaged(f"The model in {folder.name} is of the unknown kind {metadata['kind']}.")
        if missing := {*fields_of(KINDS[kind_of(metadata)]), "summary.txt"} - metadata["files"].keys():
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
    """Puts a version into service and records who did it and why. Workers use it from their next prediction on."""
    with transaction.atomic():
        active = ModelVersion.objects.active(version.kind)
        previous = active.select_for_update().first()
        active.exclude(pk=version.pk).update(is_active=False)
        version.is_active, version.activated, version.damaged = True, timezone.now(), None
        version.save(update_fields=["is_active", "activated", "damaged"])
        if by is not None:
            act = Act.ROLLED_BACK if kind == Activation.Kind.ROLLBACK else Act.PROMOTED
            audit.record(Act.OVERRODE_GATE if overridden else act, by=by, on=version, detail=reason)
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
    """Registers the bundled networks. An installation without a version of a kind in service serves the default.

    A network that is already registered gets the metadata of this release: its calibration may be a newer one.
    """
    versions = {}
    for folder in sorted(path.parent for path in BUNDLED.glob("[!.]*/metadata.json")):
        version, metadata = register_version(folder), read_metadata(folder)
        if version.metadata != metadata:
            version.metadata = metadata
            version.save(update_fields=["metadata"])
        versions[folder.name] = version
    for kind, default in BUNDLED_DEFAULTS.items():
        if default in versions and not ModelVersion.objects.active(kind).exists():
            activate(versions[default], kind=Activation.Kind.SET_UP)
    return list(versions.values())


def version_in_service(kind: str = ModelVersion.Kind.DIGIT) -> ModelVersion | None:
    return ModelVersion.objects.active(kind).first()


def shown_to_all() -> ModelVersionQuerySet:
    """The versions that everybody may see: the bundled ones, and those that have been in service."""
    return ModelVersion.objects.filter(
        Q(tflite_sha256__in=bundled_checksums()) | Q(activations__isnull=False)
    ).distinct()


@cache
def bundled_checksums() -> tuple[str, ...]:
    """The checksums of the networks that every installation has."""
    bundled = (json.loads(path.read_text()) for path in BUNDLED.glob("[!.]*/metadata.json"))
    return tuple(map(tflite_checksum, bundled))
