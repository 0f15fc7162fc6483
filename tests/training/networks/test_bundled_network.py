"""The digit networks that ship: complete, of the architectures they name, and as accurate as they claim."""

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from classifier.digits.registry import BUNDLED, BUNDLED_DEFAULT
from classifier.digits.samples.mnist import read_mnist
from classifier.recognition.calibration import Calibration
from classifier.recognition.preprocessing.framing import to_network_scale
from training.evaluation.metrics import evaluate
from training.networks.architectures import ARCHITECTURES, of_kind
from training.networks.artifacts import fingerprint, run_tflite
from training.runs.kinds.digits import learnt_all
from training.runs.recipe import Recipe

needs_mnist = pytest.mark.skipif(
    not os.environ.get("MNIST_PATH"), reason="MNIST_PATH is not set: THE ACCURACY OF THE NETWORKS IS NOT CHECKED"
)
NAMES = sorted(network.name for network in of_kind("digit"))


def read_metadata(name: str) -> dict[str, Any]:
    metadata: dict[str, Any] = json.loads((BUNDLED / name / "metadata.json").read_text())
    return metadata


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def metadata(name: str) -> dict[str, Any]:
    return read_metadata(name)


def test_every_architecture_ships_trained_and_the_best_is_the_default() -> None:
    assert {folder.name for folder in BUNDLED.iterdir() if folder.is_dir()} == set(ARCHITECTURES)
    assert BUNDLED_DEFAULT == "deeper_cnn"


def test_its_files_match_their_checksums(name: str, metadata: dict[str, Any]) -> None:
    assert set(metadata["files"]) == {path.name for path in (BUNDLED / name).iterdir()} - {"metadata.json"}
    for file, expected in metadata["files"].items():
        assert fingerprint(BUNDLED / name / file) == expected


def test_it_is_its_architecture_trained_on_mnist_and_generated_digits(name: str, metadata: dict[str, Any]) -> None:
    network = ARCHITECTURES[name]
    assert (metadata["name"], metadata["architecture"], metadata["parameters"]) == (name, name, network.parameters)
    assert metadata["outputs"]["features"] == network.features
    assert metadata["dataset"]["name"] == "MNIST"
    sources = {source["name"]: source["images"] for source in metadata["dataset"]["sources"]}
    others = {"digits in boxes": network.boxed, "junk": network.outliers} if network.outliers else {}
    assert sources == {"MNIST": 60_000, "generated digits": network.generated} | others
    assert metadata["settings"]["epochs"] == len(metadata["history"])
    assert f"Total params: {network.parameters:,}" in (BUNDLED / name / "summary.txt").read_text()


def test_it_is_calibrated_on_images_held_out_of_its_training(metadata: dict[str, Any]) -> None:
    settings, images = metadata["settings"], metadata["dataset"]["train_images"]
    assert settings["held_out"] >= 5_000
    # If it was trained on all images, they were held out of its trial.
    continued = metadata["recipe"]["start_from"] is not None
    assert settings["fitted_on"] == images - (0 if learnt_all(metadata) and not continued else settings["held_out"])
    calibration = Calibration.of(metadata["calibration"])
    assert calibration is not None
    assert 0.5 < calibration.temperature < 3


def test_it_was_trained_with_the_settings_of_its_architecture(name: str, metadata: dict[str, Any]) -> None:
    recipe, network = Recipe.from_json(metadata["recipe"]), ARCHITECTURES[name]
    assert recipe.batch_size == network.batch_size
    assert metadata["settings"]["epochs"] <= network.expected_epochs
    if recipe.start_from is None:  # otherwise it was, before it learnt more
        assert recipe.epochs in (None, network.expected_epochs)
        assert recipe.learning_rate == network.learning_rate
    assert (recipe.generated, recipe.boxed, recipe.junk) == (network.generated, network.boxed, network.outliers)
    assert recipe.augmentation is network.augmentation is True


def test_it_claims_at_least_the_accuracy_its_architecture_states(name: str, metadata: dict[str, Any]) -> None:
    measured = metadata["evaluation"]
    assert measured["images"] == np.sum(measured["confusion_matrix"]) == 10_000
    assert measured["accuracy"] == np.trace(measured["confusion_matrix"]) / 10_000
    assert measured["accuracy"] >= ARCHITECTURES[name].expected_accuracy


def test_it_contains_no_path_of_the_machine_that_trained_it(name: str) -> None:
    """Only the text files: the others contain names of Keras that look like paths."""
    for file in ("metadata.json", "summary.txt"):
        assert not re.search(r"/(home|root|tmp|work|Users|usr)\b", (BUNDLED / name / file).read_text())


@pytest.mark.slow
@needs_mnist
def test_it_is_as_accurate_on_mnist_as_it_claims(name: str, metadata: dict[str, Any]) -> None:
    arrays = read_mnist(Path(os.environ["MNIST_PATH"]), ("x_test", "y_test"))
    answers = run_tflite(BUNDLED / name / "mnist_cnn_model.tflite", to_network_scale(arrays["x_test"]))
    measured = evaluate(answers["probabilities"], arrays["y_test"])
    # Another order of additions may change the answer to an image between two digits.
    assert measured.accuracy == pytest.approx(metadata["evaluation"]["accuracy"], abs=2e-4)


@pytest.mark.slow
@needs_mnist
@pytest.mark.timeout(7200)
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
@pytest.mark.xdist_group("tensorflow")
@pytest.mark.parametrize("network", of_kind("digit"), ids=lambda network: network.name)
def test_training_again_reaches_the_expected_accuracy(network: Any, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    call_command(
        "train",
        f"--architecture={network.name}",
        "--data=mnist",
        f"--generated={network.generated}",
        f"--outliers={network.outliers}",
        f"--batch-size={network.batch_size}",
        f"--epochs={network.expected_epochs}",
        f"--learning-rate={network.learning_rate}",
        *(["--augmentation"] if network.augmentation else []),
        f"--output={folder}",
    )
    measured = json.loads((folder / "metadata.json").read_text())["evaluation"]
    assert measured["accuracy"] >= network.expected_accuracy
