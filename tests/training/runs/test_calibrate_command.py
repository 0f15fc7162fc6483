"""`manage.py calibrate` calibrates a trained folder again and changes nothing else in it."""

import json
import shutil

import pytest
from django.core.management import CommandError, call_command

from classifier.digits.registry import BUNDLED, TFLITE, read_metadata
from classifier.recognition.calibration import Calibration
from classifier.recognition.errors import ModelFileDamaged
from tests.line_readers import line_reader_folder
from training.data.datasets import hold_out
from training.data.sources import generated_dataset
from training.runs import recalibration
from training.runs.kinds import lines
from training.runs.recalibration import recalibrate
from training.synthesis import drawing


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(BUNDLED / "first_cnn", tmp_path / "first_cnn")


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    """Replaces MNIST with some of the bundled digits, and draws few others."""
    monkeypatch.setattr(recalibration, "mnist_dataset", lambda: generated_dataset().shortened(1200, 10))
    monkeypatch.setattr(drawing, "DRAWN", 60)


def labelled(images, labels):
    return sorted((image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True))


def changed(folder, **values):
    path = folder / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_only_the_calibration_changes(folder, capsys):
    before, files = read_metadata(folder), {path.name for path in folder.iterdir()}
    call_command("calibrate", str(folder))
    after = read_metadata(folder)
    assert {path.name for path in folder.iterdir()} == files
    assert after["calibration"]["made_with"] != before["calibration"]["made_with"]
    assert after | {"calibration": None} == before | {"calibration": None}
    calibration = Calibration.of(after["calibration"])
    assert (calibration.refuse_from > calibration.doubt_from).all()
    assert f"refuse_from {calibration.refuse_from:g}" in capsys.readouterr().out


def test_network_is_calibrated_on_the_held_out_digits(folder, monkeypatch):
    seen = []

    def watched(outputs, material, *, how_sure):
        assert how_sure is None
        images, labels = (of[material.is_held_out] for of in (material.digits, material.truth))
        logits, features = outputs(images)
        seen.append((images, labels, material.seed, logits.shape, len(features)))
        return {"temperature": 1.5, "refuse_from": 4, "doubt_from": 1, "sure_from": 0.5}

    monkeypatch.setattr(recalibration, "calibrate", watched)
    recalibrate(folder)
    (images, labels, seed, shape, features) = seen[0]
    _, (held, truth) = hold_out(generated_dataset().shortened(1200, 10), seed)
    assert labelled(images, labels) == labelled(held, truth)
    assert shape == (len(held), 10)
    assert features == len(held)


def test_network_trained_on_all_images_keeps_the_temperature_of_its_trial(folder, monkeypatch):
    """It is too sure of digits it was trained on."""
    made = {"temperature": 1.5, "refuse_from": 4, "doubt_from": 1, "sure_from": 0.5}
    monkeypatch.setattr(recalibration, "calibrate", lambda *_, how_sure, **__: made | (how_sure or {}))
    before = read_metadata(folder)
    assert recalibrate(folder) == made
    changed(folder, calibration=before["calibration"])
    changed(folder, settings=before["settings"] | {"chosen_by": "lowest loss on the held-out images"})
    kept = {name: before["calibration"][name] for name in ("temperature", "sure_from")}
    assert recalibrate(folder) == made | kept


def test_damaged_folder_is_refused(folder):
    (folder / TFLITE).write_bytes(b"no network")
    with pytest.raises(ModelFileDamaged):
        recalibrate(folder)
    with pytest.raises(CommandError, match="checksum"):
        call_command("calibrate", str(folder))


def test_a_network_not_trained_on_mnist_cannot_be_calibrated(folder):
    changed(folder, recipe=read_metadata(folder)["recipe"] | {"mnist": False, "generated": 4000})
    with pytest.raises(CommandError, match="trained on MNIST"):
        call_command("calibrate", str(folder))


def test_a_line_reader_is_calibrated_again(tmp_path, monkeypatch, capsys):
    folder = shutil.copytree(BUNDLED / "line_reader", tmp_path / "line_reader")
    monkeypatch.setattr(lines, "CALIBRATED", 60)
    before = read_metadata(folder)
    call_command("calibrate", str(folder))
    after = read_metadata(folder)
    assert after["calibration"] != before["calibration"]
    assert after | {"calibration": None} == before | {"calibration": None}
    assert f"sure_from {after['calibration']['sure_from']:g}" in capsys.readouterr().out


def test_a_line_reader_that_reads_nothing_is_refused(tmp_path, monkeypatch):
    folder = line_reader_folder(tmp_path / "line", recipe={"architecture": "line_reader", "generated": 10})
    monkeypatch.setattr(lines, "CALIBRATED", 5)
    with pytest.raises(CommandError, match="reads too few numbers correctly"):
        call_command("calibrate", str(folder))
