"""The page of the network in service, and the charts and figures that pages show."""

import json

import pytest

from classifier.digits import registry
from classifier.models import Activation, ModelVersion
from classifier.pages.answers.charts import confidence_figure
from classifier.recognition.wording import bounded_percent
from tests.staff_site import candidate

MODEL = "/model/"


def test_everybody_sees_the_network_in_service(client, model_version):
    response = client.get(MODEL)
    assert response.status_code == 200
    for words in ("42,358", "mnist_cnn_model.tflite", "mnist_cnn_model.h5", "Conv2D", model_version.name):
        assert words in response.text
    assert response.context["accuracy"] in response.text


def test_training_settings_have_names_and_values_that_people_understand(client, model_version):
    text = client.get(MODEL).text
    for words in ("Highest learning rate", "Images varied in each epoch", "<dd>yes</dd>", "24 min 35 s", "of MNIST"):
        assert words in text
    for raw in ("warm up", "True", "given", "1475"):
        assert f">{raw}<" not in text


def test_confusion_matrix_and_accuracy_agree(client, model_version):
    context = client.get(MODEL).context
    counts = [[cell["count"] for cell in row] for row in context["confusion"]]
    assert sum(map(sum, counts)) == context["evaluation"]["images"]
    right = sum(counts[digit][digit] for digit in range(10))
    assert right / context["evaluation"]["images"] == pytest.approx(model_version.accuracy, abs=1e-4)
    for digit, row in enumerate(counts):
        assert context["per_digit"][digit]["value"] == pytest.approx(row[digit] / sum(row), abs=1e-4)
    assert {cell["level"] for row in context["confusion"] for cell in row} <= set(range(10))


def test_what_came_with_the_site_or_has_served_has_a_page_for_everybody(client, model_version):
    ModelVersion.objects.update(is_active=False)
    other = candidate("other")
    page = f"/model/{other.public_id}/"
    assert client.get(page).status_code == 404  # a candidate is the staff's
    assert client.get(f"/model/{model_version.public_id}/").context["version"] == model_version  # it is bundled
    registry.activate(other, kind=Activation.Kind.PROMOTION)
    assert f'href="/model/{model_version.public_id}/"' in client.get(MODEL).text
    registry.activate(model_version, kind=Activation.Kind.ROLLBACK)
    assert "not in service" in client.get(page).text


def test_without_a_network_the_page_says_so(client, db):
    response = client.get(MODEL)
    assert (response.status_code, response.context["version"]) == (200, None)


def test_metadata_is_shown_as_text(client, model_version):
    ModelVersion.objects.update(summary="<script>alert(7)</script>", name="<b>first</b>")
    text = client.get(MODEL).text
    assert "<script>alert" not in text
    assert "<b>first" not in text


def test_figure_has_ten_bars_the_best_on_top():
    probabilities = [0.02, 0.01, 0.03, 0.04, 0.05, 0.06, 0.07, 0.6, 0.08, 0.04]
    figure = confidence_figure(probabilities)
    (bars,) = figure["data"]
    assert (bars["type"], bars["orientation"], figure["layout"]["yaxis"]["autorange"]) == ("bar", "h", "reversed")
    assert bars["y"] == ["7", "8", "6", "5", "4", "3", "9", "2", "0", "1"]
    assert bars["x"] == sorted(probabilities, reverse=True)
    assert bars["text"][0] == bounded_percent(0.6)
    json.dumps(figure, allow_nan=False)


def test_figures_of_two_answers_do_not_share_their_values():
    first = confidence_figure([1.0] + [0.0] * 9)
    before = json.dumps(first)
    confidence_figure([0.0] * 9 + [1.0])
    assert json.dumps(first) == before


def test_visitor_sees_what_the_site_is(client, db):
    response = client.get("/")
    assert response.templates[0].name == "classifier/pad/trial.html"
    assert "/account/signup/" in response.text


def test_pad_is_there_for_who_is_signed_in(owner_client):
    response = owner_client.get("/")
    assert response.templates[0].name == "classifier/pad/pad.html"
    assert (response.context["answer"].state, response.context["pad"]["width"]) == ("blank", 280)
