"""The model versions that an export names."""

from django.contrib.auth.models import User
from django.db.models import Model, Q

from classifier.models import ForeignVersion, ModelVersion, NumberReading, Prediction
from classifier.transfer.export_format import Record

# By the column of the prediction or reading ("model_version" or "foreign_version"), then by the row's key.
VersionRecords = dict[str, dict[int, Record]]


def version_records(owner: User) -> VersionRecords:
    """Records of the versions that have read digits or numbers of this person."""
    records: VersionRecords = {}
    predictions = Prediction.objects.filter(digit__drawing__owner=owner).order_by()
    readings = NumberReading.objects.filter(drawing__owner=owner).order_by()
    models: list[tuple[str, type[Model]]] = [("model_version", ModelVersion), ("foreign_version", ForeignVersion)]
    for column, model in models:
        have_read = (rows.filter(**{f"{column}__isnull": False}).values(column) for rows in (predictions, readings))
        digits, numbers = (keys.distinct() for keys in have_read)
        rows = model._default_manager.filter(Q(pk__in=digits) | Q(pk__in=numbers)).order_by("pk")
        records[column] = {
            pk: {"name": name, "architecture": architecture, "sha256": sha256}
            for pk, name, architecture, sha256 in rows.values_list("pk", "name", "architecture", "tflite_sha256")
        }
    return records


def checksum_of(row: Record, versions: VersionRecords) -> str | None:
    """The checksum of the version that answered a row of values; None before an answer.

    Empty for a version that came into service after the export began.
    """
    model = None
    for column, known in versions.items():
        if (key := row[f"{column}_id"]) is not None:
            model = known.get(key, {"sha256": ""})["sha256"]
    return model
