"""What the pages show of a version's robustness report, beside another version's."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from classifier.models import ModelVersion
from classifier.recognition.wording import percent
from training.evaluation import gate
from training.evaluation.robustness.changes import CHANGES, Change
from training.evaluation.robustness.report import has_report
from training.models import Measurement
from training.runs import reports

from . import charts


def robustness_context(version: ModelVersion, other: ModelVersion | None) -> dict[str, Any] | None:
    """Returns the report of a version beside another's; requests missing reports, which take about a minute.

    Only figures measured on the same pictures are compared. Returns None for a version that does not read digits.
    """
    if version.kind != ModelVersion.Kind.DIGIT:
        return None
    new, old = (_measurement(each) if each else None for each in (version, other))
    is_pending = any(each and not has_report(each) for each in (new, old))
    if is_pending:
        reports.request_missing()
    robustness = _robustness(new, old)
    return {
        "version": version,
        "other": other,
        "other_label": "In service" if other and other.is_active else "Other",
        "address": _address(version, other),
        "is_pending": is_pending,
        "robustness": robustness,
        "falls": sum(len(each["falls"]) for each in robustness),
        "compared": any(each["is_compared"] for each in robustness),
        "digits": _figures(new, "robustness").get("digits"),
        "sets": _sets(new, old),
        "has_sets": bool(settings.EVALUATION_SETS),
    }


def _address(version: ModelVersion, other: ModelVersion | None) -> str:
    """The URL of this part of the page alone."""
    address = reverse("training:version-robustness", args=[version.public_id])
    return f"{address}?with={other.public_id}" if other else address


def _measurement(version: ModelVersion) -> Measurement | None:
    return getattr(version, "measurement", None)


def _figures(measurement: Measurement | None, name: str) -> dict[str, Any]:
    return (measurement.figures.get(name) or {}) if measurement else {}


def _robustness(new: Measurement | None, old: Measurement | None) -> list[dict[str, Any]]:
    ours, theirs = (_figures(each, "robustness") for each in (new, old))
    if not ours:
        return []
    other = theirs.get("curves", {}) if theirs.get("pictures") == ours["pictures"] else {}
    known = [change for change in CHANGES if ours["curves"].get(change.name)]
    return [_curve(change, ours["curves"][change.name], other.get(change.name)) for change in known]


def _curve(change: Change, new: list[dict[str, Any]], old: list[dict[str, Any]] | None) -> dict[str, Any]:
    rows = [_level(change, level, old[at] if old else None) for at, level in enumerate(new)]
    falls = [at for at, row in enumerate(rows) if row["is_fall"]]
    return {
        "name": change.name,
        "title": change.title,
        "axis": change.axis,
        "rows": rows,
        "falls": falls,
        "is_compared": old is not None,
        "figure": charts.robustness_figure(
            [row["level"] for row in rows],
            [round(level["accuracy"], 4) for level in new],
            [round(level["accuracy"], 4) for level in old] if old else None,
            falls,
            axis=change.axis,
        ),
    }


def _level(change: Change, new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    return {"level": change.shown(new["level"]), "refused": percent(new["refused"])} | _beside(
        new["accuracy"], old["accuracy"] if old else None, is_fall=bool(old) and _is_fall(new, old or {})
    )


def _is_fall(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether the gate's test calls `new` significantly worse."""
    return gate.compared(new, old).p_value < gate.SIGNIFICANT


def _beside(new: float, old: float | None, *, is_fall: bool) -> dict[str, Any]:
    points = None if old is None else round(100 * (new - old), 2)
    difference = "–" if points is None else f"{points:+.2f}".replace("-", "−") if points else "±0"
    return {
        "new": percent(new),
        "old": percent(old),
        "difference": difference,
        "is_fall": is_fall,
    }


def _sets(new: Measurement | None, old: Measurement | None) -> list[dict[str, Any]]:
    ours, theirs = (_figures(each, "sets") for each in (new, old))
    return [_set(name, figures, theirs.get(name)) for name, figures in ours.items() if name in settings.EVALUATION_SETS]


def _set(name: str, new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    """Returns a row of the table; a set without digits shows the share caught in place of the accuracy."""
    if "error" in new:
        return {"name": name, "error": new["error"]}
    if old is not None and old.get("sha256") != new["sha256"]:
        old = None
    share, before = (_share(each) if each else None for each in (new, old))
    return {
        "name": name,
        "images": new["images"],
        "is_outliers": not new["labelled"],
        "refused": percent(new.get("refused", new.get("junk", {}).get("refused"))),
        "unsure": percent(new.get("unsure", new.get("junk", {}).get("unsure"))),
        "ece": percent(new.get("ece")),
        "when_wrong": percent(new.get("confidence_when_wrong")),
        "caught": percent(new["junk"]["caught"]) if "junk" in new and new["labelled"] else "",
    } | _beside(share or 0.0, before, is_fall=bool(old) and _is_fall(new, old or {}))


def _share(figures: dict[str, Any]) -> float:
    share = figures["accuracy"] if figures["labelled"] else figures["junk"]["caught"]
    return float(share)
