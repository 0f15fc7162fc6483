"""How far a stack is, for people and programs: in two queries for stacks of all sizes."""

from dataclasses import dataclass

from django.db.models import Count, Q

from classifier.sheets.models import Stack, StackPage, Value

OFFERED = (50, 100, 200, 500, 1000, 2000)  # tolerances whose figures are shown before one is chosen
_UNDECIDED = Q(decided=None)


@dataclass(frozen=True)
class Figures:
    """The pages and values of a stack, at its tolerance."""

    pages: int  # that are rows
    read: int
    refused: int
    waiting: int
    is_counted: bool  # whether all pages are rows
    values: int
    taken: int  # unseen
    doubtful: int  # left to people, and not decided yet
    decided: int
    checks_left: int  # taken, but to be shown to people, and not decided yet

    @property
    def dealt_with(self) -> int:
        """Pages that were read or refused."""
        return self.read + self.refused

    @property
    def left(self) -> int:
        """Values that people are still asked about."""
        return self.doubtful + self.checks_left


@dataclass(frozen=True)
class Forecast:
    """What a tolerance would mean."""

    one_in: int
    values: int
    taken: int  # unseen, or decided already
    left: int  # to people
    is_chosen: bool

    @property
    def name(self) -> str:
        return f"One wrong in {self.one_in:,}"

    @property
    def sentence(self) -> str:
        """What people read."""
        if not self.left:
            return f"{self.taken:,} of {self.values:,} taken; none left to you"
        return f"{self.taken:,} of {self.values:,} taken; {self.left:,} left to you"


def figures(stack: Stack) -> Figures:
    """Counts the pages and values of a stack."""
    status = StackPage.Status
    pages = StackPage.objects.filter(stack=stack).aggregate(
        pages=Count("pk"),
        read=Count("pk", filter=Q(status=status.READ)),
        refused=Count("pk", filter=Q(status=status.REFUSED)),
        waiting=Count("pk", filter=Q(status=status.WAITING)),
    )
    may_be_taken = _UNDECIDED & Q(risk__lte=1.0 / stack.one_in)
    values = Value.objects.filter(stack=stack).aggregate(
        values=Count("pk"),
        taken=Count("pk", filter=may_be_taken),
        undecided=Count("pk", filter=_UNDECIDED),
        checks_left=Count("pk", filter=may_be_taken & Q(is_check=True)),
    )
    undecided = values.pop("undecided")
    return Figures(
        **pages,
        **values,
        is_counted=stack.counted is None,
        doubtful=undecided - values["taken"],
        decided=values["values"] - undecided,
    )


def forecast(stack: Stack) -> list[Forecast]:
    """What each of the offered tolerances, and the chosen one, would mean, the largest number of errors first."""
    tolerances = sorted({*OFFERED, stack.one_in})
    left = {f"at_{one_in}": Count("pk", filter=_UNDECIDED & ~Q(risk__lte=1.0 / one_in)) for one_in in tolerances}
    counted = Value.objects.filter(stack=stack).aggregate(values=Count("pk"), **left)
    return [
        Forecast(
            one_in,
            counted["values"],
            counted["values"] - counted[f"at_{one_in}"],
            counted[f"at_{one_in}"],
            one_in == stack.one_in,
        )
        for one_in in tolerances
    ]
