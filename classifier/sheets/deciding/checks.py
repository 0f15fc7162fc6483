"""What the checks say of the promise: how many of the values that are taken unseen are wrong.

A check is a value that may be taken, is chosen by its random id, and was decided by a person. It was wrong if the
person wrote something else.
"""

from dataclasses import dataclass
from math import sqrt

from django.db.models import Count, F, Q

from classifier.recognition.wording import percent
from classifier.sheets.models import Stack, Value

Z_95 = 1.959964  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True)
class Checks:
    """The checks of a stack at its tolerance."""

    one_in: int  # of so many taken values, one may be wrong
    checked: int
    wrong: int
    left: int  # that nobody has looked at yet

    @property
    def rate(self) -> float:
        """Observed share of wrong values, 0 to 1; 0 without checks."""
        return self.wrong / self.checked if self.checked else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Within which the true share is, in 95 % of cases."""
        return wilson(self.wrong, self.checked)

    @property
    def sentence(self) -> str:
        """What people read."""
        if not self.checked:
            return "None of the fields that were taken unseen has been checked yet."
        low, high = self.interval
        found = (
            f"{self.checked:,} of the fields that were taken unseen "
            f"{'has' if self.checked == 1 else 'have'} been checked, and {self.wrong or 'none'} "
            f"{'was' if self.wrong < 2 else 'were'} wrong: {percent(self.rate)} "
            f"(between {percent(low)} and {percent(high)} in 95 % of cases)."
        )
        return f"{found} {self._judgement(low, high)}"

    def _judgement(self, low: float, high: float) -> str:
        promised = 1 / self.one_in
        if low > promised:
            return (
                f"That is more than the promised one in {self.one_in:,}: choose fewer errors, and look at more fields."
            )
        if high <= promised:
            return f"The promise of one in {self.one_in:,} is kept."
        return f"That does not contradict the promise of one in {self.one_in:,}, but it is too few to confirm it."


def checks(stack: Stack) -> Checks:
    """Counts the checks of a stack, in one query."""
    mine = Value.objects.filter(stack=stack, is_check=True, risk__lte=1.0 / stack.one_in)
    seen = Q(decided__isnull=False)
    counts = mine.aggregate(
        checked=Count("pk", filter=seen), wrong=Count("pk", filter=seen & ~Q(text=F("read"))), all=Count("pk")
    )
    return Checks(stack.one_in, counts["checked"], counts["wrong"], counts["all"] - counts["checked"])


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share. Source: Wilson (1927), "Probable inference, the law of succession"."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, Z_95**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z_95 / (1 + square / total) * sqrt(share * (1 - share) / total + square / (4 * total**2))
    return max(0.0, middle - half), min(1.0, middle + half)
