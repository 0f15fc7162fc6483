"""The staff's pages of line readers: list, version, comparison, promotion, rollback, and Retrain."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.digits.registry import activate, version_in_service
from classifier.models import Activation, ModelVersion
from tests import staff_site
from tests.line_readers import METADATA, registered_line_reader
from training.evaluation import lines
from training.models import Measurement, TrainingRun
from training.networks.architectures import ARCHITECTURES
from training.pages.permissions import PROMOTE, TRAIN
from training.runs import requests
from training.runs.recipe import OF_LINE_READERS, default_recipe

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(db):
    return staff_site.staff_client()


@pytest.fixture
def promoter(db):
    return staff_site.staff_client(PROMOTE)


@pytest.fixture
def trainer(db):
    return staff_site.staff_client(TRAIN)


def flat(html: str) -> str:
    return re.sub(r"\s+", " ", html)


def measured(version: ModelVersion, right: int) -> None:
    """Stores the measurement of a line reader that reads so many of 40 lines right."""
    mistake = {"index": 39, "label": "80", "read": "8", "width": 64}
    pixels = base64.b64encode(np.zeros((32, 64), np.uint8).tobytes()).decode()
    of_lines = METADATA["evaluation"] | {"images": 40, "accuracy": right / 40, "set": lines.set_name()}
    Measurement.objects.create(
        version=version,
        figures={"single_image_ms": 0.7, "lines": of_lines | {"mistakes": [mistake | {"pixels": pixels}]}},
        mnist_answers=b"",
        stroke_answers=b"",
        line_answers=(np.arange(40) < right).tobytes(),
    )


@pytest.fixture
def readers(model_version: ModelVersion, tmp_path: Path, settings: Any) -> list[ModelVersion]:
    """One in service that reads 36 of 40 lines, and one that reads 38."""
    settings.MEDIA_ROOT, settings.MNIST_PATH = tmp_path / "media", ""
    versions = [registered_line_reader(tmp_path / name, more=name.encode(), name=name) for name in ("old", "new")]
    for version, right in zip(versions, (36, 38), strict=True):
        measured(version, right)
    activate(versions[0], kind=Activation.Kind.SET_UP)
    return versions


def test_the_list_shows_each_kind_with_its_figures(reader, readers, model_version):
    text = flat(reader.get("/staff/versions/").text)
    digits, of_lines = text.split("Line readers</h2>")
    assert "Digit readers</h2>" in digits and model_version.name in digits and readers[0].name not in digits
    assert "MNIST" in digits and "MNIST" not in of_lines
    for words in (readers[0].name, readers[1].name, "95.00 %", "98.12 %", "Characters"):
        assert words in of_lines
    assert text.count('class="serving"') == 2


def test_without_a_line_reader_the_list_says_so(reader, model_version):
    assert "manage.py register_bundled" in reader.get("/staff/versions/").text.split("Line readers</h2>")[1]


def test_the_page_of_a_line_reader_shows_lines(reader, readers):
    text = flat(reader.get(f"/staff/versions/{readers[1].public_id}/").text)
    for words in ("of the held-out lines read correctly", "95.00 %", "Written by people", "98.12 %", "0.7 ms"):
        assert words in text
    assert 'alt="The line 80, read as 8"' in text
    for words in ("Confusion matrix", "MNIST", "Robustness"):
        assert words not in text


def test_before_it_is_measured_the_page_shows_the_figures_of_its_training(reader, readers):
    Measurement.objects.all().delete()
    text = flat(reader.get(f"/staff/versions/{readers[1].public_id}/").text)
    assert "Measured by its training" in text and "2,000 lines: <strong>93.75" in text


def test_two_line_readers_are_compared_with_each_other_only(reader, readers, model_version):
    response = reader.get(f"/staff/versions/{readers[1].public_id}/compare/")
    text = flat(response.text)
    assert response.context["other"] == readers[0]
    assert list(response.context["others"]) == [readers[0]]
    for words in ("Accuracy by kind of line", "Held-out lines", "written by people", "+5.00", "2 read correctly by"):
        assert words in text
    assert "calibration error" not in text and model_version.name not in text


def test_promoting_a_line_reader_leaves_the_digit_reader(promoter, readers, model_version):
    address = f"/staff/versions/{readers[1].public_id}/promote/"
    assert promoter.post(address, {"reason": "It reads more."}).status_code == 302
    assert (version_in_service("line"), version_in_service()) == (readers[1], model_version)
    page = flat(promoter.get("/staff/versions/").text)
    assert "Roll back the line reader" in page and "Roll back the digit reader" not in page
    promoter.post("/staff/versions/rollback/", {"leaving": readers[1].public_id, "reason": "No."})
    assert (version_in_service("line"), version_in_service()) == (readers[0], model_version)


def test_retrain_asks_for_the_kind(trainer, readers, model_version):
    text = flat(trainer.get("/staff/runs/new/").text)
    assert text.index("Digit reader<") < text.index('value="deeper_cnn"') < text.index("Line reader<")
    assert text.index("Line reader<") < text.index('value="line_reader"')
    assert f'value="{model_version.architecture}" checked' in text
    form = trainer.get("/staff/runs/new/?architecture=line_reader").context["form"]
    assert form.initial == default_recipe(readers[0]).to_json()
    assert {"boxed", "junk"}.isdisjoint(form.fields) and form.fields["generated"].label == "Generated lines"
    assert form.fields["generated"].help_text == OF_LINE_READERS["generated"]


def test_a_line_reader_is_trained_as_asked(trainer, readers, monkeypatch):
    monkeypatch.setattr(requests, "send", lambda run_id: None)
    network = ARCHITECTURES["line_reader"]
    asked = {"architecture": "line_reader", "generated": 5_000, "epochs": 2, "batch_size": 32, "learning_rate": 0.001}
    page = "/staff/runs/new/?architecture=deeper_cnn"  # whose recipe has pictures that are not digits
    response = trainer.post(page, asked | {"seed": 3, "mnist": "on"})
    run = TrainingRun.objects.get()
    assert response.headers["Location"] == f"/staff/runs/{run.public_id}/"
    assert (run.recipe["architecture"], run.recipe["generated"]) == (network.name, 5_000)
    assert (run.recipe["boxed"], run.recipe["junk"]) == (0, 0)
    text = flat(trainer.get(response.headers["Location"]).text)
    assert "MNIST, 5,000 generated lines" in text and "With these settings it takes" in text


def test_a_digit_reader_does_not_continue_from_a_line_reader(trainer, readers):
    wrong = {
        "architecture": "first_cnn",
        "start_from": str(readers[0].public_id),
        "generated": 10,
        "boxed": 0,
        "junk": 0,
    }
    response = trainer.post(
        "/staff/runs/new/", wrong | {"batch_size": 32, "learning_rate": 0.001, "seed": 3, "mnist": "on"}
    )
    assert response.status_code == 400 and "is a line_reader; a first_cnn cannot continue" in response.text
