"""The charts of the dashboard: digits and mean confidence by day."""

from collections.abc import Sequence
from datetime import date, timedelta

from ..charts import Figure, figure, trace


def _dates(days: Sequence[str]) -> Figure:
    """An axis of whole days, with room for half a bar or mark on either side."""
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    ends = [f"{first - timedelta(days=1)} 12:00", f"{last} 12:00"]
    return {"type": "date", "tickformat": "%-d %b", "nticks": 6, "range": ends}


def digits_figure(days: Sequence[str], counts: Sequence[int]) -> Figure:
    """Digits taken in by day. days: ISO dates."""
    return figure(
        [trace("bars", days, counts)],
        x=_dates(days),
        y={"rangemode": "tozero", "nticks": 5, "tickformat": ",d", "range": [0, max([*counts, 4]) * 1.1]},
    )


def mean_confidence_figure(days: Sequence[str], shares: Sequence[float | None]) -> Figure:
    """Mean confidence by day; days without a digit leave a gap."""
    known = [share for share in shares if share is not None]
    low = max(0.0, min(known, default=0.5) - 0.05)
    line = trace("marked", days, shares, meta="ink", line={"width": 2.5}, connectgaps=False)
    return figure([line], x=_dates(days), y={"tickformat": ".0%", "range": [round(low, 2), 1.01], "nticks": 5})
