"""Measuring a version with its own file, and the disagreements of two versions."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from classifier.digits.samples.mnist import read_generated
from classifier.models import Correction, Digit, Drawing, ModelVersion
from classifier.recognition import verdict
from classifier.recognition.errors import ModelFileDamaged
from training.evaluation import fixed_sets, measuring
from training.evaluation.disagreements import disagreements
from training.evaluation.fixed_sets import FixedSet
from training.evaluation.gate import answers_of, judge
from training.evaluation.measuring import measure
from training.evaluation.promotion import is_complete
from training.models import Measurement

KEYS = {
    "images",
    "accuracy",
    "per_digit",
    "confusion_matrix",
    "ece",
    "reliability",
    "loss",
    "mistakes",
    "refused",
    "unsure",
    "sha256",
}


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of MNIST: 300 generated digits of the other part."""
    arrays = read_generated()
    few = FixedSet(arrays["x_train"][:300], arrays["y_train"][:300])
    monkeypatch.setattr(fixed_sets, "_mnist_test_images", lambda: few)


@pytest.fixture
def measurement(model_version: ModelVersion) -> Measurement:
    return measure(model_version)


def test_a_version_is_measured_on_the_fixed_sets(measurement: Measurement) -> None:
    assert set(measurement.figures) == {"mnist", "strokes", "file_bytes", "single_image_ms"}
    assert [measurement.figures[name]["images"] for name in ("mnist", "strokes")] == [300, 1000]
    assert set(measurement.figures["strokes"]) == KEYS
    assert (len(measurement.mnist_answers), len(measurement.stroke_answers)) == (300, 1000)


def test_figures_are_consistent(measurement: Measurement) -> None:
    figures, labels = measurement.figures["strokes"], read_generated()["y_test"]
    right = np.frombuffer(measurement.stroke_answers, np.uint8) == labels
    assert figures["accuracy"] == right.mean() > 0.9
    assert np.trace(figures["confusion_matrix"]) == right.sum()
    assert figures["per_digit"][3] == pytest.approx(right[labels == 3].mean())
    assert sum(row["count"] for row in figures["reliability"]) == 1000
    assert 0 < figures["ece"] < 0.2


def test_size_and_time_are_measured(measurement: Measurement, model_version: ModelVersion) -> None:
    assert measurement.figures["file_bytes"] == model_version.tflite_file.size
    assert measurement.figures["single_image_ms"] > 0


def test_mistakes_are_the_most_confident_ones_with_their_pictures(measurement: Measurement) -> None:
    mistakes = measurement.figures["strokes"]["mistakes"]
    assert 0 < len(mistakes) <= measuring.MISTAKES
    sure = [each["confidence"] for each in mistakes]
    assert sure == sorted(sure, reverse=True)
    arrays = read_generated()
    for each in mistakes:
        assert each["read"] != each["label"] == arrays["y_test"][each["index"]]
        assert base64.b64decode(each["pixels"]) == arrays["x_test"][each["index"]].tobytes()


def test_measuring_again_replaces_the_measurement(measurement: Measurement, model_version: ModelVersion) -> None:
    again = measure(model_version)
    assert again.pk == measurement.pk
    assert bytes(again.stroke_answers) == bytes(measurement.stroke_answers)
    assert Measurement.objects.count() == 1


def test_a_damaged_file_is_refused_and_nothing_is_stored(model_version: ModelVersion) -> None:
    path = Path(model_version.tflite_file.path)
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelFileDamaged, match="does not match"):
        measure(model_version)
    assert not Measurement.objects.exists()


def test_without_mnist_the_rest_is_measured(model_version: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setattr(fixed_sets, "_mnist_test_images", lambda: None)
        measurement = measure(model_version)
        assert is_complete(measurement)
    assert "mnist" not in measurement.figures
    assert bytes(measurement.mnist_answers) == b""
    assert answers_of(measurement, "mnist") is None
    assert not is_complete(measurement)  # now that MNIST is here
    assert is_complete(measure(model_version))


def test_answers_to_other_images_are_not_compared(measurement: Measurement, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers_of(measurement, "mnist") is not None
    arrays = read_generated()
    others = FixedSet(arrays["x_train"][300:600], arrays["y_train"][300:600])
    monkeypatch.setattr(fixed_sets, "_mnist_test_images", lambda: others)
    assert answers_of(measurement, "mnist") is None


def test_mnist_is_never_fetched_for_measuring(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr("classifier.digits.samples.mnist.download", lambda *_, **__: pytest.fail("it asks the network"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    settings.MNIST_PATH, settings.DATA_DIR = "", tmp_path
    assert fixed_sets.read_set("mnist") is None


def test_mnist_is_checked_once_and_again_when_its_files_change(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    settings.MNIST_PATH, settings.DATA_DIR = "", tmp_path
    (tmp_path / "mnist").mkdir()
    arrays = read_generated()

    def lay_out(count: int) -> None:
        for name in ("x_test", "y_test"):
            np.save(tmp_path / "mnist" / f"{name}.npy", arrays[name][:count])

    checked: list[Path] = []
    monkeypatch.setattr(
        "classifier.digits.samples.mnist.prepare_test_images", lambda folder, given: checked.append(folder)
    )
    lay_out(20)
    sets = [fixed_sets.read_set("mnist") for _ in range(3)]
    assert len(checked) == 1
    assert {each.sha256 for each in sets if each} == {FixedSet(arrays["x_test"][:20], arrays["y_test"][:20]).sha256}
    lay_out(30)
    again = fixed_sets.read_set("mnist")
    assert again is not None
    assert len(again.labels) == 30
    assert again.sha256 == FixedSet(arrays["x_test"][:30], arrays["y_test"][:30]).sha256
    assert len(checked) == 2


def test_the_checksum_distinguishes_sets() -> None:
    arrays = read_generated()
    one = FixedSet(arrays["x_test"], arrays["y_test"])
    assert one.sha256 == FixedSet(one.images.copy(), one.labels.copy()).sha256
    assert one.sha256 != FixedSet(one.images, (one.labels + 1) % 10).sha256


def test_shares_of_verdicts_are_stored_and_accuracy_counts_first_choices(
    model_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = measure(model_version)
    real = verdict.judge_rows

    def judge_rows(*args: Any) -> Any:
        said = {0: "not_a_digit", 1: "unsure"}
        return [replace(reading, verdict=said.get(reading.label, "digit")) for reading in real(*args)]

    monkeypatch.setattr(verdict, "judge_rows", judge_rows)
    changed = measure(model_version)
    read = np.frombuffer(changed.stroke_answers, np.uint8)
    assert changed.figures["strokes"]["refused"] == pytest.approx((read == 0).mean())
    assert changed.figures["strokes"]["unsure"] == pytest.approx((read == 1).mean())
    assert changed.figures["strokes"]["accuracy"] == plain.figures["strokes"]["accuracy"]
    assert bytes(changed.stroke_answers) == bytes(plain.stroke_answers)


def test_confidence_is_the_calibrated_one(model_version: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    real = verdict.judge_rows

    def half_as_sure(*args: Any) -> Any:
        read = [(each, (0.5 * np.array(each.probabilities) + 0.05).tolist()) for each in real(*args)]
        return [replace(each, probabilities=softened, confidence=max(softened)) for each, softened in read]

    monkeypatch.setattr(verdict, "judge_rows", half_as_sure)
    figures = measure(model_version).figures["strokes"]
    assert figures["ece"] > 0.3
    assert max(row["confidence"] for row in figures["reliability"]) < 0.56


def correct_digits(owner: User, labels: list[int], held_back: bool) -> None:
    images = read_generated()["x_test"]
    for image, label in zip(images, labels, strict=False):
        drawing = Drawing.objects.create(owner=owner, source="draw", width=280, height=280)
        digit = Digit.objects.create(drawing=drawing, pixels=image.tobytes(), preprocessing_version=1)
        Correction.objects.create(digit=digit, label=label, review="accepted", held_back=held_back)


def test_only_held_back_corrections_are_measured(owner: User, model_version: ModelVersion) -> None:
    truth = read_generated()["y_test"][:30].tolist()
    correct_digits(owner, [(label + 1) % 10 for label in truth], held_back=False)
    correct_digits(owner, truth, held_back=True)
    figures = measure(model_version).figures["corrections"]
    assert figures["images"] == 30
    assert figures["accuracy"] > 0.8
    assert None in figures["per_digit"] or min(np.bincount(truth, minlength=10)) > 0


def test_pictures_of_peoples_digits_are_not_copied(owner: User, model_version: ModelVersion) -> None:
    """Their owners may delete them."""
    correct_digits(owner, [(label + 1) % 10 for label in read_generated()["y_test"][:20].tolist()], held_back=True)
    figures = measure(model_version).figures["corrections"]
    assert figures["accuracy"] < 0.2
    assert figures["mistakes"] == []


@pytest.fixture
def another(measurement: Measurement) -> Measurement:
    """The same answers except for three images: one is now wrong, two are read differently."""
    read = bytearray(measurement.stroke_answers)
    labels = read_generated()["y_test"]
    right = np.flatnonzero(np.frombuffer(read, np.uint8) == labels)
    wrong = np.flatnonzero(np.frombuffer(read, np.uint8) != labels)
    neither = next(digit for digit in range(10) if digit not in (labels[wrong[0]], read[wrong[0]]))
    read[wrong[0]] = neither
    read[right[7]] = (read[right[7]] + 1) % 10
    read[wrong[1]] = labels[wrong[1]]
    return Measurement(figures=measurement.figures, mnist_answers=measurement.mnist_answers, stroke_answers=bytes(read))


def test_disagreements_show_both_answers_and_those_first_where_one_is_correct(
    measurement: Measurement, another: Measurement
) -> None:
    rows = disagreements(another, measurement, limit=10)
    assert len(rows) == 3
    assert [each["label"] in (each["candidate"], each["in_service"]) for each in rows] == [True, True, False]
    arrays = read_generated()
    for each in rows:
        assert set(each) == {"set", "index", "label", "candidate", "in_service", "pixels"}
        assert each["candidate"] == another.stroke_answers[each["index"]]
        assert each["in_service"] == measurement.stroke_answers[each["index"]]
        assert base64.b64decode(each["pixels"]) == arrays["x_test"][each["index"]].tobytes()
    assert len(disagreements(another, measurement, limit=2)) == 2


def test_a_version_agrees_with_itself(measurement: Measurement) -> None:
    assert disagreements(measurement, measurement, limit=10) == []
    assert judge(measurement, measurement).passed


def test_a_version_that_reads_threes_as_eights_is_refused(measurement: Measurement) -> None:
    read = np.frombuffer(measurement.stroke_answers, np.uint8).copy()
    read[(read == 3) & (np.arange(1000) % 4 == 0)] = 8
    worse = Measurement(
        version=measurement.version,
        figures=measurement.figures,
        mnist_answers=measurement.mnist_answers,
        stroke_answers=read.tobytes(),
    )
    judgement = judge(worse, measurement)
    assert not judgement.passed
    assert [each["significantly_worse"] for each in judgement.sets] == [False, True]
