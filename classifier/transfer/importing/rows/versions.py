"""The model versions that an export names."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction

from classifier.errors import ImportRejected
from classifier.models import ForeignVersion, ModelVersion
from classifier.transfer.export_format import Record
from classifier.transfer.importing.errors import RecordRejected

from .fields import text

Versions = Mapping[str, ModelVersion | ForeignVersion]  # by checksum


def find_versions(owner: User, models: list[Record]) -> Versions:
    """This site's versions with these checksums, and rows for the others. Raises ImportRejected.

    models: the list in the export's head.
    """
    foreign = [_foreign_version(owner, model) for model in models]
    checksums = {version.tflite_sha256 for version in foreign}
    if len(checksums) < len(foreign):
        raise ImportRejected("The list of models in this export has a checksum twice.")
    ours = ModelVersion.objects.only("pk", "tflite_sha256")
    versions: dict[str, ModelVersion | ForeignVersion] = {}
    with transaction.atomic():
        versions |= {version.tflite_sha256: version for version in ours.filter(tflite_sha256__in=checksums)}
        unknown = [version for version in foreign if version.tflite_sha256 not in versions]
        ForeignVersion.objects.bulk_create(unknown, ignore_conflicts=True)
        theirs = ForeignVersion.objects.filter(owner=owner, tflite_sha256__in=checksums)
        versions |= {version.tflite_sha256: version for version in theirs if version.tflite_sha256 not in versions}
    return versions


def _foreign_version(owner: User, model: Record) -> ForeignVersion:
    try:
        name, architecture = text(model, "name"), text(model, "architecture")
    except RecordRejected as error:
        raise ImportRejected(f"The list of models in this export cannot be used. {error}") from None
    return ForeignVersion(owner=owner, name=name, architecture=architecture, tflite_sha256=model["sha256"])
