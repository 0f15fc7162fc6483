"""What the pages show of a model version and of a confusion matrix."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from classifier.models import ModelVersion
from classifier.recognition.network_summary import blocks
from classifier.recognition.wording import percent

SETTINGS = {
    "epochs": "Passes over all images (epochs)",
    "course": "Epochs of the learning-rate schedule",
    "batch_size": "Images in a batch",
    "learning_rate": "Highest learning rate",
    "warm_up": "Share of the schedule with a rising rate",
    "weight_decay": "Weight decay",
    "seed": "Seed of all random choices",
    "augmentation": "Images varied in each epoch",
    "held_out": "Images held out",
    "learnt_all": "Held-out images learnt too",
    "chosen_by": "Epochs chosen by",
    "fitted_on": "Images learnt from",
    "seconds": "Time of the fit",
}
SOURCES = {"MNIST": "of MNIST", "junk": "pictures that are not digits"}


@dataclass(frozen=True)
class Described:
    """What the model page says of a kind of version."""

    noun: str
    reads: str  # what it reads
    figures: Callable[[ModelVersion, dict[str, Any]], dict[str, Any]]  # takes the version and its evaluation


def _of_digits(version: ModelVersion, evaluation: dict[str, Any]) -> dict[str, Any]:
    return {
        "figures": [
            ("accuracy: the share of test images read correctly", percent(version.accuracy)),
            ("parameters: the numbers that training adjusts", f"{version.parameters:,}"),
            ("test images, not used for training", f"{evaluation['images']:,}"),
        ],
        "accuracy": percent(version.accuracy),
        "per_digit": [
            {"label": label, "value": value, "percent": percent(value)}
            for label, value in enumerate(evaluation["per_digit"])
        ],
        "confusion": confusion_rows(evaluation["confusion_matrix"]),
    }


def _of_lines(version: ModelVersion, evaluation: dict[str, Any]) -> dict[str, Any]:
    return {
        "figures": [
            ("accuracy: the share of test lines read correctly as a whole", percent(version.accuracy)),
            ("of their characters read correctly", percent(evaluation["characters"])),
            ("parameters: the numbers that training adjusts", f"{version.parameters:,}"),
            ("test lines, not used for training", f"{evaluation['images']:,}"),
        ],
        "accuracy": percent(version.accuracy),
        "by_kind": by_kind(evaluation),
    }


def by_kind(evaluation: dict[str, Any]) -> list[dict[str, Any]]:
    """The accuracy of a line reader for each kind of line, for a table."""
    return [each | {"percent": percent(each["accuracy"])} for each in evaluation["by_kind"]]


DESCRIBED = {
    ModelVersion.Kind.DIGIT: Described("model", "digits", _of_digits),
    ModelVersion.Kind.LINE: Described("line reader", "numbers", _of_lines),
}


def link_to(version: ModelVersion) -> dict[str, str]:
    """A link to the page of another version, and what is said of it there."""
    is_digit_reader = version.kind == ModelVersion.Kind.DIGIT
    served = "in service" if version.is_active else ""
    if is_digit_reader:
        note = f"which is {served}" if served else ""
    else:
        note = f"the {version.get_kind_display()} {served}" if served else f"a {version.get_kind_display()}"
    is_home = is_digit_reader and version.is_active
    page = reverse("classifier:model") if is_home else reverse("classifier:model-version", args=[version.public_id])
    return {"name": version.name, "url": page, "note": note}


def model_context(version: ModelVersion | None) -> dict[str, Any]:
    """The model page's context for a version."""
    if version is None:
        return {"version": None}
    metadata = version.metadata
    evaluation = metadata["evaluation"]
    described = DESCRIBED[ModelVersion.Kind(version.kind)]
    return described.figures(version, evaluation) | {
        "version": version,
        "described": described,
        "summary": version.summary,
        "blocks": blocks(version.summary),
        "evaluation": evaluation,
        "settings": settings_in_words(metadata["settings"]),
        "dataset": metadata["dataset"],
        "learnt_from": data_in_words(metadata["dataset"]),
        "files": [{"name": name} | facts for name, facts in metadata["files"].items()],
    }


def settings_in_words(settings: dict[str, Any]) -> dict[str, str]:
    """The settings of a training, as its metadata has them, with names and values that people understand."""
    return {SETTINGS.get(name, name.replace("_", " ")): _in_words(name, value) for name, value in settings.items()}


def data_in_words(dataset: dict[str, Any]) -> str:
    """What a version has learnt from, such as "60,000 of MNIST, 45,000 generated digits"; empty if it is unknown."""
    sources = dataset.get("sources") or [{"name": dataset.get("name"), "images": dataset.get("train_images")}]
    known = [source for source in sources if source.get("name") and source.get("images")]
    return ", ".join(f"{each['images']:,} {SOURCES.get(each['name'], each['name'])}" for each in known)


def _in_words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "seconds":
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
    if isinstance(value, int) and name != "seed":
        return f"{value:,}"
    return "the person who started it" if value == "given" else str(value)


def confusion_rows(matrix: list[list[int]]) -> list[list[dict[str, Any]]]:
    """A confusion matrix for its table. matrix: 10×10 counts, rows true, columns read."""
    return [shares_of(row) for row in matrix]


def shares_of(row: list[int]) -> list[dict[str, Any]]:
    """One row of a confusion matrix; `level` is 0 for a count of 0, otherwise 1 to 9 by the share of the row."""
    total = sum(row) or 1
    return [
        {"count": count, "share": count / total, "level": min(9, 1 + int(9 * (count / total) ** 0.5)) if count else 0}
        for count in row
    ]
