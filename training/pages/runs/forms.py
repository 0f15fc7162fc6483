"""The form that starts a run."""

from typing import Any

from django import forms

from classifier.models import ModelVersion
from training.networks.architectures import ARCHITECTURES
from training.networks.weights import starting_version
from training.runs.recipe import UNUSED, Recipe, descriptions_for

LABELS = {
    "line": {
        "generated": "Generated lines",
        "corrections": "Accepted corrections of numbers",
        "augmentation": "Vary the lines",
    }
}
FROM_SCRATCH = "From scratch, with random weights"


class RunForm(forms.Form):
    """A recipe, field by field; `recipe` is set if the form is valid."""

    architecture = forms.ChoiceField(choices=lambda: [(name, name) for name in ARCHITECTURES])
    start_from = forms.ChoiceField(required=False)
    mnist = forms.BooleanField(required=False, label="MNIST")
    corrections = forms.BooleanField(required=False, label="Accepted corrections")
    generated = forms.IntegerField(min_value=0, max_value=200_000, label="Generated digits")
    boxed = forms.IntegerField(min_value=0, max_value=200_000, label="Digits in boxes of sheets")
    junk = forms.IntegerField(min_value=0, max_value=50_000, label="Pictures that are not digits")
    augmentation = forms.BooleanField(required=False, label="Vary the images")
    epochs = forms.IntegerField(required=False, min_value=1, max_value=500)
    batch_size = forms.IntegerField(min_value=1, max_value=8192)
    learning_rate = forms.FloatField(min_value=1e-6, max_value=1)
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    promote_if_passed = forms.BooleanField(required=False, label="Put it into service unless it is significantly worse")

    recipe: Recipe

    def __init__(self, data: Any = None, *, base: Recipe) -> None:
        """base: the recipe whose values fill the form."""
        super().__init__(data, initial=base.to_json())
        self.base = base
        start_from = self.fields["start_from"]
        assert isinstance(start_from, forms.ChoiceField)  # noqa: S101 - for the type checker
        versions = ModelVersion.objects.values_list("public_id", "name")
        start_from.choices = [("", FROM_SCRATCH), *((str(key), name) for key, name in versions)]
        self.kind = ARCHITECTURES[self._architecture()].kind
        for name in UNUSED[self.kind]:
            del self.fields[name]
        described, labels = descriptions_for(self.kind), LABELS.get(self.kind, {})
        for name, field in self.fields.items():
            field.help_text, field.label = described.get(name, field.help_text), labels.get(name, field.label)

    def _architecture(self) -> str:
        """The chosen network, or that of the base."""
        chosen = self.data.get("architecture")
        return chosen if chosen in ARCHITECTURES else self.base.architecture

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        unused: dict[str, Any] = dict.fromkeys(UNUSED[self.kind], 0)
        chosen = {name: value for name, value in values.items() if name != "promote_if_passed"} | unused
        try:
            self.recipe = Recipe.from_json(self.base.to_json() | chosen | {"start_from": values["start_from"] or None})
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        try:
            if self.recipe.start_from:
                starting_version(self.recipe.start_from, self.recipe.architecture)
        except ValueError as error:
            self.add_error("start_from", f"{error} Choose another version, or start from scratch.")
        return values
