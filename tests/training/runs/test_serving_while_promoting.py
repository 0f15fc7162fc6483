"""Real workers under a steady stream of digits, while versions are put into service and taken back."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from classifier.digits.intake import wait_for_answer
from classifier.digits.registry import register_version
from classifier.models import Activation, Prediction
from tests.factories import PEN, SEVEN, SIZE, drawn_digit
from tests.runs import network_folder
from tests.services import wait_until
from training.evaluation import promotion
from training.evaluation.gate import Judgement

SKETCH = {"strokes": SEVEN, "size": SIZE, "pen": PEN}
READS = {"one": 1, "two": 2}  # the digit that each candidate reads everything as; the bundled version reads the drawn 7


@pytest.fixture
def versions(inference_worker, monkeypatch, tmp_path, model_version):
    """The bundled version, in service, and two candidates that pass the gate."""
    monkeypatch.setattr(promotion, "measured", lambda version: None)
    monkeypatch.setattr(promotion, "judge", lambda *_: Judgement(True, [], []))
    candidates = [
        register_version(network_folder(tmp_path / name, always=digit), name) for name, digit in READS.items()
    ]
    yield [model_version, *candidates]
    for version in candidates:
        folder = Path(version.tflite_file.path).parent
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def test_predictions_succeed_while_versions_change_and_each_names_its_own(versions, owner, owner_token, staff):
    bundled, one, two = versions
    reads = READS | {bundled.name: 7}
    is_over, troubles, told = threading.Event(), list[str](), list[str]()

    def draw() -> None:
        """Draws one digit after the other, each answered before the next."""
        digit = drawn_digit(owner)
        wait_for_answer(digit, 10)
        if digit.prediction is None or digit.prediction.status != "done":
            troubles.append(f"{digit.prediction} after 10 s")

    program = Client(headers={"Authorization": f"Token {owner_token}"}, raise_request_exception=False)

    def ask_as_a_program() -> None:
        answer = program.post("/api/v1/digits/", SKETCH, content_type="application/json")
        returned = answer.json().get("prediction") or {}
        if answer.status_code != 201 or reads.get(returned["model_version"]) != largest(returned["probabilities"]):
            troubles.append(answer.text)
        else:
            told.append(returned["model_version"])

    def go_on(step: Callable[[], None]) -> None:
        while not is_over.is_set():
            try:
                step()
            except Exception as error:
                troubles.append(repr(error))
        connection.close()

    def some_more_are_answered() -> None:
        enough = len(told) + 4
        wait_until(lambda: len(told) >= enough or troubles, 60, "digits are answered")

    people = [threading.Thread(target=go_on, args=[step], daemon=True) for step in (draw, draw, ask_as_a_program)]
    for person in people:
        person.start()
    promoted: list[Activation] = []
    for step in range(9):
        some_more_are_answered()
        if step % 3 == 2:
            promoted.append(promotion.roll_back(by=staff, reason="Back."))
        else:
            promoted.append(promotion.promote(version=[one, two][step % 3], by=staff, reason="On."))
    some_more_are_answered()
    is_over.set()
    for person in people:
        person.join()

    assert troubles == []
    assert Prediction.objects.count() > len(told) >= 40
    assert not Prediction.objects.exclude(status="done", model_version__isnull=False).exists()
    assert [activation.version for activation in promoted] == [one, two, one] * 3
    made = Prediction.objects.values_list("model_version__name", "logits")
    assert {name for name, _ in made} == set(told) == set(reads)
    assert [name for name, logits in made if largest(logits) != reads[name]] == []
    for begun, after in zip(promoted, [*promoted[1:], None], strict=True):
        until = after.at if after else timezone.now()
        accepted = Prediction.objects.filter(created__gt=begun.at, finished__lt=until)
        assert {prediction.model_version for prediction in accepted} <= {begun.version, begun.previous}


def largest(values: list[float]) -> int:
    return values.index(max(values))


def test_a_version_put_into_service_answers_the_next_digit(versions, owner, staff):
    for version in versions[1:]:
        promotion.promote(version=version, by=staff, reason="")
        for _ in range(8):  # each of the worker's processes gets some
            digit = drawn_digit(owner)
            wait_for_answer(digit, 10)
            assert digit.prediction is not None
            assert digit.prediction.model_version == version
