"""The parts of the charts that hold no values, built and validated by Plotly.

`manage.py write_figures` writes them to a file, so no web process loads Plotly, which takes 16 MB and 0.1 s.
"""

from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("figures.json")


def parts() -> dict[str, Any]:
    """Traces and layouts by their names; see `data-kind` in static/classifier/charts.js."""
    import plotly.graph_objects as go  # here, so that only the command loads it

    confidence = go.Figure(
        go.Bar(
            orientation="h",
            x=[0.0] * 10,
            y=["0"] * 10,
            text=[""] * 10,
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    confidence.update_layout(
        height=290,
        margin={"l": 28, "r": 4, "t": 4, "b": 4},
        bargap=0.32,
        showlegend=False,
        xaxis={"range": [0, 1.18], "visible": False, "fixedrange": True},
        yaxis={"type": "category", "autorange": "reversed", "fixedrange": True, "ticks": ""},
    )
    plot = go.Figure(
        [
            go.Bar(x=["0"], y=[0], meta="ink", hoverinfo="skip"),
            go.Scatter(x=["0"], y=[0.0], mode="lines+markers", meta="ink", line={"width": 2.5}, hoverinfo="skip"),
        ]
    )
    plot.update_layout(
        height=240,
        margin={"l": 52, "r": 12, "t": 10, "b": 30},
        showlegend=False,
        bargap=0.3,
        xaxis={"fixedrange": True},
        yaxis={"fixedrange": True},
    )
    (confidence_bars,), confidence_layout = _parts_of(confidence)
    (bars, line), layout = _parts_of(plot)
    return {
        "confidence bars": confidence_bars,
        "confidence layout": confidence_layout,
        "bars": bars,
        "line": line,
        "layout": layout,
    }


def _parts_of(figure: Any) -> tuple[list[Any], dict[str, Any]]:
    """The traces and the layout. The stylesheet gives the colours instead of Plotly's template."""
    figure.update_layout(template="none")
    made = figure.to_plotly_json()
    del made["layout"]["template"]
    return made["data"], made["layout"]
