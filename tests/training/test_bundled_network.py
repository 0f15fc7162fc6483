"""The network that a fresh installation serves: whole, of the seed's architecture, and as good as it claims."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from classifier.mnist import read_mnist
from classifier.preprocessing import to_network_scale
from training.architectures import ARCHITECTURES
from training.artifacts import fingerprint
from training.evaluation import evaluate

from .conftest import BUNDLED

Answer = Callable[[np.ndarray], np.ndarray]
needs_mnist = pytest.mark.skipif(
    not os.environ.get("MNIST_PATH"), reason="MNIST_PATH is not set: THE ACCURACY OF THE NETWORK IS NOT CHECKED"
)


@pytest.fixture(scope="module")
def metadata() -> dict[str, Any]:
    metadata: dict[str, Any] = json.loads((BUNDLED / "metadata.json").read_text())
    return metadata


def test_its_files_match_their_checksums(metadata: dict[str, Any]) -> None:
    assert set(metadata["files"]) == {path.name for path in BUNDLED.iterdir()} - {"metadata.json"}
    for name, expected in metadata["files"].items():
        assert fingerprint(BUNDLED / name) == expected


def test_it_is_the_seed_network_trained_on_all_of_mnist(metadata: dict[str, Any]) -> None:
    assert (metadata["name"], metadata["architecture"], metadata["parameters"]) == ("first_cnn", "first_cnn", 42_358)
    assert metadata["dataset"]["name"] == "MNIST"
    assert metadata["dataset"]["train_images"] == 60_000
    assert metadata["settings"]["held_out"] == 5_000
    assert metadata["settings"]["epochs"] == len(metadata["history"])


def test_it_claims_at_least_what_its_architecture_promises(metadata: dict[str, Any]) -> None:
    measured = metadata["evaluation"]
    assert measured["images"] == np.sum(measured["confusion_matrix"]) == 10_000
    assert measured["accuracy"] == np.trace(measured["confusion_matrix"]) / 10_000
    assert measured["accuracy"] >= ARCHITECTURES["first_cnn"].expected_accuracy


def test_it_names_no_place_on_the_machine_that_made_it(metadata: dict[str, Any]) -> None:
    """Only Keras's own words may look like a path in the text files."""
    for name in ("metadata.json", "summary.txt"):
        assert not re.search(r"/(home|root|tmp|work|Users|usr)\b", (BUNDLED / name).read_text())


@pytest.mark.slow
@needs_mnist
def test_it_is_as_good_on_mnists_test_images_as_it_claims(
    metadata: dict[str, Any], bundled_probabilities: Answer
) -> None:
    arrays = read_mnist(Path(os.environ["MNIST_PATH"]), ("x_test", "y_test"))
    measured = evaluate(bundled_probabilities(to_network_scale(arrays["x_test"])), arrays["y_test"])
    # A processor that adds in another order may tip an image that stands on the edge.
    assert measured.accuracy == pytest.approx(metadata["evaluation"]["accuracy"], abs=2e-4)


@pytest.mark.slow
@needs_mnist
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
@pytest.mark.xdist_group("tensorflow")
@pytest.mark.parametrize("network", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_training_again_reaches_the_expected_accuracy(network: Any, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    call_command(
        "train",
        f"--architecture={network.name}",
        "--data=mnist",
        f"--epochs={network.expected_epochs}",
        f"--output={folder}",
    )
    measured = json.loads((folder / "metadata.json").read_text())["evaluation"]
    assert measured["accuracy"] >= network.expected_accuracy
