"""What is represented by hand is what the fields say."""

import pytest
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from classifier.api.serializers import DigitSerializer, PredictionSerializer, WholeDigitSerializer
from classifier.digits import corrections, numbers
from classifier.models import Digit, Prediction
from tests.factories import drawn_digit

pytestmark = pytest.mark.django_db


def by_the_fields(digit, context, monkeypatch):
    with monkeypatch.context() as patch:
        for each in (PredictionSerializer, DigitSerializer, WholeDigitSerializer):
            patch.setattr(each, "to_representation", serializers.Serializer.to_representation)
        return JSONRenderer().render(WholeDigitSerializer(digit, context=context).data)


def test_digits_are_represented_as_their_fields_say(monkeypatch, owner, forty_seven):
    corrections.correct(forty_seven[0], 9)
    failed = drawn_digit(owner)
    Prediction.objects.filter(digit=failed).update(status=Prediction.Status.FAILED, error="The file was damaged.")
    waiting = drawn_digit(owner)
    shown = list(Digit.objects.with_predictions().filter(pk__in=[forty_seven[0].pk, failed.pk, waiting.pk]))
    numbers.know_siblings(shown)
    for digit in shown:
        context = {"corrections": corrections.by_digit(digit.siblings), "whole": corrections.of_number(digit)}
        by_hand = JSONRenderer().render(WholeDigitSerializer(digit, context=context).data)
        assert by_hand == by_the_fields(digit, context, monkeypatch)
