"""The charts of a run: loss and accuracy by epoch, or by batch within the only epoch."""

from ..charts import Figure, figure, trace


def curve_figure(
    lines: dict[str, tuple[list[float], list[float]]],
    held_out: tuple[list[float], list[float]],
    *,
    epochs: int,
    batches: int,
    shares: bool,
) -> Figure:
    """Returns the chart of a run's loss or accuracy by epoch, with the batches between; by batch if there is one epoch.

    lines: of each fit, by its name, over the epochs trained; the last one is emphasised. held_out: the values on
    held-out images after each epoch. batches: of an epoch. shares: whether the values are 0 to 1.
    """
    names = list(lines)
    traces = [trace("line" if name == names[-1] else "dashed", *lines[name], name) for name in names]
    if held_out[0]:
        traces.append(trace("marked", *held_out, "held out"))
    last = max([epochs, *(x for xs, _ in lines.values() for x in xs)], default=1) or 1
    y: Figure = {"tickformat": ".1%", "range": _top(traces)} if shares else {"range": _bottom(traces)}
    x: Figure = {"title": {"text": "epoch"}, "range": [0, 1.02 * last], "tickformat": "d"}
    if last <= 1 and batches:
        traces = [each | {"x": [round(at * batches, 1) for at in each["x"]]} for each in traces]
        x = {
            "title": {"text": "batch of the only epoch"},
            "range": [0, 1.02 * batches],
            "tickformat": ",d",
            "nticks": 6,
        }
    elif last < 8:
        x |= {"dtick": 1}  # otherwise Plotly puts ticks between epochs
    return figure(traces, x=x, y=y, legend=len(traces) > 1)


def _bottom(traces: list[Figure]) -> list[float]:
    """Returns a range from 0 that leaves out the first, highest losses, so late epochs can be told apart."""
    values = sorted(value for trace in traces for value in trace["y"] if value is not None)
    return [0.0, round(1.2 * values[(len(values) - 1) * 19 // 20], 4)] if values else [0.0, 1.0]


def _top(traces: list[Figure]) -> list[float]:
    """Returns a range up to 1 that starts below most values, so late epochs can be told apart."""
    values = sorted(value for trace in traces for value in trace["y"] if value is not None)
    if not values:
        return [0.0, 1.0]
    low = values[len(values) // 10]
    return [max(0.0, round(low - 0.15 * (1 - low) - 0.005, 3)), 1.0]
