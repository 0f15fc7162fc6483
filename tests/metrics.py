"""Reading what `/metrics` tells, and what the dashboard and the rules in `deploy/` ask."""

import json
import re

import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.environment import BASE_DIR

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    """Each sample by its name and labels."""
    families = text_string_to_metric_families(text)
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def value(found: Samples, name: str, **labels: str) -> float | None:
    """The sample with this name and these labels, or None."""
    return found.get((name, frozenset(labels.items())))


def names(found: Samples) -> set[str]:
    return {name for name, _ in found}


def expressions() -> list[str]:
    """Everything that the dashboard and the alert rules ask Prometheus."""
    rules = yaml.safe_load((BASE_DIR / "deploy/prometheus-alerts.yml").read_text())
    dashboard = json.loads((BASE_DIR / "deploy/grafana-dashboard.json").read_text())
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return asked + [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def named_in_deploy() -> set[str]:
    """The names of all samples that these expressions ask for, without Prometheus's own `up`."""
    aside = re.compile(r"\{[^}]*\}|\[[^]]*\]|by \([^)]*\)")  # labels, spans of time, groups
    texts = [aside.sub("", expression) for expression in expressions()]
    words = {word for text in texts for word in re.findall(r"\b[a-z_]{3,}\b(?! *\()", text)}
    return words - {"and", "sum", "max", "min", "count"}
