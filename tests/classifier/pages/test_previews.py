"""Previews of an unfinished stroke: answered, dropped or rejected, and never stored."""

import json

import pytest

from classifier.jobs import replies
from classifier.models import Digit, Drawing, ModelVersion, Prediction
from tests.factories import pad_form

PREVIEW = "/drawings/preview/"


@pytest.fixture
def preview(owner_client):
    return lambda **changed: owner_client.post(PREVIEW, pad_form(**changed), headers={"HX-Request": "true"})


def said(label):
    """The worker's reply for one digit."""
    probabilities = [0.91 if digit == label else 0.01 for digit in range(10)]
    answer = {"verdict": "digit", "reason": "", "candidates": [label], "label": label, "confidence": 0.91}
    return answer | {"probabilities": probabilities}


def stored():
    return Drawing.objects.count() + Digit.objects.count() + Prediction.objects.count()


@pytest.fixture
def worker_says(monkeypatch):
    """Replaces the worker with a fixed reply."""

    def says(content):
        monkeypatch.setattr(replies, "wait_for", lambda word, timeout_s: content)

    return says


def test_preview_is_answered_and_nothing_is_stored(preview, worker_says):
    answer = said(7) | {"logits": [0.0] * 10, "inference_ms": 0.04}
    worker_says({"answers": [answer], "model_version": "first", "model_version_id": 1})
    response = preview()
    answer = response.context["answer"]
    assert (response.status_code, answer.state, answer.preview, answer.label) == (200, "done", True, 7)
    assert (answer.url, answer.digit) == ("", None)
    assert "delete" not in response.text
    assert stored() == 0


def test_preview_without_an_answer_in_time_is_dropped(preview, worker_says):
    worker_says(None)
    response = preview()
    assert (response.status_code, response.content) == (204, b"")
    assert stored() == 0


@pytest.mark.parametrize("strokes", [[], [[]], [[[2000, 2000]]]])
def test_preview_of_nothing_is_dropped(preview, strokes):
    assert preview(strokes=json.dumps(strokes)).status_code == 204


@pytest.mark.parametrize("changed", [{"strokes": "[[1]]"}, {"pen": 0}, {"strokes": "{"}, {"width": ""}])
def test_malformed_preview_is_refused(preview, changed):
    assert preview(**changed).status_code == 400


def test_visitor_has_no_preview(client, db):
    assert client.post(PREVIEW, pad_form()).url == f"/account/login/?next={PREVIEW}"


def test_real_worker_answers_previews(preview, inference_worker):
    answer = preview().context["answer"]
    assert (answer.label, answer.model_name) == (7, ModelVersion.objects.active().get().name)
    assert stored() == 0
