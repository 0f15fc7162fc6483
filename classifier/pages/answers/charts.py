"""The Plotly figures of the pages, built here and drawn by plotly.js. Colours come from the page's own tokens."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from classifier.recognition.inference import ranked
from classifier.recognition.wording import bounded_percent


@cache
def _confidence_template() -> dict[str, Any]:
    """The chart without its values. Built once: validating a figure takes longer than the network does."""
    import plotly.graph_objects as go  # here, so that workers do not load it

    bars = go.Bar(
        orientation="h",
        x=[0.0] * 10,
        y=["0"] * 10,
        text=[""] * 10,
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure = go.Figure(bars)
    figure.update_layout(
        template="none",
        height=290,
        margin={"l": 28, "r": 4, "t": 4, "b": 4},
        bargap=0.32,
        showlegend=False,
        xaxis={"range": [0, 1.18], "visible": False, "fixedrange": True},
        yaxis={"type": "category", "autorange": "reversed", "fixedrange": True, "ticks": ""},
    )
    made: dict[str, Any] = figure.to_plotly_json()
    del made["layout"]["template"]
    return made


def confidence_figure(probabilities: Sequence[float]) -> dict[str, Any]:
    """Ten horizontal bars, the most probable digit on top, as plotly.js takes them.

    The axis leaves room for the figures at the bars' ends.

    probabilities: of the digits 0 to 9, adding up to 1.
    """
    template = _confidence_template()
    order = ranked(probabilities)
    values = {
        "x": [round(value, 4) for _, value in order],
        "y": [str(digit) for digit, _ in order],
        "text": [bounded_percent(value) for _, value in order],
    }
    return {"data": [template["data"][0] | values], "layout": template["layout"]}


@cache
def _plot_template() -> dict[str, Any]:
    """Layout, bars and a line of a plot with axes, see `data-kind="plot"` in static/classifier/charts.js."""
    import plotly.graph_objects as go  # here, so that workers do not load it

    bars = go.Bar(x=["0"], y=[0], meta="ink", hoverinfo="skip")
    line = go.Scatter(x=["0"], y=[0.0], mode="lines+markers", meta="ink", line={"width": 2.5}, hoverinfo="skip")
    figure = go.Figure([bars, line])
    figure.update_layout(
        template="none",
        height=240,
        margin={"l": 52, "r": 12, "t": 10, "b": 30},
        showlegend=False,
        bargap=0.3,
        xaxis={"fixedrange": True},
        yaxis={"fixedrange": True},
    )
    made: dict[str, Any] = figure.to_plotly_json()
    del made["layout"]["template"]
    return {"bars": made["data"][0], "line": made["data"][1], "layout": made["layout"]}


def counts_figure(counts: Sequence[int]) -> dict[str, Any]:
    """How many of each digit. counts: of 0 to 9."""
    made = _plot_template()
    y = {"range": [0, max([*counts, 4]) * 1.1], "nticks": 5, "tickformat": ",d"}
    layout: dict[str, dict[str, Any]] = {"xaxis": {"type": "category"}, "yaxis": y}
    return _plot(made["bars"] | {"x": [str(digit) for digit in range(10)], "y": list(counts)}, layout)


def confidence_over_time_figure(times: Sequence[str], shares: Sequence[float]) -> dict[str, Any]:
    """Mean confidence of each stretch of time. times: their beginnings, as ISO 8601 without a zone."""
    low = max(0.0, min(shares, default=0.5) - 0.05)
    layout: dict[str, dict[str, Any]] = {
        "xaxis": {"type": "date", "nticks": 6},
        "yaxis": {"tickformat": ".0%", "range": [round(low, 2), 1.01], "nticks": 5},
    }
    return _plot(_plot_template()["line"] | {"x": list(times), "y": [round(share, 4) for share in shares]}, layout)


def _plot(trace: dict[str, Any], axes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    layout = _plot_template()["layout"]
    return {"data": [trace], "layout": layout | {name: layout[name] | axis for name, axis in axes.items()}}
