"""The Plotly figures of the staff's pages. As in classifier.pages.charts: built and checked once, values filled in.

A trace's `meta` names the colour it is drawn in (static/classifier/charts.js); a dash or mark tells it apart too.
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

Figure = dict[str, Any]
HEIGHT = 240


@cache
def _template(kind: str) -> Figure:
    """The parts of every figure, validated by Plotly: layout, a line, a line with marks, bars."""
    import plotly.graph_objects as go  # here, so that workers do not load it

    if kind == "layout":
        figure = go.Figure()
        figure.update_layout(
            template="none",
            height=HEIGHT,
            margin={"l": 52, "r": 12, "t": 30, "b": 40},
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"},
            xaxis={"fixedrange": True, "title": {"text": ""}},
            yaxis={"fixedrange": True},
            showlegend=False,
            bargap=0.3,
        )
        made: Figure = figure.to_plotly_json()["layout"]
        del made["template"]
        return made
    traces = {
        "line": go.Scatter(mode="lines", line={"width": 2.5}, meta="ink", x=[0.0], y=[0.0], name="", hoverinfo="skip"),
        "dashed": go.Scatter(
            mode="lines", line={"width": 2, "dash": "dot"}, meta="muted", x=[0.0], y=[0.0], name="", hoverinfo="skip"
        ),
        "marked": go.Scatter(
            mode="lines+markers",
            line={"width": 2, "dash": "dash"},
            marker={"size": 7, "symbol": "circle"},
            meta="wrong",
            x=[0.0],
            y=[0.0],
            name="",
            hoverinfo="skip",
        ),
        "crosses": go.Scatter(
            mode="markers",
            marker={"size": 12, "symbol": "x"},
            meta="wrong",
            x=[0.0],
            y=[0.0],
            name="",
            hoverinfo="skip",
        ),
        "bars": go.Bar(meta="ink", x=["a"], y=[0.0], name="", hoverinfo="skip"),
    }
    trace: Figure = traces[kind].to_plotly_json()
    return trace


def _trace(kind: str, x: Sequence[Any], y: Sequence[float | None], name: str = "", **changed: Any) -> Figure:
    return _template(kind) | {"x": list(x), "y": list(y), "name": name} | changed


def _figure(traces: list[Figure], *, x: Figure, y: Figure, legend: bool = False) -> Figure:
    layout = _template("layout")
    axes: Figure = {"xaxis": layout["xaxis"] | x, "yaxis": layout["yaxis"] | y}
    if not legend:
        axes["margin"] = layout["margin"] | {"t": 10, "b": 30}
    return {"data": traces, "layout": layout | axes | {"showlegend": legend}}


def curve_figure(
    lines: dict[str, tuple[list[float], list[float]]],
    held_out: tuple[list[float], list[float]],
    *,
    epochs: int,
    shares: bool,
) -> Figure:
    """A run's loss or accuracy by epoch. lines: of each fit by its name, the last one drawn strongest.

    held_out: what was seen on images that are never learnt from, after each epoch. shares: the values are 0 to 1.
    """
    names = list(lines)
    traces = [_trace("line" if name == names[-1] else "dashed", *lines[name], name) for name in names]
    if held_out[0]:
        traces.append(_trace("marked", *held_out, "held out"))
    last = max([epochs, *(x for xs, _ in lines.values() for x in xs)], default=1) or 1
    y: Figure = {"tickformat": ".1%", "range": _top(traces)} if shares else {"rangemode": "tozero"}
    few = {"dtick": 1} if last < 8 else {}  # by itself there would be ticks between them
    return _figure(
        traces,
        x={"title": {"text": "epoch"}, "range": [0, 1.02 * last], "tickformat": "d"} | few,
        y=y,
        legend=len(traces) > 1,
    )


def _top(traces: list[Figure]) -> list[float]:
    """The axis from below the middle of what was reached up to 1: early on everything, later the fine end."""
    values = sorted(value for trace in traces for value in trace["y"] if value is not None)
    if not values:
        return [0.0, 1.0]
    low = values[len(values) // 10]
    return [max(0.0, round(low - 0.15 * (1 - low) - 0.005, 3)), 1.0]


def reliability_figure(bins: Sequence[dict[str, Any]]) -> Figure:
    """How often the answers of each confidence were right. bins: as a Measurement's `reliability`."""
    filled = [found for found in bins if found["count"]]
    perfect = _trace("dashed", [0, 1], [0, 1], "as sure as right")
    seen = _trace(
        "marked",
        [round(found["confidence"], 4) for found in filled],
        [round(found["accuracy"], 4) for found in filled],
        "this version",
        meta="ink",
        line={"width": 2.5},
    )
    axis: Figure = {"range": [-0.02, 1.04], "tickformat": ".0%", "dtick": 0.25}
    words: dict[str, Figure] = {
        "x": {"title": {"text": "how sure it was"}},
        "y": {"title": {"text": "right", "standoff": 4}},
    }
    return _figure([perfect, seen], x=axis | words["x"], y=axis | words["y"], legend=True)


def robustness_figure(
    levels: Sequence[str],
    new: Sequence[float],
    old: Sequence[float] | None,
    falls: Sequence[int],
    *,
    axis: str,
) -> Figure:
    """Accuracy from level to level, beside another version's; a cross where it is significantly lower.

    levels: as people read them, short. falls: the levels' places.
    """
    levels = [level.replace(" on ", "<br>on ") for level in levels]
    low = min(0.9, math.floor(10 * min([*new, *(old or [])]) - 0.2) / 10)
    traces = [_trace("dashed", levels, old, "in service")] if old else []
    traces.append(_trace("marked", levels, new, "this version", meta="ink", line={"width": 2.5}))
    if falls:
        traces.append(_trace("crosses", [levels[at] for at in falls], [new[at] for at in falls], "a fall"))
    y: Figure = {"tickformat": ".0%", "range": [max(0.0, low), 1 + 0.06 * (1 - low)], "nticks": 6}
    figure = _figure(traces, x={"type": "category", "tickangle": 0, "title": {"text": axis}}, y=y)
    figure["layout"]["margin"] = figure["layout"]["margin"] | {"b": 40}
    return figure


def _dates(days: Sequence[str]) -> Figure:
    """An axis of whole days, with room for half a bar or mark on either side."""
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    ends = [f"{first - timedelta(days=1)} 12:00", f"{last} 12:00"]
    return {"type": "date", "tickformat": "%-d %b", "nticks": 6, "range": ends}


def digits_figure(days: Sequence[str], counts: Sequence[int]) -> Figure:
    """Digits taken in by day. days: ISO dates."""
    return _figure(
        [_trace("bars", days, counts)],
        x=_dates(days),
        y={"rangemode": "tozero", "nticks": 5, "tickformat": ",d", "range": [0, max([*counts, 4]) * 1.1]},
    )


def mean_confidence_figure(days: Sequence[str], shares: Sequence[float | None]) -> Figure:
    """Mean confidence by day; days without a digit leave a gap."""
    known = [share for share in shares if share is not None]
    low = max(0.0, min(known, default=0.5) - 0.05)
    line = _trace("marked", days, shares, meta="ink", line={"width": 2.5}, connectgaps=False)
    return _figure([line], x=_dates(days), y={"tickformat": ".0%", "range": [round(low, 2), 1.01], "nticks": 5})
