"""What the pages show of a model version and of a confusion matrix."""

from typing import Any

from classifier.models import ModelVersion
from classifier.recognition.network_summary import blocks
from classifier.recognition.wording import percent


def model_context(version: ModelVersion | None) -> dict[str, Any]:
    """The model page's context for a version."""
    if version is None:
        return {"version": None}
    metadata = version.metadata
    evaluation = metadata["evaluation"]
    return {
        "version": version,
        "summary": version.summary,
        "blocks": blocks(version.summary),
        "accuracy": percent(version.accuracy),
        "evaluation": evaluation,
        "per_digit": [
            {"label": label, "value": value, "percent": percent(value)}
            for label, value in enumerate(evaluation["per_digit"])
        ],
        "confusion": confusion_rows(evaluation["confusion_matrix"]),
        "settings": {name.replace("_", " "): value for name, value in metadata["settings"].items()},
        "dataset": metadata["dataset"],
        "files": [{"name": name} | facts for name, facts in metadata["files"].items()],
    }


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
