"""The form of the review."""

import re
from typing import Any

from django import forms

NAME = r"n?[0-9]{1,18}"


class ReviewForm(forms.Form):
    """The chosen corrections and the decision. The buttons beside a correction name it alone and override the ticks.

    A correction of a digit is named by its key, one of a whole number by its key with an n before it.
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

    def chosen(self) -> tuple[str, list[int], list[int]]:
        """Returns the decision ("" for none) and the keys of the digits' and the numbers' corrections it applies to."""
        given = self.cleaned_data
        decision, names = given["decision"], given["ids"]
        for each in ("accept", "reject"):
            if one := given[f"{each}_one"]:
                decision, names = each, [one]
        digits = [int(name) for name in names if name.isdecimal()]
        return decision, digits, [int(name[1:]) for name in names if not name.isdecimal()]
