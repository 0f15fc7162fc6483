"""From confidence to risk: what share of wrong values must be tolerated for a value to be taken unseen.

For each sort of field a table says how many of the values read with at least some confidence were wrong on held-out
pages: an upper bound that holds in 95 % of all cases. `manage.py calibrate_sheets` makes it; training.evaluation.sheets
says how. Pages store the risk, so the web needs none of this.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np

from classifier.recognition.lines.calibration import Logistic
from classifier.sheets.fields.description import Field, Kind
from classifier.sheets.fields.rules import is_restricting

from .made import BUNDLED
from .reads import Read

VERSION = 1  # of the stored form
NEVER = 2.0  # the risk of a value that is never taken unseen


def sort_of(field: Field, read: Read) -> str:
    """The sort of a field and of what was read there, under which its calibration is stored."""
    if field.kind is Kind.CHECK:
        return "check"
    if not read.text:
        return "empty"
    return f"{field.kind}_ruled" if is_restricting(field.rules) else str(field.kind)


@dataclass(frozen=True)
class Table:
    """Upper bounds of the share of wrong values among those read with at least some confidence."""

    confidences: tuple[float, ...]  # ascending
    risks: tuple[float, ...]  # descending; of a confidence from this one up to the next

    def risk_of(self, confidence: float) -> float:
        at = bisect_right(self.confidences, confidence) - 1
        return self.risks[at] if at >= 0 else NEVER


@dataclass(frozen=True)
class Promise:
    """The calibration of all sorts of fields."""

    logistics: Mapping[str, Logistic]  # from evidence to confidence, of sorts that have evidence
    tables: Mapping[str, Table]

    def confidence_of(self, sort: str, read: Read) -> float:
        """The calibrated confidence that a text is right."""
        if not read.confidence or not read.evidence or sort not in self.logistics:
            return read.confidence
        return float(self.logistics[sort].of(np.array(read.evidence)))

    def risk_of(self, sort: str, confidence: float) -> float:
        """The smallest share of wrong values to tolerate for a value to be taken unseen, or NEVER."""
        if not confidence or sort not in self.tables:
            return NEVER
        return self.tables[sort].risk_of(confidence)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Parses the stored form; nothing is promised by another version's."""
        sorts = stored["sorts"] if stored.get("version") == VERSION else {}
        return cls(
            {name: Logistic.from_stored(each["logistic"]) for name, each in sorts.items() if each["logistic"]},
            {name: Table(tuple(each["confidences"]), tuple(each["risks"])) for name, each in sorts.items()},
        )

    @classmethod
    @lru_cache(maxsize=1)
    def bundled(cls) -> Self:
        """The calibration that ships; without its file nothing is promised."""
        return cls.of(json.loads(BUNDLED.read_text()) if BUNDLED.exists() else {})
