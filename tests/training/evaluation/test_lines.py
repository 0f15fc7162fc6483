"""Line readers: measured on the held-out lines, compared by the gate, promoted and rolled back on their own."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from classifier.digits.registry import activate, version_in_service
from classifier.models import Activation, ModelVersion
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.lines.framing import PLANES
from tests.line_readers import registered_line_reader
from training.evaluation import gate, lines, measuring, promotion
from training.evaluation.gate import GateRefused, judge
from training.evaluation.measuring import measure, measure_candidate
from training.evaluation.promotion import is_complete, measure_unmeasured, promote, roll_back, version_before
from training.management.commands import measure_versions
from training.management.commands.evaluate import find_reader
from training.models import Measurement
from training.runs import reports
from training.synthesis.lines.parts import Lines

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
RNG = np.random.default_rng(4)
FEW = Lines(
    [RNG.integers(0, 256, (32, width, PLANES), np.uint8) for width in (32, 64, 96, 64)], ["80", "12345", "3.5", "???"]
)


@pytest.fixture(autouse=True)
def few_lines(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT, settings.MNIST_PATH = tmp_path, tmp_path / "media", ""
    monkeypatch.setattr(lines, "held_back_lines", lambda: FEW)


def reader(tmp_path: Path, name: str, reads: list[str] | None = None) -> ModelVersion:
    """A line reader; with `reads`, its measurement is what reading these would give."""
    version = registered_line_reader(tmp_path / name, more=name.encode(), name=name)
    if reads is not None:
        right = lines.right_lines(reads, FEW.texts)
        figures = {"lines": {"set": lines.set_name(), "accuracy": float(right.mean())}}
        empty = {"mnist_answers": b"", "stroke_answers": b""}
        Measurement.objects.create(version=version, figures=figures, line_answers=right.tobytes(), **empty)
    return version


def test_a_line_reader_is_measured_on_the_held_out_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = reader(tmp_path, "new")
    texts = iter(["80", "12344", "", "???"])
    monkeypatch.setattr(lines, "best_path", lambda logits: next(texts))
    shares: list[float] = []
    figures = measure(version, shares.append).figures
    measurement = Measurement.objects.get(version=version)
    assert np.frombuffer(measurement.line_answers, np.bool_).tolist() == [True, False, False, True]
    assert (bytes(measurement.mnist_answers), bytes(measurement.stroke_answers)) == (b"", b"")
    of_lines = figures["lines"]
    assert (of_lines["images"], of_lines["accuracy"]) == (4, 0.5)
    assert [(each["label"], each["read"], each["width"]) for each in of_lines["mistakes"]] == [
        ("12345", "12344", 64),
        ("3.5", "", 96),
    ]
    assert figures["single_image_ms"] > 0 and figures["file_bytes"] == version.tflite_file.size
    assert shares == [0.25, 0.5, 0.75, 1.0]
    assert is_complete(measurement)


def test_a_damaged_file_is_not_measured(tmp_path: Path) -> None:
    version = reader(tmp_path, "new")
    Path(version.tflite_file.path).unlink()
    with pytest.raises(ModelFileDamaged, match="cannot be read"):
        measure(version)


def test_measured_on_other_lines_it_is_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (Measurement.objects.get(version=reader(tmp_path, name, FEW.texts)) for name in ("old", "new"))
    assert judge(new, old).passed
    monkeypatch.setattr(lines, "set_name", lambda: "of another generator")
    assert not is_complete(old)
    verdict = judge(new, old)
    assert not verdict.passed and "not both measured on the held-out lines" in verdict.sentences[0]


def test_the_gate_refuses_a_line_reader_that_reads_fewer_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    right = {"new": np.arange(100) >= 12, "old": np.arange(100) >= 2}
    monkeypatch.setattr(gate, "right_of_lines", lambda measurement: right[measurement.version.name])
    new, old = (Measurement(version=ModelVersion(kind="line", name=name), figures={}) for name in ("new", "old"))
    verdict = judge(new, old)
    assert not verdict.passed and [each["name"] for each in verdict.sets] == ["lines"]
    assert "On the held-out lines (100) the candidate is significantly worse: it alone reads 0" in verdict.sentences[0]
    assert judge(old, new).passed
    assert "significantly better" in judge(old, new).headline


def test_each_kind_is_promoted_and_rolled_back_on_its_own(
    tmp_path: Path, model_version: ModelVersion, staff: Any
) -> None:
    first, second = (reader(tmp_path, name, FEW.texts) for name in ("first", "second"))
    promote(version=first, by=staff, reason="It is the first.")
    promote(version=second, by=staff, reason="It is as good.")
    assert (version_in_service("line"), version_in_service()) == (second, model_version)
    assert (version_before("line"), version_before()) == (first, None)
    with pytest.raises(promotion.NothingBefore):
        roll_back(by=staff, reason="", leaving=model_version)
    assert roll_back(by=staff, reason="", leaving=second).version == first
    assert roll_back(by=staff, reason="", leaving=second).version == first  # pressed twice
    assert version_in_service() == model_version


def test_a_worse_line_reader_is_not_promoted(tmp_path: Path, staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    serving, worse = reader(tmp_path, "serving", FEW.texts), reader(tmp_path, "worse", [""] * 4)
    activate(serving, kind=Activation.Kind.SET_UP)
    monkeypatch.setattr(gate, "SIGNIFICANT", 0.1)  # of four lines even all are few
    with pytest.raises(GateRefused):
        promote(version=worse, by=staff, reason="It is new.")
    assert version_in_service("line") == serving


def test_a_new_line_reader_is_measured_beside_the_one_in_service(
    tmp_path: Path, model_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[ModelVersion] = []
    monkeypatch.setattr(measuring, "measure", lambda version, advance: measured.append(version))
    serving, new = reader(tmp_path, "serving"), reader(tmp_path, "new")
    measure_candidate(new)
    activate(serving, kind=Activation.Kind.SET_UP)
    measure_candidate(new)
    assert measured == [new, new, serving]


def test_bundled_line_readers_are_measured_but_have_no_robustness_report(tmp_path: Path) -> None:
    version = reader(tmp_path, "bundled")
    ModelVersion.objects.update(created="2026-01-01T00:00Z")
    assert measure_unmeasured() == version
    assert measure_unmeasured() is None
    assert reports.missing() == []


def test_measure_versions_prints_both_kinds(
    tmp_path: Path, model_version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = reader(tmp_path, "new")
    reported: list[ModelVersion] = []
    monkeypatch.setattr(
        measure_versions,
        "measure_reports",
        lambda versions: (reported.append(each) or (each, None) for each in versions),
    )
    printed = StringIO()
    call_command("measure_versions", stdout=printed)
    assert f"{version}: lines 0.00" in printed.getvalue().replace("\xa0", " ")
    assert f"{model_version}: " in printed.getvalue()
    assert reported == [model_version]


def test_evaluate_reads_digits_with_digit_readers_only(tmp_path: Path, model_version: ModelVersion) -> None:
    assert find_reader(model_version.name).name == model_version.name
    with pytest.raises(CommandError, match="There is no version"):
        find_reader(reader(tmp_path, "new").name)
