"""A version reads digits or lines; one of each kind is in service, and neither is taken for the other."""

import shutil

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from classifier.digits import networks, registry
from classifier.digits.networks import line_calibration_of, line_network_in_service, network_in_service, network_named
from classifier.digits.registry import BUNDLED, activate, register_bundled, version_in_service
from classifier.models import Activation, ModelVersion
from classifier.pages.forms import RereadingForm
from classifier.recognition.errors import ModelFileDamaged
from tests.line_readers import CALIBRATION, EVIDENCE, line_reader_folder, registered_line_reader

LINE = ModelVersion.Kind.LINE


@pytest.fixture
def line_reader(db, tmp_path):
    return registered_line_reader(tmp_path, calibration=CALIBRATION)


@pytest.fixture
def in_service(line_reader, model_version):
    """Both kinds in service; returns the line reader."""
    activate(line_reader, kind=Activation.Kind.PROMOTION)
    return line_reader


def test_metadata_names_the_kind(line_reader, model_version):
    assert (line_reader.kind, model_version.kind) == ("line", "digit")
    assert line_reader.tflite_file.name.endswith("/line_reader_model.tflite")
    assert line_reader.accuracy == 0.9375


@pytest.mark.parametrize(
    "calibration",
    [
        CALIBRATION | {"is_right": EVIDENCE | {"weights": [1.0]}},
        CALIBRATION | {"is_number": {}},
        CALIBRATION | {"sure_from": "often"},
    ],
)
def test_calibration_that_cannot_judge_is_refused(db, tmp_path, calibration):
    with pytest.raises(ModelFileDamaged, match="calibration does not fit"):
        registered_line_reader(tmp_path, calibration=calibration)
    assert not ModelVersion.objects.exists()


def test_each_kind_has_its_own_version_in_service(in_service, model_version, tmp_path):
    assert (version_in_service(), version_in_service(LINE)) == (model_version, in_service)
    other = registered_line_reader(tmp_path, more=b"\0", name="other")
    activation = activate(other, kind=Activation.Kind.PROMOTION)
    assert activation.previous == in_service
    assert (version_in_service(), version_in_service(LINE)) == (model_version, other)


@pytest.mark.postgres
def test_database_refuses_a_second_version_of_a_kind_in_service(in_service, model_version, tmp_path):
    other = registered_line_reader(tmp_path, more=b"\0")
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=other.pk).update(is_active=True)
    assert ModelVersion.objects.filter(is_active=True).count() == 2


def test_workers_find_the_network_of_the_kind_they_ask_for(in_service, model_version, tmp_path):
    version, network = line_network_in_service()
    assert (version, network.logits(np.zeros((32, 64, 3), np.uint8)).shape) == (in_service, (32, 20))
    assert network_in_service()[0] == model_version
    other = registered_line_reader(tmp_path, more=b"\0", name="other")
    activate(other, kind=Activation.Kind.PROMOTION)
    assert line_network_in_service()[0] == other
    assert line_calibration_of(in_service) == CALIBRATION
    assert line_calibration_of(other) is None


def test_line_reader_never_answers_digits(in_service, model_version):
    assert network_named(in_service.name)[0] == model_version
    chosen = RereadingForm({"person": "nobody", "version": str(in_service.public_id)})
    assert "version" in chosen.errors


def test_without_a_line_reader_the_reason_is_said(model_version):
    with pytest.raises(ModelFileDamaged, match="No line reader is in service"):
        line_network_in_service()


def test_site_that_serves_digits_already_gets_the_bundled_line_reader(model_version, tmp_path, monkeypatch):
    for name in ("first_cnn", "deeper_cnn"):
        shutil.copytree(BUNDLED / name, tmp_path / name)
    monkeypatch.setattr(registry, "BUNDLED", tmp_path)
    register_bundled()
    assert version_in_service(LINE) is None
    line_reader_folder(tmp_path / "line_reader")
    register_bundled()
    assert (version_in_service(), version_in_service(LINE).architecture) == (model_version, "line_reader")


def test_failed_registration_leaves_no_file(db, tmp_path, monkeypatch, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(ModelVersion, "save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        registered_line_reader(tmp_path)
    assert not list(settings.MEDIA_ROOT.glob("models/*"))


def test_ready_without_a_line_reader_but_not_without_a_digit_reader(in_service, model_version, client):
    ModelVersion.objects.filter(pk=model_version.pk).update(is_active=False)
    assert "model" in client.get("/readyz").json()["missing"]


def test_list_of_the_api_is_of_digit_readers_unless_it_asks(in_service, model_version, owner_client):
    def names(query=""):
        return [row["name"] for row in owner_client.get(f"/api/v1/models/{query}").json()["results"]]

    assert names() == names("?kind=digit") == [model_version.name]
    assert names("?kind=line") == [in_service.name]
    refused = owner_client.get("/api/v1/models/?kind=word")
    assert (refused.status_code, refused.json()["detail"]) == (400, "kind must be one of digit, line.")
    row = owner_client.get(f"/api/v1/models/{in_service.public_id}/").json()
    assert (row["kind"], row["in_service"], row["accuracy"]) == ("line", True, 0.9375)


def test_model_page_shows_digits_and_links_to_the_line_reader(in_service, model_version, client):
    home = client.get("/model/")
    assert home.context["version"] == model_version
    assert f'<a href="/model/{in_service.public_id}/">{in_service.name}</a>, the line reader in service' in home.text
    page = client.get(f"/model/{in_service.public_id}/")
    assert "The line reader in service" in page.text
    for words in ("93.75", "98.12", "2,000", "Written by people", "92.50", "reading numbers here since"):
        assert words in page.text
    assert "Confusion matrix" not in page.text
    assert f'<a href="/model/">{model_version.name}</a>, which is in service' in page.text


def test_networks_of_both_kinds_are_loaded_once(in_service, monkeypatch):
    monkeypatch.setattr(networks, "_networks", networks._Networks())
    assert line_network_in_service()[1] is line_network_in_service()[1]
    assert network_in_service()[1] is network_in_service()[1]
