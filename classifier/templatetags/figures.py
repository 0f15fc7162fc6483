"""The values of a Plotly figure as a table, for people who do not see its lines."""

from typing import Any

from django import template

register = template.Library()
MAX_ROWS = 30


@register.filter
def as_table(figure: dict[str, Any]) -> dict[str, Any]:
    """The axis, the traces' names, and a row of words for each x; of many, MAX_ROWS that lie evenly, with the last."""
    traces, layout = figure["data"], figure["layout"]
    values = [dict(zip(trace["x"], trace["y"], strict=True)) for trace in traces]
    places = sorted({x for each in values for x in each})
    if len(places) > MAX_ROWS:
        places = [places[round(at * (len(places) - 1) / (MAX_ROWS - 1))] for at in range(MAX_ROWS)]
    is_share = layout["yaxis"].get("tickformat", "").endswith("%")
    title = layout["xaxis"].get("title", {}).get("text", "")
    return {
        "axis": title.capitalize(),
        "names": [trace["name"] or "value" for trace in traces],
        "rows": [{"x": f"{x:g}", "values": [_words(each.get(x), is_share) for each in values]} for x in places],
    }


def _words(value: float | None, is_share: bool) -> str:
    if value is None:
        return "–"
    return f"{value:.2%}".replace("%", " %") if is_share else f"{value:.4g}"
