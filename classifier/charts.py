"""The Plotly figures of the pages, built here and drawn by plotly.js. Colours come from the page's own tokens."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from .inference import ranked


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
        "text": [percent(value) for _, value in order],
    }
    return {"data": [template["data"][0] | values], "layout": template["layout"]}


def fine_percent(share: float) -> str:
    """With two decimals: networks differ in the second."""
    return f"{share:.2%}".replace("%", " %")


def percent(share: float) -> str:
    """A share as people read it. Never rounded up to a certainty the network does not have."""
    if share > 0.999:
        return "> 99.9 %"
    return "< 0.1 %" if share < 0.001 else f"{share:.1%}".replace("%", " %")
