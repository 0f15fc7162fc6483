"""What the list of model versions and the page of one version show."""

import base64
from typing import Any

import numpy as np
from django.db.models import QuerySet

from classifier.models import Activation, ModelVersion, VersionKind
from classifier.pages.answers.model import by_kind, confusion_rows, data_in_words, settings_in_words
from classifier.recognition.lines.framing import HEIGHT
from classifier.recognition.network_summary import blocks
from classifier.recognition.pictures import data_uri, input_data_uri
from classifier.recognition.wording import bounded_percent, duration, percent
from training.evaluation import promotion
from training.models import Measurement, TrainingRun

from ..kinds import SHOWN, shown
from . import charts
from .robustness import robustness_context

FILES = {"keras_file": "keras", "h5_file": "h5", "tflite_file": "tflite"}


def list_context() -> dict[str, Any]:
    return {"kinds": [_of_kind(kind) for kind in SHOWN], "history": history()}


def _of_kind(kind: VersionKind) -> dict[str, Any]:
    """Returns the versions of a kind and which of them serves."""
    rows = versions(kind)
    return {
        "shown": shown(kind),
        "rows": rows,
        "in_service": next((row["version"] for row in rows if row["version"].is_active), None),
        "before": promotion.version_before(kind),
    }


def in_service(kind: str) -> ModelVersion | None:
    versions = ModelVersion.objects.select_related("measurement", "training_run__requested_by")
    return versions.active(kind).first()


def versions(kind: str) -> list[dict[str, Any]]:
    """Returns the rows of the list of a kind, newest version first."""
    places = [f"figures__{place}" for place in shown(kind).columns.values()]
    figures = {
        version_id: figures
        for version_id, *figures in Measurement.objects.filter(version__kind=kind).values_list("version_id", *places)
    }
    versions = ModelVersion.objects.of_kind(kind).select_related("training_run__requested_by")
    return [_row(version, figures.get(version.pk, [None] * len(places))) for version in versions.defer("summary")]


def _row(version: ModelVersion, figures: list[float | None]) -> dict[str, Any]:
    first, *others = figures
    texts = [percent(_of_training(version) if first is None else first), *map(percent, others)]
    return {
        "version": version,
        "figures": list(zip(shown(version.kind).columns, texts, strict=True)),
        "bytes": file_bytes(version),
        "origin": origin(version),
        "run": run_of(version),
    }


def file_bytes(version: ModelVersion) -> int:
    """Returns the size of the file that serves."""
    for name, file in version.metadata.get("files", {}).items():
        if name.endswith(".tflite"):
            return int(file.get("bytes", 0))
    return 0


def run_of(version: ModelVersion) -> TrainingRun | None:
    return getattr(version, "training_run", None)


def origin(version: ModelVersion) -> str:
    run = run_of(version)
    if run is None:
        return "came with the site"
    return f"trained by {run.requested_by}" if run.requested_by else "trained by the schedule"


def opponent(version: ModelVersion) -> ModelVersion | None:
    """Returns the default for comparisons: the version in service, or for that one the version before it."""
    serving = in_service(version.kind)
    return serving if serving != version else promotion.version_before(version.kind)


def measurement_of(version: ModelVersion) -> Measurement | None:
    return getattr(version, "measurement", None)


def version_context(version: ModelVersion) -> dict[str, Any]:
    """Returns what the page of a version shows."""
    measurement = measurement_of(version)
    return {
        "version": version,
        "run": run_of(version),
        "origin": origin(version),
        "shown": shown(version.kind),
        "headline": headline(version),
        "bytes": file_bytes(version),
        "single_image": single_image(measurement),
        "sets": measured_sets(version),
        "measured": measurement.created if measurement else None,
        "blocks": blocks(version.summary),
        "settings": settings_in_words(version.metadata.get("settings", {})),
        "learnt_from": data_in_words(version.metadata.get("dataset", {})),
        "files": model_files(version),
        "activations": version.activations.select_related("previous"),
        "training_figures": FIGURES[version.kind](version) if measurement is None else None,
        "report": robustness_context(version, opponent(version)),
    }


def headline(version: ModelVersion) -> dict[str, str]:
    """Returns the accuracy of a version and what it was measured on."""
    measurement = measurement_of(version)
    test = shown(version.kind)
    measured = measurement.figures.get(next(iter(test.sets))) if measurement else None
    accuracy = measured["accuracy"] if measured else _of_training(version)
    if accuracy is not None:
        return {"accuracy": percent(accuracy), "of": f"of the {test.test_images} read correctly"}
    return {"accuracy": percent(version.accuracy), "of": "of the generated test images of its training read correctly"}


def _of_training(version: ModelVersion) -> float | None:
    """Returns the accuracy that its training measured, if that was on the usual images: a site may not have MNIST."""
    measured_on = version.metadata["evaluation"].get("dataset", "MNIST")
    return version.accuracy if measured_on.startswith(shown(version.kind).trained_on) else None


def single_image(measurement: Measurement | None) -> str:
    took = measurement.figures.get("single_image_ms") if measurement else None
    return "" if took is None else duration(took)


def _trained_digits(version: ModelVersion) -> dict[str, Any]:
    """Returns the figures that the training wrote into the metadata, for a version not measured here yet."""
    evaluation = version.metadata["evaluation"]
    return {
        "key": "training",
        "title": "Measured by its training",
        "images": evaluation["images"],
        "accuracy": percent(evaluation["accuracy"]),
        "template": "training/versions/_trained_digits.html",
        "per_digit": per_digit(evaluation["per_digit"]),
        "confusion": confusion_rows(evaluation["confusion_matrix"]),
    }


def _trained_lines(version: ModelVersion) -> dict[str, Any]:
    evaluation = version.metadata["evaluation"]
    return _set_of_lines("training", "Measured by its training", evaluation)


def measured_sets(version: ModelVersion) -> list[dict[str, Any]]:
    """Returns the figures of each measured set, in their order."""
    measurement, sets = measurement_of(version), shown(version.kind).sets
    figures = measurement.figures if measurement else {}
    return [SETS[version.kind](key, title, each) for key, title in sets.items() if (each := figures.get(key))]


def _set_of_lines(key: str, title: str, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "template": "training/versions/_set_of_lines.html",
        "images": figures["images"],
        "accuracy": percent(figures["accuracy"]),
        "characters": percent(figures["characters"]),
        "by_kind": by_kind(figures),
        "mistakes": [_misread_line(row) for row in figures.get("mistakes", [])],
    }


def _misread_line(row: dict[str, Any]) -> dict[str, Any]:
    line = np.frombuffer(base64.b64decode(row["pixels"]), np.uint8).reshape(HEIGHT, row["width"])
    return {"label": row["label"], "read": row["read"] or "nothing", "width": row["width"], "png": data_uri(line)}


def _set_of_digits(key: str, title: str, figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "template": "training/versions/_set_of_digits.html",
        "images": figures["images"],
        "accuracy": percent(figures["accuracy"]),
        "loss": figures.get("loss"),
        "ece": percent(figures["ece"]),
        **verdicts(figures),
        "per_digit": per_digit(figures["per_digit"]),
        "confusion": confusion_rows(figures["confusion_matrix"]),
        "reliability_figure": charts.reliability_figure(figures["reliability"]),
        "reliability": [
            {
                "range": f"{percent(row['from'], 0)} to {percent(row['to'], 0)}",
                "count": row["count"],
                "confidence": bounded_percent(row["confidence"]),
                "accuracy": percent(row["accuracy"]),
            }
            for row in figures["reliability"]
            if row["count"]
        ],
        "mistakes": [_mistake(row) for row in figures.get("mistakes", [])],
    }


SETS = {"digit": _set_of_digits, "line": _set_of_lines}
FIGURES = {"digit": _trained_digits, "line": _trained_lines}


def verdicts(figures: dict[str, Any]) -> dict[str, Any]:
    """Returns the shares of refused and unsure answers; None if the measurement is older than verdicts."""
    return {name: percent(figures[name]) if name in figures else None for name in ("refused", "unsure")}


def _mistake(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": row["label"],
        "read": row["read"],
        "percent": bounded_percent(row["confidence"]),
        "input_png": input_data_uri(base64.b64decode(row["pixels"])),
    }


def per_digit(shares: list[float | None]) -> list[dict[str, Any]]:
    """Returns the accuracy of each digit; digits that are not in the set have a dash."""
    return [{"label": label, "percent": percent(share)} for label, share in enumerate(shares)]


def model_files(version: ModelVersion) -> list[dict[str, Any]]:
    """Returns the three files with their sizes and checksums."""
    known = version.metadata.get("files", {})
    names = [name for name in known if name.rsplit(".", 1)[-1] in FILES.values()]
    return [{"name": name, "bytes": known[name].get("bytes", 0), "sha256": known[name]["sha256"]} for name in names]


def model_file(version: ModelVersion, name: str) -> Any | None:
    """Returns the stored file of that name, or None: a FieldFile, for which Django has no public type."""
    for field, suffix in FILES.items():
        if name in version.metadata.get("files", {}) and name.endswith(f".{suffix}"):
            return getattr(version, field)
    return None


def history() -> QuerySet[Activation]:
    """Returns all promotions and rollbacks, newest first."""
    return Activation.objects.select_related("version", "previous").order_by("-pk")
