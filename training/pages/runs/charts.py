"""The charts of a run: loss and accuracy by epoch."""

from ..charts import Figure, figure, trace


def curve_figure(
    lines: dict[str, tuple[list[float], list[float]]],
    held_out: tuple[list[float], list[float]],
    *,
    epochs: int,
    shares: bool,
) -> Figure:
    """Returns the chart of a run's loss or accuracy by epoch.

    lines: of each fit, by its name; the last one is emphasised. held_out: the values on held-out images after each
    epoch. shares: whether the values are 0 to 1.
    """
    names = list(lines)
    traces = [trace("line" if name == names[-1] else "dashed", *lines[name], name) for name in names]
    if held_out[0]:
        traces.append(trace("marked", *held_out, "held out"))
    last = max([epochs, *(x for xs, _ in lines.values() for x in xs)], default=1) or 1
    y: Figure = {"tickformat": ".1%", "range": _top(traces)} if shares else {"rangemode": "tozero"}
    few = {"dtick": 1} if last < 8 else {}  # otherwise Plotly puts ticks between epochs
    return figure(
        traces,
        x={"title": {"text": "epoch"}, "range": [0, 1.02 * last], "tickformat": "d"} | few,
        y=y,
        legend=len(traces) > 1,
    )


def _top(traces: list[Figure]) -> list[float]:
    """Returns a range up to 1 that starts below most values, so late epochs can be told apart."""
    values = sorted(value for trace in traces for value in trace["y"] if value is not None)
    if not values:
        return [0.0, 1.0]
    low = values[len(values) // 10]
    return [max(0.0, round(low - 0.15 * (1 - low) - 0.005, 3)), 1.0]
