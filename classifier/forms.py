"""What the pages' forms may hold."""

from typing import Any

from django import forms

from . import corrections
from .errors import MalformedRequest
from .models import Digit, Drawing
from .strokes import Sketch, parse_sketch, read_json

PICTURE_SOURCES = (Drawing.Source.UPLOAD, Drawing.Source.PASTE, Drawing.Source.CAMERA)


class OneDigitField(forms.ChoiceField):
    """Whether what comes is said to be one digit; nothing said: it may be a number."""

    def __init__(self) -> None:
        super().__init__(choices=[("true", "One digit"), ("false", "A number")], required=False)

    def clean(self, value: Any) -> bool:
        return bool(super().clean(value) == "true")


class DrawingForm(forms.Form):
    """What the pad sends: all strokes so far."""

    drawing = forms.UUIDField()
    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    strokes = forms.CharField(strip=False)
    width = forms.FloatField()
    height = forms.FloatField()
    pen = forms.FloatField()
    pointer = forms.ChoiceField(choices=[(kind, kind) for kind in ("mouse", "touch", "pen")], required=False)
    one_digit = OneDigitField()

    def sketch(self) -> Sketch:
        """The strokes, empty after the last was undone. Raises MalformedRequest for strokes that are none."""
        data = self.cleaned_data
        return parse_sketch(read_json(data["strokes"]), [data["width"], data["height"]], data["pen"])


class PictureForm(forms.Form):
    image = forms.FileField(allow_empty_file=True, error_messages={"required": "Choose a picture first."})
    source = forms.ChoiceField(choices=[(source, source.label) for source in PICTURE_SOURCES], required=False)
    one_digit = OneDigitField()


class ImportForm(forms.Form):
    file = forms.FileField(allow_empty_file=True, error_messages={"required": "Choose the file first."})


class SampleForm(forms.Form):
    digit = forms.IntegerField(min_value=0, max_value=9, required=False)


class CorrectionForm(forms.Form):
    """A digit, "none" for what is not a digit, or "back" for nothing said after all."""

    label = forms.ChoiceField(choices=[(word, word) for word in [*"0123456789", "none", "back"]])

    def apply(self, digit: Digit) -> None:
        label = self.cleaned_data["label"]
        if label == "back":
            corrections.take_back(digit)
        else:
            corrections.correct(digit, None if label == "none" else int(label))


class TokenForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="What will use it, for instance “scanner in room 4”.")


def check(form: forms.Form) -> None:
    """Raise MalformedRequest with the form's first sentence when it does not hold what it should."""
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        raise MalformedRequest(f"{name}: {errors[0]}" if name != "__all__" else str(errors[0]))
