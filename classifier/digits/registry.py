"""The registry of model versions: registering trained networks and putting one into service."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.core.files import File
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from classifier.models import Activation, ModelVersion, version_file
from classifier.recognition.calibration import Calibration
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Network
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.verdict import judge

BUNDLED = Path(__file__).resolve().parents[1] / "bundled"
BUNDLED_DEFAULT = "deeper_cnn"  # what a new installation serves: the better one on people's drawings
METADATA_FORMAT = 1
FILES = {f"mnist_cnn_model.{suffix}": f"{suffix}_file" for suffix in ("tflite", "keras", "h5")}  # name: field
TFLITE = "mnist_cnn_model.tflite"


def register_version(
    folder: Path, name: str | None = None, *, also: Callable[[ModelVersion], None] = lambda _: None
) -> ModelVersion:
    """Stores a trained network and registers it as a candidate. Returns the existing version if it is registered.

    folder: as training writes it: the three model files, metadata.json, summary.txt.
    also: receives the version. If it raises, nothing is registered.
    Raises ModelFileDamaged if a file is missing, differs from its checksum, or cannot be loaded.
    """
    metadata = read_metadata(folder)
    checksum = metadata["files"][TFLITE]["sha256"]
    if existing := ModelVersion.objects.filter(tflite_sha256=checksum).first():
        also(existing)
        return existing
    version = ModelVersion(
        **_described(metadata) | ({"name": name} if name else {}),
        metadata=metadata,
        summary=(folder / "summary.txt").read_text(),
        tflite_sha256=checksum,
    )
    with _stored(version, folder), transaction.atomic():
        _check_answers((folder / TFLITE).read_bytes(), metadata)
        version.save()
        also(version)
    return version


@contextmanager
def _stored(version: ModelVersion, folder: Path) -> Iterator[None]:
    """Stores the files of a version, and removes them again if the block fails to register it."""
    try:
        for file_name, field in FILES.items():
            with (folder / file_name).open("rb") as file:
                getattr(version, field).save(file_name, File(file), save=False)
        yield
    except BaseException:
        remove_files(version)  # a full disk leaves an incomplete file
        raise


def remove_files(version: ModelVersion) -> None:
    """Removes the files of a version that has no row, also incomplete ones."""
    for file_name, field in FILES.items():
        storage = getattr(version, field).storage
        storage.delete(version_file(version, file_name))
    with suppress(OSError):  # the folder has other files, or the storage has no folders
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
    """The columns copied from the metadata. Raises KeyError or TypeError if a value is missing."""
    return {
        "name": f"{metadata['name']}-{metadata['files'][TFLITE]['sha256'][:8]}",
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
    """Puts a version into service and records who did it and why. Workers use it from their next prediction on."""
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
    """Registers the bundled networks. A new installation serves BUNDLED_DEFAULT."""
    versions = {}
    for folder in sorted(path.parent for path in BUNDLED.glob("[!.]*/metadata.json")):
        versions[folder.name] = register_version(folder)
    if not ModelVersion.objects.active().exists():
        activate(versions[BUNDLED_DEFAULT], kind=Activation.Kind.SET_UP)
    return list(versions.values())


def version_in_service() -> ModelVersion | None:
    return ModelVersion.objects.active().first()


def shown_to_all() -> QuerySet[ModelVersion]:
    """The versions that everybody may see: the bundled ones, and those that have been in service."""
    return ModelVersion.objects.filter(
        Q(tflite_sha256__in=_bundled_checksums()) | Q(activations__isnull=False)
    ).distinct()


@cache
def _bundled_checksums() -> tuple[str, ...]:
    bundled = (json.loads(path.read_text()) for path in BUNDLED.glob("[!.]*/metadata.json"))
    return tuple(metadata["files"][TFLITE]["sha256"] for metadata in bundled)
