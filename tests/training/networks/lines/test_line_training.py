"""Fitting, exporting and a whole run of a small line network. TensorFlow is loaded once."""

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from classifier.digits.registry import read_metadata, version_in_service
from classifier.models import ModelVersion
from classifier.recognition.lines.alphabet import CLASSES, encode
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.evidence import NAMES
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.preprocessing.pipeline import find_digits
from tests.factories import seven
from tests.lines import planes
from tests.runs import a_run, carry_out
from training.data import lines as line_data
from training.management.commands import train
from training.networks.architectures import ARCHITECTURES, Architecture, of_kind
from training.networks.artifacts import ArtifactMismatch
from training.networks.backend import prepare_tensorflow
from training.networks.fitting import FitResult, FitSettings, Progress, load_weights
from training.networks.line_material import LineMaterial
from training.networks.lines import exporting
from training.networks.lines.batches import NO_CHARACTER
from training.networks.lines.exporting import Serving, logits_of_file, logits_of_model
from training.networks.lines.fitting import ctc_loss, fit_lines
from training.networks.lines.reading import read_lines
from training.runs.callbacks import Callbacks
from training.runs.kinds import lines as line_training
from training.runs.recipe import full_recipe
from training.runs.timing import amounts
from training.synthesis.lines.parts import Lines

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    # TensorFlow raises this warning with NumPy 2.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> None:
    prepare_tensorflow()


def small(planes: int = 3) -> Any:
    """A network of the same form as `line_reader`, but with few filters."""
    from keras import Input, Model, layers

    line = Input((32, None, planes), name="line")
    x = layers.ReLU()(layers.Conv2D(8, 4, strides=4, padding="same", use_bias=False)(line))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(24, (8, 3), padding="same", strides=(8, 1))(x)))
    x = layers.Conv2D(2 * CLASSES, 1)(x)
    return Model(line, layers.Reshape((-1, CLASSES))(x), name="small")


SMALL = Architecture(
    name="line_reader",
    make=small,
    kind="line",
    parameters=6_112,
    source="Here.",
    expected_accuracy=0.5,
    expected_epochs=2,
    batch_size=8,
    learning_rate=0.01,
    augmentation=True,
    generated=40,
)


def bars(count: int, seed: int) -> Lines:
    """Lines of ones and sevens: thin and thick bars."""
    rng, images, texts = np.random.default_rng(seed), [], []
    for _ in range(count):
        text = "".join(rng.choice(["1", "7"], rng.integers(1, 4)).tolist())
        image = np.zeros((32, 32 * (1 + len(text))), np.uint8)
        for number, character in enumerate(text):
            image[6:26, 20 + 28 * number :][:, : 3 if character == "1" else 14] = 255
        images.append(planes(image))
        texts.append(text)
    return Lines(images, texts)


SETTINGS = FitSettings(4, 4, batch_size=16, learning_rate=0.02, augmentation=True)
LEARN, HELD = bars(300, 1), bars(60, 2)


@pytest.fixture(scope="module")
def learnt() -> FitResult:
    return fit_lines(SMALL, [lambda: LEARN], len(LEARN), HELD, SETTINGS)


@pytest.mark.parametrize("network", of_kind("line"), ids=lambda network: network.name)
def test_line_networks_have_the_stated_shapes_and_size(network: Architecture) -> None:
    model = network.build()
    assert model.input_shape == (None, 32, None, 3)
    assert model.count_params() == network.parameters
    assert model(np.zeros((2, 32, 96, 3), np.float32)).shape == (2, 48, CLASSES)
    assert network.source
    assert 0.5 < network.expected_accuracy < 1


def test_a_small_network_learns_to_read(learnt: FitResult) -> None:
    history = learnt.history
    assert [each["epoch"] for each in history] == [1, 2, 3, 4]
    assert history[-1]["loss"] < history[0]["loss"] / 4
    read = read_lines(logits_of_model(learnt.model), HELD)
    share = np.mean([ours == theirs for ours, theirs in zip(read, HELD.texts, strict=True)])
    assert history[-1]["val_accuracy"] == pytest.approx(share) and share > 0.8
    assert history[-1]["accuracy"] > 0.5


@pytest.mark.filterwarnings("ignore:Skipping nested container:UserWarning")  # Keras, before it raises
def test_weights_of_other_layers_are_refused_in_a_sentence(learnt: FitResult, tmp_path: Path) -> None:
    small(1).save(tmp_path / "ink_alone.keras")
    learnt.model.save(tmp_path / "same.keras")
    load_weights(SMALL.build(), tmp_path / "same.keras")
    with pytest.raises(ValueError, match="Train from random weights"):
        load_weights(SMALL.build(), tmp_path / "ink_alone.keras")


def test_the_same_seed_makes_the_same_network(learnt: FitResult) -> None:
    again = fit_lines(SMALL, [lambda: LEARN], len(LEARN), HELD, SETTINGS)
    assert again.history == learnt.history
    assert all(map(np.array_equal, again.model.get_weights(), learnt.model.get_weights()))


def test_the_loss_is_the_improbability_of_the_text() -> None:
    logits = np.zeros((2, 2, CLASSES), np.float32)  # all classes are equally probable in both frames
    texts = np.array([[*encode("5"), NO_CHARACTER], encode("57")], np.int32)
    probabilities = np.exp(-np.asarray(ctc_loss(texts, logits)))
    assert probabilities == pytest.approx([3 / CLASSES**2, 1 / CLASSES**2], rel=1e-4)  # "5", "5" or one blank


def test_a_fit_reports_its_progress_and_can_be_stopped() -> None:
    seen: list[Progress] = []
    counted: list[float] = []
    result = fit_lines(
        SMALL,
        [lambda: LEARN],
        len(LEARN),
        HELD,
        SETTINGS,
        begin=lambda work: (counted.append(work), counted.append)[1],
        progress=seen.append,
        should_stop=lambda: len(seen) == 3,
    )
    assert result.stopped
    where = [(each.epoch, each.epochs, each.batch, each.batches) for each in seen]
    assert where == [(1, 4, at, 18) for at in (1, 2, 3)]
    assert counted == [4 * 18 * 16, 16, 32, 48]


def test_the_file_that_serves_reads_what_the_network_reads(learnt: FitResult, tmp_path: Path) -> None:
    path = tmp_path / "line_reader_model.tflite"
    serving = Serving.of(learnt.model, HELD)
    described = serving.export(path)
    assert path.read_bytes() == serving.content
    assert described["outputs"] == {"logits": CLASSES}
    read = read_lines(logits_of_file(LineNetwork.from_file(path)), HELD)
    assert np.mean([ours == theirs for ours, theirs in zip(read, HELD.texts, strict=True)]) == pytest.approx(
        described["weights"]["accuracy"][str(described["weights"]["bits"])]
    )


@pytest.mark.parametrize(("small_reads", "bits"), [(0.9, 8), (0.8995, 8), (0.898, 32)])
def test_eight_bit_weights_serve_unless_they_read_worse(
    learnt: FitResult, monkeypatch: pytest.MonkeyPatch, small_reads: float, bits: int
) -> None:
    monkeypatch.setattr(exporting, "to_tflite", lambda model, small=False: b"small" if small else b"full")
    monkeypatch.setattr(exporting, "check_agreement", lambda *_: None)
    monkeypatch.setattr(exporting, "_accuracy", lambda content, _: {b"small": small_reads, b"full": 0.9}[content])
    serving = Serving.of(learnt.model, HELD)
    assert (serving.weights["bits"], serving.content) == (bits, b"small" if bits == 8 else b"full")


def test_a_file_that_disagrees_is_refused(learnt: FitResult, monkeypatch: pytest.MonkeyPatch) -> None:
    another = exporting.to_tflite(SMALL.build())
    monkeypatch.setattr(exporting, "to_tflite", lambda model, small=False: another)
    with pytest.raises(ArtifactMismatch, match="differ"):
        Serving.of(learnt.model, HELD)


@pytest.fixture
def few_lines(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR, settings.MEDIA_ROOT, settings.MNIST_PATH = tmp_path, tmp_path / "media", ""
    monkeypatch.setattr(line_data, "HELD_OUT", 12)
    monkeypatch.setattr(line_data, "TEST", 10)
    monkeypatch.setitem(ARCHITECTURES, "line_reader", SMALL)
    monkeypatch.setattr(line_training, "CALIBRATED", 5)
    monkeypatch.setattr(exporting, "LOST_AT_MOST", 1.0)
    yield


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("few_lines")
def test_a_run_makes_measures_and_promotes_a_line_reader(model_version: ModelVersion) -> None:
    recipe = replace(full_recipe("line_reader"), mnist=False, corrections=True)
    work = amounts.work_of(recipe, corrections=0)
    run = a_run("running", recipe=recipe.to_json(), promote_if_passed=True)
    carry_out(run)
    run.refresh_from_db()
    assert run.status == "done", f"{run.error} {run.log}"
    version = version_in_service("line")
    assert version is not None and run.version == version
    assert (version.kind, version.architecture, version.parameters) == ("line", "line_reader", 6_112)
    assert version_in_service() == model_version
    assert [run.epoch, run.epochs, run.batch, run.batches] == [2, 2, 5, 5]
    assert run.points.filter(val_accuracy__isnull=False).count() == 2
    assert "Drawing 40 lines" in run.log and "Measuring on 10 test lines." in run.log
    assert list(run.timings["steps"]) == [step.value for step in work]
    assert {name: each["work"] for name, each in run.timings["steps"].items()} == {
        step.value: amount if step != "measure" else 1 for step, amount in work.items()
    }
    metadata = version.metadata
    assert (metadata["kind"], metadata["settings"]["fitted_on"]) == ("line", 40)
    assert metadata["dataset"]["name"] == "generated lines with digits of generated digits"
    assert metadata["evaluation"]["images"] == version.measurement.figures["lines"]["images"] == 10
    assert len(version.measurement.line_answers) == 10
    assert metadata["calibration"] is None  # it reads nothing right
    assert not list(line_data.drawn_folder().glob("lines-*/.*"))


@pytest.mark.usefixtures("few_lines")
def test_calibration_doubts_what_both_networks_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gathering and the fit are tested on their own; here they meet."""
    asked: dict[str, Any] = {}
    rng = np.random.default_rng(3)

    def gathered(line_network: Any, digit_network: Any, scans: Any, count: int, seed: int, advance: Any) -> Any:
        asked.update(frames=line_network(HELD.images[0]).shape, count=count, seed=seed)
        digit = find_digits(seven(), one_digit=True)[0]
        asked["digit"] = digit_network([digit, digit])[1].judgement.label
        items = rng.normal(0, 1, (200, len(NAMES)))
        is_number, is_drawn = np.arange(200) < 150, np.arange(200) % 2 == 0
        return LineMaterial(items, is_number, is_number & (items[:, 0] > -1), is_drawn, is_number)

    monkeypatch.setattr(line_training, "gather_lines", gathered)
    training = line_training.LineTraining(full_recipe("line_reader"), None, Callbacks())  # type: ignore[arg-type]
    training.serving = Serving(exporting.to_tflite(SMALL.build()), {})
    stored = training.calibrate()
    calibration = LineCalibration.of(stored)
    assert calibration is not None
    assert 0 < calibration.sure_from <= 1 and 0 < calibration.sure_in_picture <= 1
    assert asked == {"frames": (HELD.images[0].shape[1] // 2, CLASSES), "count": 5, "seed": 1, "digit": 7}


@pytest.mark.django_db
@pytest.mark.usefixtures("few_lines")
@pytest.mark.slow
def test_a_dry_run_draws_few_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "FEW", 10)
    printed, folder = StringIO(), tmp_path / "dry"
    options = ("--architecture=line_reader", "--data=generated", "--batch-size=4", "--dry-run", f"--output={folder}")
    call_command("train", *options, stdout=printed)
    metadata = read_metadata(folder)
    assert (metadata["dataset"]["train_images"], metadata["settings"]["epochs"]) == (10, 1)
    assert "test lines (10): " in printed.getvalue() and "Characters: " in printed.getvalue()
