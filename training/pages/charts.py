"""The layout and traces of the Plotly charts on the staff's pages, built and validated once.

The `meta` of a trace names its colour (static/classifier/charts.js); a dash or marker distinguishes it too.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

Figure = dict[str, Any]
HEIGHT = 240


@cache
def _template(kind: str) -> Figure:
    """Returns a part of every chart, validated by Plotly: the layout, or a trace of that kind."""
    import plotly.graph_objects as go  # here, so that workers do not load it

    if kind == "layout":
        empty = go.Figure()
        empty.update_layout(
            template="none",
            height=HEIGHT,
            margin={"l": 52, "r": 12, "t": 30, "b": 40},
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"},
            xaxis={"fixedrange": True, "title": {"text": ""}},
            yaxis={"fixedrange": True},
            showlegend=False,
            bargap=0.3,
        )
        layout: Figure = empty.to_plotly_json()["layout"]
        del layout["template"]
        return layout
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
    chosen: Figure = traces[kind].to_plotly_json()
    return chosen


def trace(kind: str, x: Sequence[Any], y: Sequence[float | None], name: str = "", **changed: Any) -> Figure:
    return _template(kind) | {"x": list(x), "y": list(y), "name": name} | changed


def figure(traces: list[Figure], *, x: Figure, y: Figure, legend: bool = False) -> Figure:
    layout = _template("layout")
    axes: Figure = {"xaxis": layout["xaxis"] | x, "yaxis": layout["yaxis"] | y}
    if not legend:
        axes["margin"] = layout["margin"] | {"t": 10, "b": 30}
    return {"data": traces, "layout": layout | axes | {"showlegend": legend}}
