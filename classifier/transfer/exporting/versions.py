"""The model versions that an export names."""

from django.contrib.auth.models import User
from django.db.models import Model

from classifier.models import ForeignVersion, ModelVersion, Prediction
from classifier.transfer.export_format import Record

# By the prediction's column ("model_version" or "foreign_version"), then by the row's key.
VersionRecords = dict[str, dict[int, Record]]


def version_records(owner: User) -> VersionRecords:
    """Records of the versions that have made predictions for this person."""
    records: VersionRecords = {}
    predictions = Prediction.objects.filter(digit__drawing__owner=owner).order_by()
    models: list[tuple[str, type[Model]]] = [("model_version", ModelVersion), ("foreign_version", ForeignVersion)]
    for column, model in models:
        keys = predictions.filter(**{f"{column}__isnull": False}).values(column).distinct()
        rows = model._default_manager.filter(pk__in=keys).order_by("pk")
        records[column] = {
            pk: {"name": name, "architecture": architecture, "sha256": sha256}
            for pk, name, architecture, sha256 in rows.values_list("pk", "name", "architecture", "tflite_sha256")
        }
    return records
