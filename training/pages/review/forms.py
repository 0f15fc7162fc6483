"""The form of the review."""

from typing import Any

from django import forms


class ReviewForm(forms.Form):
    """The chosen corrections and the decision. The buttons beside a correction name it alone and override the ticks."""

    DECISIONS = ("accept", "reject", "undo")

    ids = forms.TypedMultipleChoiceField(coerce=int, required=False)
    decision = forms.ChoiceField(choices=[(name, name) for name in DECISIONS], required=False)
    accept_one = forms.IntegerField(required=False)
    reject_one = forms.IntegerField(required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        ids = self.fields["ids"]
        assert isinstance(ids, forms.TypedMultipleChoiceField)  # noqa: S101 - for the type checker
        ids.choices = [(value, value) for value in data.getlist("ids") if value.isdecimal() and len(value) < 19]

    def chosen(self) -> tuple[str, list[int]]:
        """Returns the decision ("" for none) and the ids of the corrections it applies to."""
        given = self.cleaned_data
        for decision, one in (("accept", given["accept_one"]), ("reject", given["reject_one"])):
            if one is not None:
                return decision, [one]
        return given["decision"], given["ids"]
