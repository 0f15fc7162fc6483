"""The form of the review."""

import re
from dataclasses import dataclass
from typing import Any

from django import forms

NAME = r"[nv]?[0-9]{1,18}"


@dataclass(frozen=True)
class Chosen:
    """The keys of what a decision applies to."""

    digits: list[int]  # corrections of digits
    numbers: list[int]  # corrections of whole numbers
    values: list[int]  # of fields of sheets

    def __len__(self) -> int:
        return len(self.digits) + len(self.numbers) + len(self.values)


class ReviewForm(forms.Form):
    """The chosen corrections and the decision. The buttons beside a correction name it alone and override the ticks.

    A correction of a digit is named by its key, one of a whole number by its key with an n before it, and what was
    decided about a field of a sheet by the value's key with a v before it.
    """

    DECISIONS = ("accept", "reject", "undo")

    ids = forms.MultipleChoiceField(required=False)
    decision = forms.ChoiceField(choices=[(name, name) for name in DECISIONS], required=False)
    accept_one = forms.RegexField(NAME, required=False)
    reject_one = forms.RegexField(NAME, required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        ids = self.fields["ids"]
        assert isinstance(ids, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        ids.choices = [(value, value) for value in data.getlist("ids") if re.fullmatch(NAME, value)]

    def chosen(self) -> tuple[str, Chosen]:
        """Returns the decision ("" for none) and what it applies to."""
        given = self.cleaned_data
        decision, names = given["decision"], given["ids"]
        for each in ("accept", "reject"):
            if one := given[f"{each}_one"]:
                decision, names = each, [one]
        keys = {kind: [int(name[len(kind) :]) for name in names if name.startswith(kind)] for kind in ("n", "v")}
        return decision, Chosen([int(name) for name in names if name.isdecimal()], keys["n"], keys["v"])
