"""The parts of the staff's charts that hold no values, built and validated by Plotly; see `write_figures`."""

from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("figures.json")


def parts() -> dict[str, Any]:
    """The layout of every chart, and its kinds of traces, by their names."""
    import plotly.graph_objects as go  # here, so that only the command loads it

    empty = go.Figure()
    empty.update_layout(
        template="none",
        height=240,
        margin={"l": 52, "r": 12, "t": 30, "b": 40},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"},
        xaxis={"fixedrange": True, "title": {"text": ""}},
        yaxis={"fixedrange": True},
        showlegend=False,
        bargap=0.3,
    )
    layout = empty.to_plotly_json()["layout"]
    del layout["template"]
    plain: dict[str, Any] = {"x": [0.0], "y": [0.0], "name": "", "hoverinfo": "skip"}
    dots, crosses = {"size": 7, "symbol": "circle"}, {"size": 12, "symbol": "x"}
    dashed_line = {"width": 2, "dash": "dash"}
    traces = {
        "line": go.Scatter(mode="lines", line={"width": 2.5}, meta="ink", **plain),
        "dashed": go.Scatter(mode="lines", line={"width": 2, "dash": "dot"}, meta="muted", **plain),
        "marked": go.Scatter(mode="lines+markers", line=dashed_line, marker=dots, meta="wrong", **plain),
        "crosses": go.Scatter(mode="markers", marker=crosses, meta="wrong", **plain),
        "bars": go.Bar(meta="ink", **plain | {"x": ["a"]}),
    }
    return {"layout": layout} | {kind: trace.to_plotly_json() for kind, trace in traces.items()}
