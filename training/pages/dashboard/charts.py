"""The charts of the dashboard: digits and mean confidence by day."""

from collections.abc import Sequence
from datetime import date, timedelta

from ..charts import Figure, figure, trace


def _dates(days: Sequence[str]) -> Figure:
    """Returns an axis of whole days, with room for half a bar or marker on either side."""
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    ends = [f"{first - timedelta(days=1)} 12:00", f"{last} 12:00"]
    return {"type": "date", "tickformat": "%-d %b", "nticks": 6, "range": ends}


def digits_figure(days: Sequence[str], counts: Sequence[int]) -> Figure:
    """Returns the chart of digits by day. days: ISO dates."""
    return figure(
        [trace("bars", days, counts)],
        x=_dates(days),
        y={"rangemode": "tozero", "nticks": 5, "tickformat": ",d", "range": [0, max([*counts, 4]) * 1.1]},
    )


def mean_confidence_figure(days: Sequence[str], shares: Sequence[float | None]) -> Figure:
    """Returns the chart of mean confidence by day; days without digits leave a gap."""
    known = [share for share in shares if share is not None]
    low = max(0.0, min(known, default=0.5) - 0.05)
    line = trace("marked", days, shares, meta="ink", line={"width": 2.5}, connectgaps=False)
    return figure([line], x=_dates(days), y={"tickformat": ".0%", "range": [round(low, 2), 1.01], "nticks": 5})
