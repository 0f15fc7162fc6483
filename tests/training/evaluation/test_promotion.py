"""Promotion and rollback: the gate, its override, damaged files, and the record."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from classifier.digits import predictions
from classifier.digits.registry import register_version, version_in_service
from classifier.models import Activation, ModelVersion, Prediction
from classifier.recognition.errors import ModelFileDamaged
from tests.factories import drawn_digit
from tests.runs import network_folder
from training.evaluation import promotion
from training.evaluation.gate import GateRefused, Judgement
from training.evaluation.promotion import NothingBefore, promote, roll_back, version_before
from training.models import Measurement

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
MEASURED = promotion.measured


@pytest.fixture(autouse=True)
def judge(monkeypatch, settings, tmp_path) -> dict[str, Any]:
    """The test decides what the gate says; nothing is measured."""
    settings.MEDIA_ROOT = tmp_path / "media"
    verdict: dict[str, Any] = {"passed": True, "asked": []}

    def judged(candidate: object, in_service: object) -> Judgement:
        verdict["asked"].append((candidate, in_service))
        sentence = "It is not worse." if verdict["passed"] else "It is significantly worse on MNIST."
        return Judgement(verdict["passed"], [sentence], [])

    monkeypatch.setattr(promotion, "measured", lambda version: version.name)
    monkeypatch.setattr(promotion, "judge", judged)
    return verdict


@pytest.fixture
def bundled(model_version, judge) -> ModelVersion:
    return model_version


@pytest.fixture
def candidate(bundled, tmp_path) -> ModelVersion:
    return make_candidate(tmp_path, "candidate")


def make_candidate(tmp_path: Path, name: str) -> ModelVersion:
    return register_version(network_folder(tmp_path / name, name.encode()), name)


def damage(version: ModelVersion) -> None:
    path = Path(version.tflite_file.path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_candidate_that_passes_is_promoted_and_the_promotion_is_recorded(candidate, bundled, staff, judge):
    activation = promote(version=candidate, by=staff, reason="Reads sevens better.")
    assert version_in_service() == candidate
    assert judge["asked"] == [("candidate", bundled.name)]
    assert (activation.version, activation.previous, activation.kind) == (candidate, bundled, "promotion")
    assert (activation.by, activation.by_name, activation.reason) == (staff, "staff", "Reads sevens better.")
    assert activation.at
    assert activation.gate["passed"] is True and not activation.overridden


def test_a_refused_candidate_is_not_promoted(candidate, bundled, staff, judge):
    judge["passed"] = False
    with pytest.raises(GateRefused, match="significantly worse on MNIST") as refused:
        promote(version=candidate, by=staff, reason="Try it.")
    assert refused.value.judgement.sentences == ["It is significantly worse on MNIST."]
    assert version_in_service() == bundled
    assert Activation.objects.count() == 1


def test_the_gate_can_be_overridden_and_that_is_recorded(candidate, staff, judge):
    judge["passed"] = False
    activation = promote(version=candidate, by=staff, reason="For the fair.", override=True)
    assert version_in_service() == candidate
    assert activation.overridden and activation.gate["passed"] is False


def test_nothing_is_recorded_as_overridden_when_the_gate_passes(candidate, staff):
    assert not promote(version=candidate, by=staff, reason="", override=True).overridden


def test_promoting_twice_records_once(candidate, staff):
    first = promote(version=candidate, by=staff, reason="Once.")
    assert promote(version=candidate, by=staff, reason="Twice.") == first
    assert Activation.objects.count() == 2  # the set-up's, and this


@pytest.mark.parametrize("how", ["damaged", "missing"])
@pytest.mark.parametrize("override", [False, True])
def test_a_damaged_or_missing_file_is_refused_and_the_version_in_service_stays(
    candidate, bundled, staff, how, override
):
    damage(candidate) if how == "damaged" else Path(candidate.tflite_file.path).unlink()
    with pytest.raises(ModelFileDamaged, match=f"{bundled} stays in service"):
        promote(version=candidate, by=staff, reason="", override=override)
    assert version_in_service() == bundled


def test_a_damaged_version_in_service_can_be_replaced_by_overriding(candidate, bundled, staff, monkeypatch):
    def measured(version: ModelVersion) -> Any:
        if version == bundled:
            raise ModelFileDamaged("damaged")

    monkeypatch.setattr(promotion, "measured", measured)
    with pytest.raises(GateRefused, match=f"The file of {bundled}, which is in service, is damaged"):
        promote(version=candidate, by=staff, reason="")
    assert promote(version=candidate, by=staff, reason="", override=True).overridden


def test_rollback_returns_to_the_version_that_served_before(candidate, bundled, staff):
    promote(version=candidate, by=staff, reason="")
    activation = roll_back(by=staff, reason="It fails on ones.")
    assert version_in_service() == bundled
    assert (activation.kind, activation.previous, activation.reason) == ("rollback", candidate, "It fails on ones.")


def test_two_rollbacks_lead_two_versions_back(candidate, bundled, staff, tmp_path):
    second = make_candidate(tmp_path, "second")
    promote(version=candidate, by=staff, reason="")
    promote(version=second, by=staff, reason="")
    assert roll_back(by=staff, reason="").version == candidate
    assert roll_back(by=staff, reason="").version == bundled
    assert version_before() is None
    with pytest.raises(NothingBefore):
        roll_back(by=staff, reason="")


def test_pressing_rollback_twice_rolls_back_once(candidate, bundled, staff, tmp_path):
    second = make_candidate(tmp_path, "second")
    promote(version=candidate, by=staff, reason="")
    promote(version=second, by=staff, reason="")
    first = roll_back(by=staff, reason="", leaving=second)
    assert roll_back(by=staff, reason="", leaving=second) == first
    assert version_in_service() == candidate


def test_after_a_rollback_another_version_can_be_promoted_and_rolled_back(candidate, bundled, staff, tmp_path):
    second = make_candidate(tmp_path, "second")
    promote(version=candidate, by=staff, reason="")
    roll_back(by=staff, reason="")
    promote(version=second, by=staff, reason="")
    assert version_before() == bundled  # not the candidate, which was taken back
    assert roll_back(by=staff, reason="").version == bundled


def test_rollback_to_a_damaged_file_is_refused_and_the_version_in_service_stays(candidate, bundled, staff):
    promote(version=candidate, by=staff, reason="")
    damage(bundled)
    with pytest.raises(ModelFileDamaged, match="candidate stays in service"):
        roll_back(by=staff, reason="")
    assert version_in_service() == candidate


def test_the_next_prediction_uses_the_new_version_and_old_ones_keep_theirs(candidate, bundled, staff, owner):
    before = drawn_digit(owner).predictions.get()
    predictions.answer_predictions([before.pk])
    promote(version=candidate, by=staff, reason="")
    after = drawn_digit(owner).predictions.get()
    predictions.answer_predictions([after.pk])
    versions = dict(Prediction.objects.values_list("pk", "model_version__name"))
    assert versions == {before.pk: bundled.name, after.pk: "candidate"}


def test_a_version_without_a_measurement_is_measured_after_its_first_minutes(candidate, bundled, monkeypatch):
    measured: list[ModelVersion] = []

    def measure(version: ModelVersion) -> None:
        measured.append(version)
        Measurement.objects.create(version=version, figures={}, mnist_answers=b"", stroke_answers=b"")

    monkeypatch.setattr(promotion, "measure", measure)
    assert promotion.measure_unmeasured() is None
    ModelVersion.objects.update(created=timezone.now() - timedelta(minutes=31))
    assert {promotion.measure_unmeasured(), promotion.measure_unmeasured()} == {candidate, bundled}
    assert promotion.measure_unmeasured() is None
    assert len(measured) == 2


@pytest.mark.parametrize(("is_complete", "times"), [(True, 0), (False, 1)])
def test_an_incomplete_measurement_is_repeated(candidate, monkeypatch, is_complete, times):
    known = Measurement.objects.create(version=candidate, figures={}, mnist_answers=b"", stroke_answers=b"")
    anew: list[ModelVersion] = []
    monkeypatch.setattr(promotion, "measured", MEASURED)
    monkeypatch.setattr(promotion, "is_complete", lambda measurement: is_complete)
    monkeypatch.setattr(promotion, "measure", lambda version: anew.append(version) or known)
    assert promotion.measured(candidate) == known
    assert len(anew) == times
