"""Networks, fitting, files and the command. One module, because its process loads TensorFlow once."""

import json
import os
import re
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from classifier.models import ModelVersion
from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.preprocessing.framing import to_network_scale
from training.data.datasets import Dataset, compose
from training.data.sources import generated_dataset
from training.evaluation.metrics import evaluate
from training.networks import architectures, artifacts, fitting
from training.networks.architectures import ARCHITECTURES, Architecture, architecture, of_kind
from training.networks.artifacts import (
    ArtifactMismatch,
    Export,
    export_digits,
    fingerprint,
    run_tflite,
    write_artifacts,
)
from training.networks.augmentation import LEAST_VARIED, Variation, variation_at, vary
from training.networks.backend import prepare_tensorflow
from training.networks.fitting import (
    Diverged,
    EpochSampler,
    FitResult,
    FitSettings,
    Progress,
    fit,
    learning_rate_schedule,
)
from training.networks.material import Material
from training.runs.callbacks import Callbacks, TrainingStopped
from training.runs.execution import make_model
from training.runs.kinds import digits
from training.runs.kinds.digits import learnt_all
from training.runs.recipe import Recipe
from training.synthesis import drawing

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    # TensorFlow raises this warning with NumPy 2.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
]

FIRST = ARCHITECTURES["first_cnn"]
FILES = {"mnist_cnn_model.h5", "mnist_cnn_model.keras", "mnist_cnn_model.tflite", "metadata.json", "summary.txt"}


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> None:
    prepare_tensorflow()


@pytest.fixture(autouse=True)
def _uncalibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calibration takes half a minute; only the run of the command below includes it."""
    monkeypatch.setattr(digits, "calibrate", lambda *_, **__: {"temperature": 1, "sure_from": 0.5})


def exported_for(dataset: Dataset) -> Export:
    return partial(export_digits, probe=to_network_scale(dataset.x_test))


@pytest.fixture(scope="module")
def handful() -> Dataset:
    return generated_dataset().shortened(60, 40)


@pytest.fixture(scope="module")
def learnt(handful: Dataset) -> FitResult:
    """The first network after it memorised 60 digits."""
    return fit(FIRST, handful.x_train, handful.y_train, FitSettings(60, 60, batch_size=20, learning_rate=0.003))


@pytest.mark.parametrize("network", of_kind("digit"), ids=lambda network: network.name)
def test_each_network_has_the_stated_shapes_and_size(network: Architecture) -> None:
    model = network.build()
    assert model.input_shape == (None, 28, 28, 1)
    assert model.output_shape == (None, 10)
    assert model.count_params() == network.parameters
    assert model.get_layer("features").output.shape == (None, network.features)
    assert network.source
    assert 0.9 < network.expected_accuracy < 1


def test_the_first_network_has_exactly_these_layers() -> None:
    layers = [
        (type(layer).__name__, *(getattr(layer, name, None) for name in ("filters", "kernel_size", "units", "rate")))
        for layer in FIRST.build().layers
    ]
    assert FIRST.parameters == 42_358
    assert layers == [
        ("Conv2D", 8, (3, 3), None, None),
        ("MaxPooling2D", None, None, None, None),
        ("Dropout", None, None, None, 0.2),
        ("Conv2D", 16, (3, 3), None, None),
        ("MaxPooling2D", None, None, None, None),
        ("Dropout", None, None, None, 0.2),
        ("Flatten", None, None, None, None),
        ("Dense", None, None, 100, None),
        ("Dropout", None, None, None, 0.5),
        ("Dense", None, None, 10, None),
    ]


def test_a_network_with_another_number_of_parameters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(architectures, "ARCHITECTURES", {})
    stated = architecture(parameters=1, features=100, source="", expected_accuracy=0.9, expected_epochs=1)
    with pytest.raises(AssertionError, match="42,358 parameters, not 1"):
        stated(FIRST.make).build()


def test_a_handful_of_images_is_memorised(learnt: FitResult, handful: Dataset) -> None:
    answers = np.asarray(learnt.model.predict(to_network_scale(handful.x_train), verbose=0))
    assert evaluate(answers, handful.y_train).accuracy == 1
    assert learnt.history[-1]["loss"] < learnt.history[0]["loss"] / 4
    assert not learnt.stopped


def test_progress_is_reported_per_batch_and_epoch(handful: Dataset) -> None:
    told: list[Progress] = []
    fit(
        FIRST,
        handful.x_train,
        handful.y_train,
        FitSettings(2, 2, batch_size=25),
        held_out=(handful.x_test, handful.y_test),
        progress=told.append,
    )
    assert [(each.epoch, each.batch, each.epoch_done) for each in told] == [
        (epoch, batch, done) for epoch in (1, 2) for batch, done in ((1, False), (2, False), (3, False), (3, True))
    ]
    assert all((each.val_loss is not None) == each.epoch_done for each in told)
    assert {(each.epochs, each.batches) for each in told} == {(2, 3)}


def test_stopping_takes_effect_at_the_next_batch(handful: Dataset) -> None:
    told: list[Progress] = []
    settings = FitSettings(5, 5, batch_size=10)
    result = fit(
        FIRST,
        handful.x_train,
        handful.y_train,
        settings,
        progress=told.append,
        should_stop=lambda: len(told) == 2,
    )
    assert result.stopped
    assert len(told) == 2
    assert result.history == []


def test_a_fit_that_diverges_raises_with_advice(handful: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "learning_rate_schedule", lambda *_: float("nan"))
    told: list[Progress] = []
    with pytest.raises(Diverged, match="choose a smaller learning rate"):
        fit(FIRST, handful.x_train, handful.y_train, FitSettings(1, 1, batch_size=10), progress=told.append)
    assert [np.isfinite(each.loss) for each in told] == [True]  # until the first step


@pytest.mark.slow
def test_the_same_seed_gives_the_same_weights(handful: Dataset) -> None:
    def weights(seed: int) -> np.ndarray:
        settings = FitSettings(2, 2, batch_size=10, seed=seed)
        model = fit(FIRST, handful.x_train, handful.y_train, settings).model
        return np.concatenate([each.ravel() for each in model.get_weights()])

    first = weights(1)
    assert np.array_equal(first, weights(1))
    assert not np.array_equal(first, weights(2))


@pytest.mark.slow
def test_augmentation_varies_with_each_epoch_and_is_repeatable(
    handful: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: set[bytes] = set()

    def watched(images: np.ndarray, rng: np.random.Generator, variation: Variation) -> np.ndarray:
        varied = vary(images, rng, variation)
        shown.update(image.tobytes() for image in varied)
        return varied

    monkeypatch.setattr(fitting, "vary", watched)

    def losses(seed: int) -> list[float]:
        settings = FitSettings(3, 3, batch_size=20, seed=seed, augmentation=True)
        return [each["loss"] for each in fit(FIRST, handful.x_train, handful.y_train, settings).history]

    first = losses(1)
    assert len(first) == 3
    assert len(shown) >= 3 * 60  # none was shown twice
    assert losses(1) == first
    assert losses(2) != first


def test_an_image_of_period_k_is_shown_once_in_k_epochs() -> None:
    periods = np.repeat([1, 3], [40, 61])
    sampler = EpochSampler(periods, seed=4)
    epochs = [sampler.epoch(number).tolist() for number in range(6)]
    assert {len(epoch) for epoch in epochs} == {sampler.shown} == {40 + 20}
    assert all(set(range(40)) <= set(epoch) for epoch in epochs)
    for three in (epochs[:3], epochs[3:]):
        shown = [place for epoch in three for place in epoch if place >= 40]
        assert len(shown) == len(set(shown)) == 60  # of 61, one is not shown
    assert epochs[0] != epochs[3]  # in another order
    assert epochs == [EpochSampler(periods, seed=4).epoch(number).tolist() for number in range(6)]


def test_variation_decreases_in_the_share_of_epochs_that_the_architecture_states() -> None:
    eased = replace(FIRST, variation=0.8, easing=0.25)
    values = [variation_at(epoch / 8, eased).turn for epoch in range(9)]
    assert values[:7] == [0.8 * Variation().turn] * 7
    assert values[8] == pytest.approx(LEAST_VARIED * 0.8 * Variation().turn)
    assert values[6] > values[7] > values[8]
    assert variation_at(1.0, replace(FIRST, variation=0.5, easing=0)) == Variation().scaled(0.5)


@pytest.mark.slow
def test_outliers_teach_the_network_to_be_unsure(handful: Dataset) -> None:
    outliers = np.random.default_rng(1).integers(0, 256, (60, 28, 28)).astype(np.uint8)
    images = np.concatenate([handful.x_train, outliers])
    labels = np.concatenate([handful.y_train, np.full(60, NOT_A_DIGIT, np.uint8)])
    settings = FitSettings(60, 60, batch_size=20, learning_rate=0.003)
    result = fit(FIRST, images, labels, settings, held_out=(handful.x_test, handful.y_test))
    answers = np.asarray(result.model.predict(to_network_scale(images), verbose=0))
    assert evaluate(answers[:60], handful.y_train).accuracy == 1
    assert answers[60:].max(1).mean() < 0.25
    assert answers[:60].max(1).mean() > 0.8
    assert result.history[-1]["accuracy"] > 0.7  # outliers do not count
    assert result.history[-1]["val_accuracy"] > 0.3


def test_weights_decay(handful: Dataset) -> None:
    sizes = []
    for decay in (0.0, 50.0):
        settings = FitSettings(3, 3, batch_size=20, weight_decay=decay)
        model = fit(FIRST, handful.x_train, handful.y_train, settings).model
        sizes.append(float(np.square(model.get_layer("features").get_weights()[0]).sum()))
    assert sizes[1] < 0.5 * sizes[0]


def test_the_learning_rate_rises_and_falls() -> None:
    schedule = learning_rate_schedule(FitSettings(10, 10, learning_rate=0.01, warm_up=0.1), steps=10)
    rates = [float(schedule(step)) for step in (0, 5, 10, 55, 100)]
    assert rates == pytest.approx([0, 0.005, 0.01, 0.005, 0], abs=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"epochs": 6},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"warm_up": 1.0},
        {"weight_decay": -0.1},
        {"weight_decay": 200.0},
    ],
)
def test_invalid_settings_are_refused(wrong: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"epochs": 5, "schedule_epochs": 5}
    with pytest.raises(ValueError, match="must"):
        FitSettings(**settings | wrong)


@pytest.fixture(scope="module")
def folder(learnt: FitResult, handful: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "by-heart"
    write_artifacts(learnt.model, FIRST, folder, {"seed": 1}, export=exported_for(handful))
    return folder


def test_the_folder_holds_the_files_and_no_draft_remains(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["by-heart"]


def test_checksums_are_those_of_the_files(folder: Path) -> None:
    metadata = json.loads((folder / "metadata.json").read_text())
    assert set(metadata["files"]) == FILES - {"metadata.json"}
    for name, expected in metadata["files"].items():
        assert fingerprint(folder / name) == expected


@pytest.mark.parametrize("name", ["mnist_cnn_model.h5", "mnist_cnn_model.keras"])
def test_keras_loads_the_same_network_without_its_optimizer(
    folder: Path, learnt: FitResult, handful: Dataset, name: str
) -> None:
    import keras

    back = keras.models.load_model(folder / name, compile=False)
    inputs = to_network_scale(handful.x_test)
    expected = learnt.model.predict(inputs, verbose=0)
    assert np.allclose(back.predict(inputs, verbose=0), expected, atol=1e-6)
    assert (folder / name).stat().st_size < 260_000  # with Adam's two moments it would be three times as large


def test_litert_and_keras_agree_on_each_output(folder: Path, learnt: FitResult, handful: Dataset) -> None:
    import keras

    answers = run_tflite(folder / "mnist_cnn_model.tflite", to_network_scale(handful.x_test))
    inputs = to_network_scale(handful.x_test)
    hidden = keras.Model(learnt.model.inputs, learnt.model.get_layer("features").output)
    assert {name: array.shape for name, array in answers.items()} == {
        "probabilities": (40, 10),
        "logits": (40, 10),
        "features": (40, 100),
    }
    assert np.abs(answers["probabilities"] - learnt.model.predict(inputs, verbose=0)).max() < 1e-4
    assert np.abs(answers["features"] - hidden.predict(inputs, verbose=0)).max() < 1e-3
    softmax = np.exp(answers["logits"]) / np.exp(answers["logits"]).sum(1, keepdims=True)
    assert np.abs(softmax - answers["probabilities"]).max() < 1e-5


def test_the_summary_is_the_table_of_keras(folder: Path) -> None:
    summary = (folder / "summary.txt").read_text()
    assert "conv_1 (Conv2D)" in summary
    assert "Total params: 42,358" in summary


def test_an_existing_folder_is_never_overwritten(folder: Path, learnt: FitResult, handful: Dataset) -> None:
    before = fingerprint(folder / "metadata.json")
    with pytest.raises(FileExistsError, match="exists already"):
        write_artifacts(learnt.model, FIRST, folder, {}, export=exported_for(handful))
    assert fingerprint(folder / "metadata.json") == before


def another_network(convert: Callable[..., bytes]) -> Callable[..., bytes]:
    return lambda model: convert(FIRST.build())


def broken_disk(convert: Callable[..., bytes]) -> Callable[..., bytes]:
    def full(model: object) -> bytes:
        raise OSError(28, "No space left on device")

    return full


@pytest.mark.parametrize(("fault", "error"), [(another_network, ArtifactMismatch), (broken_disk, OSError)])
def test_a_failed_export_leaves_nothing_behind(
    learnt: FitResult,
    handful: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[..., Any],
    error: type[Exception],
) -> None:
    monkeypatch.setattr(artifacts, "to_tflite", fault(artifacts.to_tflite))
    with pytest.raises(error):
        write_artifacts(learnt.model, FIRST, tmp_path / "model", {}, export=exported_for(handful))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_held_out_images_choose_the_epochs_and_then_all_are_fitted(
    handful: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, int, int]] = []
    losses = [0.5, 0.2, 0.3, 0.4]

    def watched(network: Architecture, images: Any, labels: Any, settings: FitSettings, **options: Any) -> FitResult:
        held_out = options.get("held_out")
        calls.append((len(images), len(held_out[0]) if held_out else 0, settings.epochs))
        result = fit(network, images, labels, settings, **options)
        history = [each | {"val_loss": loss} for each, loss in zip(result.history, losses, strict=False)]
        return replace(result, history=history if held_out else result.history)

    monkeypatch.setattr(digits, "fit", watched)
    monkeypatch.setitem(ARCHITECTURES, "first_cnn", replace(FIRST, expected_epochs=4))
    make_model(Recipe(epochs=None), handful, tmp_path / "model")
    assert calls == [(55, 5, 4), (60, 5, 2)]
    metadata = json.loads((tmp_path / "model" / "metadata.json").read_text())
    settings = metadata["settings"]
    assert [each["val_loss"] for each in metadata["held_out_history"]] == losses
    assert (settings["epochs"], settings["course"], settings["held_out"]) == (2, 4, 5)


@pytest.mark.django_db
@pytest.mark.slow
def test_training_continues_from_weights(handful: Dataset, tmp_path: Path, model_version: ModelVersion) -> None:
    asked = Recipe(start_from=str(model_version.public_id), epochs=1, learning_rate=1e-6)
    measured = make_model(asked, handful, tmp_path / "model")
    assert measured.accuracy > 0.8  # with random weights it would guess
    metadata = json.loads((tmp_path / "model" / "metadata.json").read_text())
    assert metadata["recipe"] == asked.to_json()
    assert Recipe.from_json(metadata["recipe"]) == asked


def damage_keras_file(version: ModelVersion) -> None:
    path = Path(version.keras_file.path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def remove_keras_file(version: ModelVersion) -> None:
    Path(version.keras_file.path).unlink()


def take_for_another(version: ModelVersion) -> None:
    ModelVersion.objects.filter(pk=version.pk).update(architecture="deeper_cnn")


def forget(version: ModelVersion) -> None:
    ModelVersion.objects.filter(pk=version.pk).update(public_id=uuid.uuid4())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        (damage_keras_file, ModelFileDamaged, "does not match its checksum"),
        (remove_keras_file, ModelFileDamaged, "cannot be read"),
        (take_for_another, ValueError, "is a deeper_cnn; a first_cnn cannot continue"),
        (forget, ValueError, "does not exist"),
    ],
)
def test_missing_or_damaged_weights_are_refused_with_the_reason(
    handful: Dataset,
    tmp_path: Path,
    model_version: ModelVersion,
    fault: Callable[[ModelVersion], None],
    error: type[Exception],
    reason: str,
) -> None:
    fault(model_version)
    with pytest.raises(error, match=reason):
        make_model(Recipe(start_from=str(model_version.public_id), epochs=1), handful, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_metadata_list_the_sources_of_the_images(handful: Dataset, tmp_path: Path) -> None:
    learnt = compose(handful, [("corrections", (handful.x_train[:9], handful.y_train[:9]), 3)])
    make_model(Recipe(epochs=1, corrections=True, augmentation=True), learnt, tmp_path / "model")
    metadata = json.loads((tmp_path / "model" / "metadata.json").read_text())
    assert metadata["corrections"] == 9
    assert metadata["recipe"]["corrections"] is True
    assert metadata["settings"]["augmentation"] is True
    sources = metadata["dataset"]["sources"]
    assert [(each["name"], each["images"], each["times"]) for each in sources] == [
        ("generated digits", 60, 1),
        ("corrections", 9, 3),
    ]
    assert all(len(each["sha256"]) == 64 for each in sources)
    assert len(metadata["evaluation"]["reliability"]) == 15


def test_calibration_uses_images_that_the_network_was_not_trained_on(
    handful: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []

    def watched_fit(network: Architecture, images: Any, *rest: Any, **options: Any) -> FitResult:
        seen.append(images)
        return fit(network, images, *rest, **options)

    def watched_calibrate(
        outputs: Any, material: Material, *, unlearnt: Any, how_sure: Any, advance: Any
    ) -> dict[str, Any]:
        assert unlearnt is how_sure is None
        images = material.digits[material.is_held_out]
        logits, features = outputs(images)
        assert (logits.shape, features.shape) == ((5, 10), (5, 100))
        seen.append(images)
        return {"temperature": 1.5}

    monkeypatch.setattr(drawing, "DRAWN", 20)
    monkeypatch.setattr(digits, "fit", watched_fit)
    monkeypatch.setattr(digits, "calibrate", watched_calibrate)
    make_model(Recipe(epochs=1), handful, tmp_path / "model")
    fitted, calibrated_on = ({image.tobytes() for image in images} for images in seen)
    assert (len(fitted), len(calibrated_on)) == (55, 5)
    assert not fitted & calibrated_on
    metadata = json.loads((tmp_path / "model" / "metadata.json").read_text())
    assert metadata["calibration"] == {"temperature": 1.5}
    assert (metadata["settings"]["held_out"], metadata["settings"]["fitted_on"]) == (5, 55)


@pytest.mark.slow
def test_a_network_trained_on_all_images_has_the_temperature_of_its_trial(
    handful: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results: list[FitResult] = []
    calibration = {"temperature": 1.7, "sure_from": 0.6, "refuse_from": 3}

    def watched_fit(*given: Any, **options: Any) -> FitResult:
        results.append(fit(*given, **options))
        return results[-1]

    def watched_calibrate(outputs: Any, material: Material, *, unlearnt: Any, how_sure: Any, advance: Any) -> Any:
        images, (trial, final) = material.digits, results
        assert how_sure is None
        for asked, result in ((unlearnt, trial), (outputs, final)):
            probabilities = np.asarray(result.model.predict(to_network_scale(images), verbose=0))
            logits, _ = asked(images)
            powers = np.exp(logits - logits.max(1, keepdims=True))
            assert np.allclose(powers / powers.sum(1, keepdims=True), probabilities, atol=1e-5)
        assert not np.allclose(unlearnt(images)[0], outputs(images)[0])
        return calibration

    monkeypatch.setattr(drawing, "DRAWN", 20)
    monkeypatch.setattr(digits, "fit", watched_fit)
    monkeypatch.setattr(digits, "calibrate", watched_calibrate)
    monkeypatch.setitem(ARCHITECTURES, "first_cnn", replace(FIRST, expected_epochs=2))
    make_model(Recipe(epochs=None), handful, tmp_path / "model")
    metadata = json.loads((tmp_path / "model" / "metadata.json").read_text())
    assert metadata["calibration"] == calibration
    assert learnt_all(metadata)


@pytest.mark.slow
def test_a_network_that_continues_from_such_a_network_has_its_temperature(
    handful: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def watched(*_: Any, unlearnt: Any, how_sure: dict[str, float], **__: Any) -> dict[str, float]:
        asked.append(unlearnt)
        return how_sure | {"refuse_from": 3}

    monkeypatch.setattr(drawing, "DRAWN", 20)
    monkeypatch.setattr(digits, "calibrate", watched)
    earlier = {"settings": {"chosen_by": "lowest loss"}, "calibration": {"temperature": 1.7, "sure_from": 0.6}}
    monkeypatch.setattr(digits, "starting_version", lambda *_: SimpleNamespace(metadata=earlier))
    monkeypatch.setattr(digits, "weights_file", lambda *_: nullcontext())
    make_model(Recipe(epochs=1, start_from="c1a55e5e-0000-4000-8000-000000000000"), handful, tmp_path / "model")
    metadata = json.loads((tmp_path / "model" / "metadata.json").read_text())
    assert metadata["calibration"] == {"temperature": 1.7, "sure_from": 0.6, "refuse_from": 3}
    assert asked == [None]
    assert learnt_all(metadata)  # as every network that continues from this one


def test_a_stopped_training_writes_nothing(handful: Dataset, tmp_path: Path) -> None:
    with pytest.raises(TrainingStopped):
        make_model(Recipe(epochs=1), handful, tmp_path / "model", Callbacks(should_stop=lambda: True))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder and the output of one run of the command: one epoch on generated digits."""
    folder, out = tmp_path_factory.mktemp("command") / "trained", StringIO()
    with pytest.MonkeyPatch.context() as quickened:
        quickened.setattr(drawing, "DRAWN", 150)
        call_command(
            "train", "--data=generated", "--epochs=1", "--batch-size=64", "--seed=5", f"--output={folder}", stdout=out
        )
    return folder, out.getvalue()


def test_the_command_reports_its_progress_and_result(commanded: tuple[Path, str]) -> None:
    folder, words = commanded
    assert "Training first_cnn on generated digits, seed 5." in words
    epoch = r"^Epoch +1/1  loss \d\.\d{4}, accuracy 0\.\d{4}; held out: loss \d\.\d{4}, accuracy 0\.\d{4}$"
    assert re.search(epoch, words, re.MULTILINE)
    assert re.search(r"Accuracy on generated digits, test images \(1,000\): \d+\.\d\d\s%", words)
    assert f"Written to {folder}" in words
    assert "\r" not in words  # a progress bar appears only in a terminal


def test_the_command_writes_complete_metadata(commanded: tuple[Path, str]) -> None:
    folder, _ = commanded
    metadata = json.loads((folder / "metadata.json").read_text())
    assert {path.name for path in folder.iterdir()} == FILES
    assert (metadata["format"], metadata["architecture"], metadata["parameters"]) == (1, "first_cnn", 42_358)
    assert metadata["dataset"]["name"] == "generated digits"
    assert metadata["seed"] == 5
    assert metadata["settings"].items() >= {"epochs": 1, "batch_size": 64, "chosen_by": "given"}.items()
    assert [each["epoch"] for each in metadata["history"]] == [1]
    assert set(metadata["libraries"]) == {"python", "tensorflow", "keras", "numpy"}
    assert metadata["outputs"] == {"probabilities": 10, "logits": 10, "features": 100}
    assert 0.5 < metadata["calibration"]["temperature"] < 8
    measured = metadata["evaluation"]
    assert measured["images"] == sum(map(sum, measured["confusion_matrix"])) == 1_000
    right = sum(measured["confusion_matrix"][digit][digit] for digit in range(10))
    assert measured["accuracy"] == right / 1_000
    assert 0.3 < measured["accuracy"] < 1  # one epoch, and better than guessing


def test_its_files_contain_no_path_of_this_machine(commanded: tuple[Path, str]) -> None:
    folder, _ = commanded
    for path in folder.iterdir():
        content = path.read_bytes()
        for place in (str(Path.home()), os.getcwd(), str(folder.parent)):
            assert place == "/" or place.encode() not in content


@pytest.mark.slow
def test_a_dry_run_takes_all_steps_and_shows_a_bar_in_a_terminal(tmp_path: Path) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    call_command("train", "--data=generated", "--dry-run", f"--output={tmp_path / 'dry'}", stdout=out)
    assert json.loads((tmp_path / "dry" / "metadata.json").read_text())["dataset"]["train_images"] == 1_000
    assert "\r\x1b[KEpoch   1/1 ████░" in out.getvalue()
    assert re.search(r"100%, (about|a few).* left in all, loss \d", out.getvalue())


@pytest.mark.slow
def test_without_mnist_the_command_trains_on_generated_digits_and_says_so(settings: Any, tmp_path: Path) -> None:
    settings.MNIST_PATH = str(tmp_path / "missing.npz")
    settings.DATA_DIR = tmp_path
    out = StringIO()
    call_command("train", "--dry-run", stdout=out)
    assert "There is no file" in out.getvalue()
    assert "Training on generated digits instead" in out.getvalue()
    (made,) = (tmp_path / "trained").iterdir()
    assert made.name.startswith("first_cnn-")
    assert json.loads((made / "metadata.json").read_text())["dataset"]["name"] == "generated digits"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--data=mnist"], "There is no file .*set MNIST_PATH"),
        (["--epochs=many"], "neither auto nor a number"),
        (["--epochs=0"], "neither auto nor a number"),
        (["--architecture=second"], "invalid choice"),
        (["--data=generated", "--output=."], "exists already"),
        (["--batch-size=0"], "0 is not above 0"),
        (["--learning-rate=-1"], "-1 is not above 0"),
        (["--batch-size=ten"], "invalid int value"),
    ],
)
def test_the_command_refuses_with_the_reason(settings: Any, tmp_path: Path, arguments: list[str], reason: str) -> None:
    settings.MNIST_PATH = str(tmp_path / "missing.npz")
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match=reason):
        call_command("train", *arguments)
