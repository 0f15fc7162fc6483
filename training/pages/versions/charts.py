"""The charts of a version: reliability and robustness."""

import math
from collections.abc import Sequence
from typing import Any

from ..charts import Figure, figure, trace


def reliability_figure(bins: Sequence[dict[str, Any]]) -> Figure:
    """Returns the chart of accuracy by confidence. bins: the `reliability` of a Measurement."""
    filled = [each for each in bins if each["count"]]
    perfect = trace("dashed", [0, 1], [0, 1], "perfectly calibrated")
    seen = trace(
        "marked",
        [round(each["confidence"], 4) for each in filled],
        [round(each["accuracy"], 4) for each in filled],
        "this version",
        meta="ink",
        line={"width": 2.5},
    )
    axis: Figure = {"range": [-0.02, 1.04], "tickformat": ".0%", "dtick": 0.25}
    titles: dict[str, Figure] = {
        "x": {"title": {"text": "confidence"}},
        "y": {"title": {"text": "correct", "standoff": 4}},
    }
    return figure([perfect, seen], x=axis | titles["x"], y=axis | titles["y"], legend=True)


def robustness_figure(
    levels: Sequence[str],
    new: Sequence[float],
    old: Sequence[float] | None,
    falls: Sequence[int],
    *,
    axis: str,
) -> Figure:
    """Returns the chart of accuracy by level, with another version's; a cross marks a significantly lower one.

    levels: short texts. falls: the indices of the levels with a cross.
    """
    levels = [level.replace(" on ", "<br>on ") for level in levels]
    low = min(0.9, math.floor(10 * min([*new, *(old or [])]) - 0.2) / 10)
    traces = [trace("dashed", levels, old, "in service")] if old else []
    traces.append(trace("marked", levels, new, "this version", meta="ink", line={"width": 2.5}))
    if falls:
        traces.append(trace("crosses", [levels[at] for at in falls], [new[at] for at in falls], "a fall"))
    y: Figure = {"tickformat": ".0%", "range": [max(0.0, low), 1 + 0.06 * (1 - low)], "nticks": 6}
    chart = figure(traces, x={"type": "category", "tickangle": 0, "title": {"text": axis}}, y=y)
    chart["layout"]["margin"] = chart["layout"]["margin"] | {"b": 40}
    return chart
