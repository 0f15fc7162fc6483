"""The Plotly charts on the staff's pages: the parts that Plotly has validated, with values.

The `meta` of a trace names its colour (static/classifier/charts.js); a dash or marker distinguishes it too.
"""

import json
from collections.abc import Sequence
from typing import Any

from .figures import FILE

Figure = dict[str, Any]
_PARTS: dict[str, Figure] = json.loads(FILE.read_text())


def trace(kind: str, x: Sequence[Any], y: Sequence[float | None], name: str = "", **changed: Any) -> Figure:
    return _PARTS[kind] | {"x": list(x), "y": list(y), "name": name} | changed


def figure(traces: list[Figure], *, x: Figure, y: Figure, legend: bool = False) -> Figure:
    layout = _PARTS["layout"]
    axes: Figure = {"xaxis": layout["xaxis"] | x, "yaxis": layout["yaxis"] | y}
    if not legend:
        axes["margin"] = layout["margin"] | {"t": 10, "b": 30}
    return {"data": traces, "layout": layout | axes | {"showlegend": legend}}
