"""The Plotly figures of the pages, drawn by plotly.js in the colours of the stylesheet."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from classifier.recognition.inference import ranked
from classifier.recognition.wording import bounded_percent


@cache
def _confidence_template() -> dict[str, Any]:
    """The chart without its values. Built once, because validating a figure takes longer than the network."""
    import plotly.graph_objects as go  # here, because workers do not need it

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


def confidence_figure(probabilities: Sequence[float], *, by_digit: bool = False) -> dict[str, Any]:
    """Ten horizontal bars for plotly.js, with the most probable digit on top.

    The axis leaves room for the percentages at the ends of the bars.

    probabilities: ten values for the digits 0 to 9, with sum 1. by_digit: in the order 0 to 9, for a chart that
    changes while a person draws.
    """
    template = _confidence_template()
    order = list(enumerate(probabilities)) if by_digit else ranked(probabilities)
    values = {
        "x": [round(value, 4) for _, value in order],
        "y": [str(digit) for digit, _ in order],
        "text": [bounded_percent(value) for _, value in order],
    }
    return {"data": [template["data"][0] | values], "layout": template["layout"]}


@cache
def _plot_template() -> dict[str, Any]:
    """The layout, bars and line of a plot with axes; see `data-kind="plot"` in static/classifier/charts.js."""
    import plotly.graph_objects as go  # here, because workers do not need it

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
    """The number of digits by label. counts: ten values for 0 to 9."""
    made = _plot_template()
    y = {"range": [0, max([*counts, 4]) * 1.1], "nticks": 5, "tickformat": ",d"}
    layout: dict[str, dict[str, Any]] = {"xaxis": {"type": "category"}, "yaxis": y}
    return _plot(made["bars"] | {"x": [str(digit) for digit in range(10)], "y": list(counts)}, layout)


def confidence_over_time_figure(times: Sequence[str], shares: Sequence[float]) -> dict[str, Any]:
    """The mean confidence of each period. times: the start of each period, in ISO 8601 without a zone."""
    low = max(0.0, min(shares, default=0.5) - 0.05)
    layout: dict[str, dict[str, Any]] = {
        "xaxis": {"type": "date", "nticks": 6},
        "yaxis": {"tickformat": ".0%", "range": [round(low, 2), 1.01], "nticks": 5},
        "margin": {"b": 46},  # room for the day below the hour
    }
    return _plot(_plot_template()["line"] | {"x": list(times), "y": [round(share, 4) for share in shares]}, layout)


def _plot(trace: dict[str, Any], axes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    layout = _plot_template()["layout"]
    return {"data": [trace], "layout": layout | {name: layout[name] | axis for name, axis in axes.items()}}
