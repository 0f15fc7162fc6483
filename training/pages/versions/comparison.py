"""Two versions side by side."""

import base64
from typing import Any

from classifier.models import ModelVersion
from classifier.recognition.pictures import input_data_uri
from classifier.recognition.wording import p_value, percent
from training.evaluation import gate
from training.evaluation.disagreements import disagreements
from training.models import Measurement

from ..kinds import shown
from .details import file_bytes, headline, measurement_of, origin, single_image, verdicts
from .robustness import robustness_context

DISAGREEMENTS = 36  # shown at most


def comparison(candidate: ModelVersion, other: ModelVersion | None) -> dict[str, Any]:
    """Returns a version beside another one: figures, gate, tests and disagreements."""
    new, old = measurement_of(candidate), measurement_of(other) if other else None
    judgement = gate.judge(new, old) if new else None
    return {
        "version": candidate,
        "shown": shown(candidate.kind),
        "other": other,
        "columns": [_column(version) for version in (candidate, other) if version],
        "sets": _pairs(candidate.kind, new, old),
        "judgement": judgement,
        "with_serving": other is None or other.is_active,  # the gate compares only with this one
        "tests": _tests(judgement, candidate) if judgement else [],
        "labels": ["In service" if candidate.is_active else "Candidate", "In service" if _serves(other) else "Other"],
        "disagreements": _disagreements(new, old),
        "unmeasured": [version for version in (candidate, other) if version and not measurement_of(version)],
        "report": robustness_context(candidate, other),
        "others": ModelVersion.objects.of_kind(candidate.kind)
        .exclude(pk=candidate.pk)
        .only("public_id", "name", "is_active"),
    }


def _column(version: ModelVersion) -> dict[str, Any]:
    return {
        "version": version,
        "headline": headline(version),
        "parameters": version.parameters,
        "bytes": file_bytes(version),
        "single_image": single_image(measurement_of(version)),
        "origin": origin(version),
    }


def _pairs(kind: str, new: Measurement | None, old: Measurement | None) -> list[dict[str, Any]]:
    if new is None or old is None:
        return []
    sets = shown(kind).sets
    shared = [key for key in sets if new.figures.get(key) and old.figures.get(key)]
    return [PAIRS[kind](new.figures[key], old.figures[key]) | {"key": key, "title": sets[key]} for key in shared]


def _pair_of_digits(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    shares = enumerate(zip(new["per_digit"], old["per_digit"], strict=True))
    return {
        "images": new["images"],
        "same_images": new["sha256"] == old["sha256"],
        "all": _difference("all", new["accuracy"], old["accuracy"]),
        "parts": [_difference(str(digit), a, b) for digit, (a, b) in shares],
        "others": [("calibration error", percent(new["ece"]), percent(old["ece"])), *_verdict_pairs(new, old)],
    }


def _pair_of_lines(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    before = {each["name"]: each["accuracy"] for each in old["by_kind"]}
    return {
        "images": new["images"],
        "same_images": new["set"] == old["set"],
        "all": _difference("all", new["accuracy"], old["accuracy"]),
        "parts": [_difference(each["name"], each["accuracy"], before.get(each["name"])) for each in new["by_kind"]],
        "others": [("of the characters", percent(new["characters"]), percent(old["characters"]))],
    }


PAIRS = {"digit": _pair_of_digits, "line": _pair_of_lines}


def _verdict_pairs(new: dict[str, Any], old: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Returns name and shares of both; a dash where a measurement is older than verdicts."""
    ours, theirs = verdicts(new), verdicts(old)
    return [(name, ours[name] or "–", theirs[name] or "–") for name in ours if ours[name] or theirs[name]]


def _difference(label: str, new: float | None, old: float | None) -> dict[str, Any]:
    """Returns the difference in percentage points, to a hundredth."""
    if new is None or old is None:
        return {"label": label, "new": "–", "old": "–", "difference": "–", "sign": "same"}
    points = round(100 * (new - old), 2)
    sign = "better" if points > 0 else "worse" if points < 0 else "same"
    difference = f"{points:+.2f}".replace("-", "−") if points else "±0"
    return {"label": label, "new": percent(new), "old": percent(old), "difference": difference, "sign": sign}


def _serves(version: ModelVersion | None) -> bool:
    return version is not None and version.is_active


def _tests(judgement: gate.Judgement, candidate: ModelVersion) -> list[dict[str, Any]]:
    """Returns McNemar's test on each set that both were measured on."""
    who, titles = "the one in service" if candidate.is_active else "the candidate", shown(candidate.kind).sets
    return [
        {"title": titles[test["name"]], "result": in_words(test, who), "p_value": p_value(test["p_value"])}
        for test in judgement.sets
    ]


def in_words(test: dict[str, Any], who: str = "the candidate") -> str:
    """Returns the result of McNemar's test in words. test: one of a Judgement's `sets`."""
    only_new, only_old = test["only_candidate"], test["only_in_service"]
    if not only_new + only_old:
        return "Both read the same images correctly."
    counted = f"{only_new:,} read correctly by {who} alone, {only_old:,} by the other alone"
    if test["significantly_worse"]:
        meaning = f"{who} is worse by more than chance explains"
    elif gate.significantly_better(test):
        meaning = f"{who} is better by more than chance explains"
    else:
        meaning = "chance explains the difference"
    return f"{counted}: {meaning}."


def _disagreements(new: Measurement | None, old: Measurement | None) -> list[dict[str, Any]]:
    if new is None or old is None:
        return []
    return [_disagreement(row) for row in disagreements(new, old, DISAGREEMENTS)]


def _disagreement(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "input_png": input_data_uri(base64.b64decode(row["pixels"]))}
