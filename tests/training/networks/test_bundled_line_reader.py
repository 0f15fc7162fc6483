"""The line reader that ships with the site: complete, and as good on held-out lines as it claims."""

import json
import os
from typing import Any

import pytest
from django.core.management import call_command

from classifier.digits.registry import BUNDLED, BUNDLED_DEFAULTS
from classifier.models import VersionKind
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.inference import LineNetwork
from training.data.lines import TEST, held_back_lines
from training.networks.architectures import ARCHITECTURES, of_kind
from training.networks.artifacts import fingerprint
from training.networks.lines.exporting import logits_of_file
from training.networks.lines.reading import LineEvaluation, read_lines
from training.runs.recipe import Recipe

FOLDER = BUNDLED / BUNDLED_DEFAULTS[VersionKind.LINE]
METADATA: dict[str, Any] = json.loads((FOLDER / "metadata.json").read_text())
NETWORK = ARCHITECTURES[METADATA["architecture"]]
needs_mnist = pytest.mark.skipif(not os.environ.get("MNIST_PATH"), reason="MNIST_PATH is not set")


def test_its_files_match_their_checksums() -> None:
    assert set(METADATA["files"]) == {path.name for path in FOLDER.iterdir()} - {"metadata.json"}
    for file, expected in METADATA["files"].items():
        assert fingerprint(FOLDER / file) == expected


def test_it_is_the_line_reader_trained_with_the_settings_of_its_architecture() -> None:
    recipe, settings = Recipe.from_json(METADATA["recipe"]), METADATA["settings"]
    assert NETWORK in of_kind("line")
    assert (METADATA["kind"], METADATA["name"], METADATA["parameters"]) == ("line", NETWORK.name, NETWORK.parameters)
    assert (recipe.generated, recipe.batch_size, recipe.learning_rate, recipe.augmentation) == (
        NETWORK.generated,
        NETWORK.batch_size,
        NETWORK.learning_rate,
        True,
    )
    assert settings["epochs"] == len(METADATA["history"]) == NETWORK.expected_epochs
    assert f"Total params: {NETWORK.parameters:,}" in (FOLDER / "summary.txt").read_text()


def test_it_claims_at_least_the_accuracy_its_architecture_states() -> None:
    assert METADATA["evaluation"]["images"] == TEST
    assert METADATA["evaluation"]["accuracy"] >= NETWORK.expected_accuracy


def test_it_is_calibrated() -> None:
    calibration = LineCalibration.of(METADATA["calibration"])
    assert calibration is not None
    assert 0 < calibration.refuse_below < 1
    assert 0.5 < calibration.sure_from < 1
    assert 0.5 < calibration.sure_in_picture < 1


@pytest.mark.slow
@needs_mnist
def test_it_reads_the_held_out_lines_as_well_as_it_claims(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR, settings.MNIST_PATH = tmp_path, os.environ["MNIST_PATH"]
    lines = held_back_lines()
    assert lines.sha256 == METADATA["dataset"]["test_sha256"]
    network = LineNetwork.from_file(FOLDER / "line_reader_model.tflite")
    measured = LineEvaluation.of(read_lines(logits_of_file(network), lines), lines.texts)
    assert measured.accuracy == pytest.approx(METADATA["evaluation"]["accuracy"], abs=2e-3)


@pytest.mark.slow
@needs_mnist
@pytest.mark.timeout(10_800)
@pytest.mark.xdist_group("tensorflow")
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
def test_training_again_reaches_the_expected_accuracy(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR, settings.MNIST_PATH = tmp_path, os.environ["MNIST_PATH"]
    call_command("train", f"--architecture={NETWORK.name}", f"--output={tmp_path / 'again'}")
    measured = json.loads((tmp_path / "again" / "metadata.json").read_text())["evaluation"]
    assert measured["accuracy"] >= NETWORK.expected_accuracy
