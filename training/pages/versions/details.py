"""What the pages of model versions show: the list, one version's figures, two beside each other."""

import base64
from typing import Any

from django.db.models import QuerySet

from classifier.models import Activation, ModelVersion
from classifier.pages.answers.model import confusion_rows
from classifier.recognition.network_summary import blocks
from classifier.recognition.pictures import input_data_uri
from classifier.recognition.wording import bounded_percent, percent
from training.evaluation import promotion
from training.models import Measurement, TrainingRun

from . import charts
from .robustness import robustness_context

SETS = {
    "mnist": "MNIST test images",
    "strokes": "Generated strokes",
    "corrections": "Held-back corrections",
}
FILES = {"keras_file": "keras", "h5_file": "h5", "tflite_file": "tflite"}


def list_context() -> dict[str, Any]:
    return {
        "rows": versions(),
        "in_service": in_service(),
        "before": promotion.version_before(),
        "history": history(),
    }


def in_service() -> ModelVersion | None:
    found = ModelVersion.objects.select_related("measurement", "training_run__requested_by")
    return found.filter(is_active=True).first()


def versions() -> list[dict[str, Any]]:
    """All versions, newest first, with what the list shows of each."""
    shares = {
        version_id: found
        for version_id, *found in Measurement.objects.values_list(
            "version_id", "figures__mnist__accuracy", "figures__strokes__accuracy"
        )
    }
    versions = ModelVersion.objects.select_related("training_run__requested_by")
    return [_row(version, *shares.get(version.pk, (None, None))) for version in versions.defer("summary")]


def _row(version: ModelVersion, mnist: float | None, strokes: float | None) -> dict[str, Any]:
    return {
        "version": version,
        "accuracy": percent(version.accuracy if mnist is None else mnist),
        "strokes": "" if strokes is None else percent(strokes),
        "bytes": file_bytes(version),
        "origin": origin(version),
        "run": run_of(version),
    }


def file_bytes(version: ModelVersion) -> int:
    """Of the file that serves."""
    for name, found in version.metadata.get("files", {}).items():
        if name.endswith(".tflite"):
            return int(found.get("bytes", 0))
    return 0


def run_of(version: ModelVersion) -> TrainingRun | None:
    return getattr(version, "training_run", None)


def origin(version: ModelVersion) -> str:
    run = run_of(version)
    if run is None:
        return "came with the site"
    return f"trained by {run.requested_by}" if run.requested_by else "trained by the schedule"


def opponent(version: ModelVersion) -> ModelVersion | None:
    """What a version is compared with unless somebody chooses: the one in service, or the one before it."""
    serving = in_service()
    return serving if serving != version else promotion.version_before()


def measurement_of(version: ModelVersion) -> Measurement | None:
    return getattr(version, "measurement", None)


def version_context(version: ModelVersion) -> dict[str, Any]:
    """All that is known of one version."""
    measurement = measurement_of(version)
    return {
        "version": version,
        "run": run_of(version),
        "origin": origin(version),
        "accuracy": headline(version),
        "bytes": file_bytes(version),
        "single_image": single_image(measurement),
        "sets": measured_sets(measurement),
        "measured": measurement.created if measurement else None,
        "blocks": blocks(version.summary),
        "settings": {name.replace("_", " "): value for name, value in version.metadata.get("settings", {}).items()},
        "dataset": version.metadata.get("dataset", {}),
        "files": model_files(version),
        "activations": version.activations.select_related("previous"),
        "own_words": training_figures(version) if measurement is None else None,
        "card": robustness_context(version, opponent(version)),
    }


def headline(version: ModelVersion) -> str:
    measurement = measurement_of(version)
    measured = measurement.figures.get("mnist") if measurement else None
    return percent(measured["accuracy"] if measured else version.accuracy)


def single_image(measurement: Measurement | None) -> str:
    took = measurement.figures.get("single_image_ms") if measurement else None
    return "" if took is None else f"{took:.2f} ms"


def training_figures(version: ModelVersion) -> dict[str, Any]:
    """What its training wrote down of a version that was not measured here yet."""
    evaluation = version.metadata["evaluation"]
    return {
        "key": "training",
        "title": "As its training measured it",
        "images": evaluation["images"],
        "accuracy": percent(evaluation["accuracy"]),
        "per_digit": per_digit(evaluation["per_digit"]),
        "confusion": confusion_rows(evaluation["confusion_matrix"]),
    }


def measured_sets(measurement: Measurement | None) -> list[dict[str, Any]]:
    """What was measured, set by set, in the order of SETS; those that could not be had are left out."""
    figures = measurement.figures if measurement else {}
    return [_set(key, title, found) for key, title in SETS.items() if (found := figures.get(key))]


def _set(key: str, title: str, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "images": found["images"],
        "accuracy": percent(found["accuracy"]),
        "loss": found.get("loss"),
        "ece": percent(found["ece"]),
        **verdicts(found),
        "per_digit": per_digit(found["per_digit"]),
        "confusion": confusion_rows(found["confusion_matrix"]),
        "reliability_figure": charts.reliability_figure(found["reliability"]),
        "reliability": [
            {
                "range": f"{percent(row['from'], 0)} to {percent(row['to'], 0)}",
                "count": row["count"],
                "confidence": bounded_percent(row["confidence"]),
                "accuracy": bounded_percent(row["accuracy"]),
            }
            for row in found["reliability"]
            if row["count"]
        ],
        "mistakes": [_mistake(row) for row in found.get("mistakes", [])],
    }


def verdicts(found: dict[str, Any]) -> dict[str, Any]:
    """Shares as people read them; None for what was measured before there were verdicts."""
    return {name: bounded_percent(found[name]) if name in found else None for name in ("refused", "unsure")}


def _mistake(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": row["label"],
        "read": row["read"],
        "percent": bounded_percent(row["confidence"]),
        "input_png": input_data_uri(base64.b64decode(row["pixels"])),
    }


def per_digit(shares: list[float | None]) -> list[dict[str, Any]]:
    """A digit of which the set has no image has no share."""
    return [{"label": label, "percent": percent(share, 1)} for label, share in enumerate(shares)]


def model_files(version: ModelVersion) -> list[dict[str, Any]]:
    """The three files with their sizes and checksums."""
    known = version.metadata.get("files", {})
    names = [name for name in known if name.rsplit(".", 1)[-1] in FILES.values()]
    return [{"name": name, "bytes": known[name].get("bytes", 0), "sha256": known[name]["sha256"]} for name in names]


def model_file(version: ModelVersion, name: str) -> Any | None:
    """The stored file of that name, or None. A FieldFile, for which Django has no public type."""
    for field, suffix in FILES.items():
        if name in version.metadata.get("files", {}) and name.endswith(f".{suffix}"):
            return getattr(version, field)
    return None


def history() -> QuerySet[Activation]:
    """Every coming into service, newest first."""
    return Activation.objects.select_related("version", "previous").order_by("-pk")
