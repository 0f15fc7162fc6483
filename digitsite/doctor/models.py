"""The model files, and which versions serve."""

import hashlib
from collections.abc import Iterator

from django.db import Error

from classifier.digits.registry import fields_of
from classifier.models import ModelVersion
from classifier.models.versions import VersionKind
from classifier.recognition.kinds import KINDS

from .findings import Finding, not_checked, ok, wrong

NONE = "Promote one on the staff's pages, or run `manage.py register_bundled`."
DAMAGED = (
    "Restore it from a backup. Without one, promote another version on the staff's pages, or train this one again."
)


def check() -> Iterator[Finding]:
    try:
        versions = list(ModelVersion.objects.all())
    except Error:
        yield not_checked("The model files were not checked, because the database does not answer as expected.")
        return
    findings = []
    for kind in VersionKind:
        if not any(version.is_active for version in versions if version.kind == kind):
            findings.append(wrong(f"No {kind.label} is in service.", NONE))
    for version in versions:
        findings += _files(version)
    serving = ", ".join(str(version) for version in versions if version.is_active)
    yield from findings or [ok(f"The files of all {len(versions)} versions are sound; in service: {serving}.")]


def _files(version: ModelVersion) -> Iterator[Finding]:
    serves = ", which is in service" if version.is_active else ""
    for name, field in fields_of(KINDS[version.kind]).items():
        file = getattr(version, field)
        try:
            with file.open("rb") as opened:
                checksum = hashlib.file_digest(opened, "sha256").hexdigest()
        except FileNotFoundError:
            yield wrong(f"{file.name} of version {version}{serves}, is missing.", DAMAGED)
        except OSError as error:
            why = error.strerror or error
            yield wrong(f"{file.name} of version {version}{serves}, cannot be read: {why}.", DAMAGED)
        else:
            if checksum != version.metadata.get("files", {}).get(name, {}).get("sha256"):
                yield wrong(f"{file.name} of version {version}{serves}, is damaged: its checksum differs.", DAMAGED)
