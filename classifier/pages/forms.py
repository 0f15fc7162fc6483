"""The forms of several pages."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from classifier.digits import corrections
from classifier.models import Digit, Drawing, ModelVersion
from classifier.recognition.errors import InvalidInput
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch, read_json

PICTURE_SOURCES = (Drawing.Source.UPLOAD, Drawing.Source.PASTE, Drawing.Source.CAMERA)


class OneDigitField(forms.ChoiceField):
    """Whether the picture holds one digit; if empty, it may hold a number."""

    def __init__(self) -> None:
        super().__init__(choices=[("true", "One digit"), ("false", "A number")], required=False)

    def clean(self, value: Any) -> bool:
        return bool(super().clean(value) == "true")


class DrawingForm(forms.Form):
    """A drawing on the pad: all strokes so far."""

    drawing = forms.UUIDField()
    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    strokes = forms.CharField(strip=False)
    width = forms.FloatField()
    height = forms.FloatField()
    pen = forms.FloatField()
    pointer = forms.ChoiceField(choices=[(kind, kind) for kind in ("mouse", "touch", "pen")], required=False)
    one_digit = OneDigitField()
    restored = forms.BooleanField(required=False)  # a reload has brought back a drawing that may be stored already

    def sketch(self) -> Sketch:
        """The strokes, empty if all are undone. Raises InvalidInput for malformed strokes."""
        data = self.cleaned_data
        return parse_sketch(read_json(data["strokes"]), [data["width"], data["height"]], data["pen"])


class PictureForm(forms.Form):
    image = forms.FileField(allow_empty_file=True, error_messages={"required": "Choose a picture first."})
    source = forms.ChoiceField(choices=[(source, source.label) for source in PICTURE_SOURCES], required=False)
    one_digit = OneDigitField()


class WhyForm(forms.Form):
    """A visitor's digit to explain: the strokes of a DrawingForm, a picture, or a digit as trials.pack writes it."""

    position = forms.IntegerField(min_value=0, required=False)  # among the digits of the strokes or the picture
    image = forms.FileField(allow_empty_file=True, required=False)
    digit = forms.CharField(required=False)
    one_digit = OneDigitField()


class ImportForm(forms.Form):
    file = forms.FileField(allow_empty_file=True, error_messages={"required": "Choose a file first."})


class SampleForm(forms.Form):
    digit = forms.IntegerField(min_value=0, max_value=9, required=False)


class CorrectionForm(forms.Form):
    """A digit, "none" for not a digit, "right" if it is what the network read, or "back" to remove the correction."""

    label = forms.ChoiceField(choices=[(word, word) for word in [*"0123456789", "none", "right", "back"]])

    def apply(self, digit: Digit) -> None:
        label = self.cleaned_data["label"]
        if label == "back":
            corrections.take_back(digit)
        elif label == "right":
            corrections.confirm(digit)
        else:
            corrections.correct(digit, None if label == "none" else int(label))


class NumberForm(forms.Form):
    """What a drawing shows as a whole, in `text` unless one of these buttons is pressed."""

    text = forms.CharField(required=False, max_length=400)
    button = forms.ChoiceField(choices=[(word, word) for word in ("right", "back")], required=False)

    def apply(self, digits: list[Digit]) -> None:
        """digits: all of the drawing. Raises InvalidInput."""
        button = self.cleaned_data["button"]
        if button == "back":
            corrections.take_back_number(digits[0])
        elif button == "right":
            corrections.confirm_number(digits)
        else:
            corrections.correct_number(digits, self.cleaned_data["text"])


class VersionField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own class takes none
    """A version by its public id."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError:  # its message may explain UUIDs
            raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice") from None


class RereadingForm(forms.Form):
    """A person and the version that re-reads their history."""

    person = forms.CharField(max_length=150, label="Person", error_messages={"required": "Enter the name of a person."})
    version = VersionField(
        ModelVersion.objects.of_kind(ModelVersion.Kind.DIGIT).defer("metadata", "summary"),
        to_field_name="public_id",
        label="Version",
        error_messages={"required": "Choose a version.", "invalid_choice": "This version does not exist."},
    )

    def clean_person(self) -> AbstractBaseUser:
        name = self.cleaned_data["person"]
        person = get_user_model().objects.filter(username=name, is_active=True).first()
        if person is None:
            raise forms.ValidationError("No account has this name.")
        return person


def check(form: forms.Form) -> None:
    """Raises InvalidInput with the first error of an invalid form."""
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        raise InvalidInput(f"{name}: {errors[0]}" if name != "__all__" else str(errors[0]))
