"""The weights that a training continues from: the Keras file of a version, checked before it is read."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ValidationError

from classifier.models import ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.kinds import KINDS


def starting_version(public_id: str, architecture: str) -> ModelVersion:
    """The version that a training of this architecture continues from. Raises ValueError."""
    try:
        version = ModelVersion.objects.filter(public_id=public_id).first()
    except ValidationError:
        version = None
    if version is None:
        raise ValueError("The version to continue from does not exist.")
    if version.architecture != architecture:
        raise ValueError(f"{version} is a {version.architecture}; a {architecture} cannot continue from its weights.")
    return version


@contextmanager
def weights_file(version: ModelVersion | None) -> Iterator[Path | None]:
    """The version's `.keras` file as a local file while the block runs; None without a version.

    Raises ModelFileDamaged.
    """
    if version is None:
        yield None
        return
    try:
        with version.keras_file.open("rb") as file:
            content = file.read()
    except OSError as error:
        raise ModelFileDamaged(f"The Keras file of {version} cannot be read.") from error
    if hashlib.sha256(content).hexdigest() != version.metadata["files"][_keras_name(version)]["sha256"]:
        raise ModelFileDamaged(
            f"The Keras file of {version} does not match its checksum; no training continues from it."
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _keras_name(version)
        path.write_bytes(content)
        yield path


def _keras_name(version: ModelVersion) -> str:
    return f"{KINDS[version.kind].stem}.keras"
