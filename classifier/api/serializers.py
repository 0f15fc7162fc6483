"""The JSON of digits, predictions, corrections, model versions and the caller.

The fields are written out: deriving them from the models would take longer than answering a digit. For the same reason
digits and predictions are represented by hand. Their fields then describe the schema alone; the framework would copy
about sixty of them for each answer.
"""

from typing import Any, TypedDict

from django.urls import reverse
from rest_framework import serializers

from classifier.digits import numbers
from classifier.digits.lines.messages import ReadRow
from classifier.models import (
    TEXT_AT_MOST,
    Correction,
    Digit,
    Drawing,
    ModelVersion,
    NumberCorrection,
    NumberReading,
    Prediction,
)
from classifier.recognition.lines.judging import reason_sentence
from classifier.recognition.verdict import sentence

Label = serializers.IntegerField  # 0 to 9
TIME = serializers.DateTimeField()


class CorrectionBody(TypedDict):
    """The owner's correction of a digit. The label is null for "not a digit"."""

    label: int | None
    review: str
    changed: str


class NumberCorrectionBody(TypedDict):
    """What the owner says that the drawing shows as a whole."""

    text: str
    review: str
    changed: str


class AlternativeBody(TypedDict):
    """A text that a row may show."""

    text: str
    confidence: float


class CharacterBody(TypedDict):
    """A character of a row, and its left, top, right and bottom edge in pixels of the picture or pad."""

    character: str
    box: list[int]


class RowBody(TypedDict):
    """What the line reader says about one row of writing."""

    text: str
    number: str
    verdict: str
    reason: str | None
    message: str | None
    confidence: float
    alternatives: list[AlternativeBody]
    characters: list[CharacterBody]


class ReadingBody(TypedDict):
    """What the line reader says about a whole drawing."""

    model_version: str
    verdict: str
    confidence: float
    rows: list[RowBody]


class Digits(serializers.JSONField):
    """A list of distinct digits, 0 to 9."""


class Probabilities(serializers.JSONField):
    """Ten numbers that add up to 1."""


class Box(serializers.JSONField):
    """Left, top, right and bottom."""


class PredictionSerializer(serializers.Serializer[Prediction]):
    status = serializers.ChoiceField(choices=Prediction.Status.choices)
    verdict = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    digit = serializers.SerializerMethodField()
    candidates = Digits()
    confidence = serializers.FloatField(min_value=0, max_value=1, allow_null=True)
    probabilities = Probabilities(allow_null=True)
    model_version = serializers.SerializerMethodField()
    preprocessing_version = serializers.IntegerField()
    revision = serializers.IntegerField(min_value=1)
    elapsed_ms = serializers.FloatField(allow_null=True)
    inference_ms = serializers.FloatField(allow_null=True)
    finished = serializers.DateTimeField(allow_null=True)
    error = serializers.SerializerMethodField()

    def to_representation(self, prediction: Prediction) -> dict[str, Any]:
        return {
            "status": prediction.status,
            "verdict": self.get_verdict(prediction),
            "reason": self.get_reason(prediction),
            "message": self.get_message(prediction),
            "digit": self.get_digit(prediction),
            "candidates": prediction.candidates,
            "confidence": prediction.confidence,
            "probabilities": prediction.probabilities,
            "model_version": self.get_model_version(prediction),
            "preprocessing_version": prediction.preprocessing_version,
            "revision": prediction.revision,
            "elapsed_ms": prediction.elapsed_ms,
            "inference_ms": prediction.inference_ms,
            "finished": TIME.to_representation(prediction.finished) if prediction.finished else None,
            "error": self.get_error(prediction),
        }

    def get_model_version(self, prediction: Prediction) -> str | None:
        """The name of the version that answered; for an imported digit, of the version that answered there."""
        return prediction.version_name or None

    def get_verdict(self, prediction: Prediction) -> str | None:
        return prediction.verdict or None

    def get_digit(self, prediction: Prediction) -> int | None:
        """The most probable digit, unless the verdict is "not a digit"."""
        return None if prediction.verdict == Prediction.Verdict.NOT_A_DIGIT else prediction.label

    def get_reason(self, prediction: Prediction) -> str | None:
        return prediction.reason or None

    def get_message(self, prediction: Prediction) -> str | None:
        return sentence(prediction.reason, prediction.candidates) or None

    def get_error(self, prediction: Prediction) -> str | None:
        return prediction.error or None


class DigitSerializer(serializers.Serializer[Digit]):
    """Expects `corrections` in its context, as corrections.by_digit returns them."""

    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField()
    drawing = serializers.UUIDField(source="drawing.public_id")
    position = serializers.IntegerField(min_value=0)
    box = Box(allow_null=True)
    source = serializers.ChoiceField(choices=Drawing.Source.choices, source="drawing.source")  # type: ignore[assignment]  # the field's own name
    created = serializers.DateTimeField(source="drawing.created")
    turned = serializers.IntegerField(source="drawing.turned", min_value=0, max_value=270)
    true_label = Label(min_value=0, max_value=9, allow_null=True)
    correction = serializers.SerializerMethodField()
    prediction = PredictionSerializer(allow_null=True)

    def to_representation(self, digit: Digit) -> dict[str, Any]:
        drawing, prediction = digit.drawing, digit.prediction
        return {
            "id": str(digit.public_id),
            "url": self.get_url(digit),
            "drawing": str(drawing.public_id),
            "position": digit.position,
            "box": digit.box,
            "source": drawing.source,
            "created": TIME.to_representation(drawing.created),
            "turned": drawing.turned,
            "true_label": digit.true_label,
            "correction": self.get_correction(digit),
            "prediction": PredictionSerializer().to_representation(prediction) if prediction else None,
        }

    def get_url(self, digit: Digit) -> str:
        return reverse("api:digit-detail", args=[digit.public_id])

    def get_correction(self, digit: Digit) -> CorrectionBody | None:
        correction = self.context["corrections"].get(digit.pk)
        return correction_body(correction) if correction is not None else None


class WholeDigitSerializer(DigitSerializer):
    """A digit with all digits of its drawing and the number they make. Needs `numbers.know_siblings`.

    Expects `whole` in its context too, as corrections.of_number returns it.
    """

    number = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()
    reading = serializers.SerializerMethodField()
    number_correction = serializers.SerializerMethodField()
    digits = DigitSerializer(source="siblings", many=True)

    def to_representation(self, digit: Digit) -> dict[str, Any]:
        own = super().to_representation
        return {
            **own(digit),
            "number": self.get_number(digit),
            "text": self.get_text(digit),
            "reading": self.get_reading(digit),
            "number_correction": self.get_number_correction(digit),
            "digits": [own(each) for each in digit.siblings],
        }

    def get_number(self, digit: Digit) -> str | None:
        return numbers.number_of(digit.siblings)

    def get_text(self, digit: Digit) -> str | None:
        """What is written, with the marks among the digits; a line for each row."""
        return numbers.text_of(digit.siblings) if numbers.number_of(digit.siblings) is not None else None

    def get_reading(self, digit: Digit) -> ReadingBody | None:
        """What the line reader says about the whole drawing; null if each digit was read separately."""
        reading = numbers.reading_of(digit.drawing)
        return reading_body(reading) if reading is not None else None

    def get_number_correction(self, digit: Digit) -> NumberCorrectionBody | None:
        whole = self.context["whole"]
        return number_correction_body(whole) if whole is not None else None


def reading_body(reading: NumberReading) -> ReadingBody:
    return {
        "model_version": reading.version_name,
        "verdict": reading.verdict,
        "confidence": reading.confidence,
        "rows": [_row_body(ReadRow.from_json(row)) for row in reading.rows],
    }


def _row_body(row: ReadRow) -> RowBody:
    return {
        "text": row.text,
        "number": row.number,
        "verdict": row.verdict,
        "reason": row.reason or None,
        "message": reason_sentence(row.reason, row.text, [text for text, _ in row.alternatives]) or None,
        "confidence": row.confidence,
        "alternatives": [{"text": text, "confidence": share} for text, share in row.alternatives],
        "characters": [{"character": character, "box": box} for character, box in row.characters],
    }


def correction_body(correction: Correction) -> CorrectionBody:
    changed = TIME.to_representation(correction.changed)
    return {"label": correction.label, "review": correction.review, "changed": changed}


def number_correction_body(whole: NumberCorrection | Correction) -> NumberCorrectionBody:
    """whole: of a number, or of a lone digit."""
    changed = TIME.to_representation(whole.changed)
    return {"text": str(whole), "review": whole.review, "changed": changed}


class NumberCorrectionSerializer(serializers.Serializer[NumberCorrection]):
    """The request that corrects a number as a whole, and its answer."""

    text = serializers.CharField(
        max_length=TEXT_AT_MOST,
        help_text="What is written: figures, and the signs . , - / : = % + and spaces; a line for each row.",
    )
    review = serializers.ChoiceField(choices=Correction.Review.choices, read_only=True)
    changed = serializers.DateTimeField(read_only=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Accepts text only; REST framework would accept a number as well, which has lost its leading zeros."""
        if isinstance(data, dict) and "text" in data and not isinstance(data["text"], str):
            raise serializers.ValidationError({"text": ['Must be text, such as "2048".']})
        return dict(super().to_internal_value(data))


class CorrectionSerializer(serializers.Serializer[Correction]):
    """The request that corrects a digit, and its answer."""

    label = Label(  # type: ignore[assignment]  # the field's own name
        min_value=0, max_value=9, allow_null=True, help_text="The true digit, or null for not a digit."
    )
    review = serializers.ChoiceField(choices=Correction.Review.choices, read_only=True)
    changed = serializers.DateTimeField(read_only=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Accepts integers and null only; REST framework would accept "7", true and 7.0 as well."""
        if isinstance(data, dict) and "label" in data and type(data["label"]) not in (int, type(None)):
            raise serializers.ValidationError({"label": ["Must be a digit from 0 to 9, or null for not a digit."]})
        return dict(super().to_internal_value(data))


class ModelSerializer(serializers.Serializer[ModelVersion]):
    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=ModelVersion.Kind.choices)
    architecture = serializers.CharField()
    parameters = serializers.IntegerField(min_value=1)
    accuracy = serializers.FloatField(
        min_value=0,
        max_value=1,
        help_text="Accuracy on the MNIST test set, or on generated digits if it was trained without MNIST; of a line "
        "reader, the share of test lines read correctly as a whole.",
    )
    in_service = serializers.BooleanField(source="is_active")
    created = serializers.DateTimeField()
    sha256 = serializers.CharField(source="tflite_sha256", help_text="Checksum of the network's .tflite file.")

    def get_url(self, version: ModelVersion) -> str:
        return reverse("api:model-detail", args=[version.public_id])


class MeSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField()
    drawings = serializers.IntegerField(min_value=0)
    digits = serializers.IntegerField(min_value=0)
    corrections = serializers.IntegerField(min_value=0)
    batches = serializers.IntegerField(min_value=0)
    token = serializers.SerializerMethodField()

    def get_token(self, me: dict[str, Any]) -> "TokenFacts | None":
        token = me["token"]
        if token is None:
            return None
        expires = TIME.to_representation(token.expires) if token.expires else None
        return {"name": token.name, "scope": token.scope, "expires": expires}


class TokenFacts(TypedDict):
    """The token that authenticates the request."""

    name: str
    scope: str
    expires: str | None
