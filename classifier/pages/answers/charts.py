"""The Plotly figures of the pages, drawn by plotly.js in the colours of the stylesheet."""

import json
from collections.abc import Sequence
from typing import Any

from classifier.recognition.inference import ranked
from classifier.recognition.wording import bounded_percent

from .figures import FILE

_PARTS: dict[str, dict[str, Any]] = json.loads(FILE.read_text())


def confidence_figure(probabilities: Sequence[float], *, by_digit: bool = False) -> dict[str, Any]:
    """Ten horizontal bars for plotly.js, with the most probable digit on top.

    The axis leaves room for the percentages at the ends of the bars.

    probabilities: ten values for the digits 0 to 9, with sum 1. by_digit: in the order 0 to 9, for a chart that
    changes while a person draws.
    """
    order = list(enumerate(probabilities)) if by_digit else ranked(probabilities)
    values = {
        "x": [round(value, 4) for _, value in order],
        "y": [str(digit) for digit, _ in order],
        "text": [bounded_percent(value) for _, value in order],
    }
    return {"data": [_PARTS["confidence bars"] | values], "layout": _PARTS["confidence layout"]}


def counts_figure(counts: Sequence[int]) -> dict[str, Any]:
    """The number of digits by label. counts: ten values for 0 to 9."""
    y = {"range": [0, max([*counts, 4]) * 1.1], "nticks": 5, "tickformat": ",d"}
    layout: dict[str, dict[str, Any]] = {"xaxis": {"type": "category"}, "yaxis": y}
    return _plot(_PARTS["bars"] | {"x": [str(digit) for digit in range(10)], "y": list(counts)}, layout)


def confidence_over_time_figure(times: Sequence[str], shares: Sequence[float]) -> dict[str, Any]:
    """The mean confidence of each period. times: the start of each period, in ISO 8601 without a zone."""
    low = max(0.0, min(shares, default=0.5) - 0.05)
    layout: dict[str, dict[str, Any]] = {
        "xaxis": {"type": "date", "nticks": 6},
        "yaxis": {"tickformat": ".0%", "range": [round(low, 2), 1.01], "nticks": 5},
        "margin": {"b": 46},  # room for the day below the hour
    }
    return _plot(_PARTS["line"] | {"x": list(times), "y": [round(share, 4) for share in shares]}, layout)


def _plot(trace: dict[str, Any], axes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    layout = _PARTS["layout"]
    return {"data": [trace], "layout": layout | {name: layout[name] | axis for name, axis in axes.items()}}
