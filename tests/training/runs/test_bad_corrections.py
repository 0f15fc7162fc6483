"""Wrong corrections cannot spoil the network in service: a candidate trained on them does not pass the gate."""

import uuid

import pytest

from classifier.digits.corrections import is_held_back
from classifier.digits.registry import BUNDLED, activate, register_version
from classifier.digits.samples import mnist
from classifier.errors import MnistUnavailable
from classifier.models import Activation, Correction, Digit, Drawing
from tests.runs import carry_out
from training.evaluation.gate import GateRefused
from training.evaluation.promotion import promote
from training.models import Measurement, TrainingRun
from training.runs import lifecycle, requests
from training.runs.recipe import default_recipe

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("tensorflow"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
    pytest.mark.django_db,
]
WRONG = 2_000


def correct_wrongly(owner, images) -> None:
    """Accepted corrections that call each of these an 8."""
    drawings = Drawing.objects.bulk_create(
        Drawing(owner=owner, source="upload", width=28, height=28) for _ in range(len(images))
    )
    digits = Digit.objects.bulk_create(
        Digit(public_id=uuid.UUID(int=number), drawing=drawing, pixels=image.tobytes(), preprocessing_version=1)
        for number, (drawing, image) in enumerate(zip(drawings, images, strict=True), start=1)
    )
    Correction.objects.bulk_create(
        Correction(digit=digit, label=8, review="accepted", held_back=is_held_back(digit)) for digit in digits
    )


@pytest.mark.parametrize("name", ["first_cnn", "deeper_cnn"])
def test_the_gate_refuses_a_candidate_trained_on_two_thousand_3s_labelled_8(
    name, db, owner, staff, settings, tmp_path, monkeypatch
):
    settings.DATA_DIR = tmp_path
    in_service = register_version(BUNDLED / name)
    activate(in_service, kind=Activation.Kind.SET_UP)
    try:
        data = mnist.load_mnist(*mnist.configured(), fetch=False)
    except MnistUnavailable as why:
        pytest.skip(str(why))
    threes = data["x_train"][data["y_train"] == 3][:WRONG]
    assert len(threes) == WRONG
    correct_wrongly(owner, threes)
    assert 0.15 < Correction.objects.to_measure_with().count() / WRONG < 0.25

    monkeypatch.setattr(requests, "send", lambda run_id: True)
    run, _ = requests.request_run(recipe=default_recipe(in_service), by=staff, promote_if_passed=True)
    claimed = lifecycle.claim_run(run.pk)
    assert claimed is not None
    carry_out(claimed)

    run = TrainingRun.objects.get(pk=run.pk)
    assert run.status == "done", run.log
    in_service.refresh_from_db()
    assert in_service.is_active and run.version is not None and not run.version.is_active
    assert "It is not put into service" in run.log
    figures = Measurement.objects.get(version=run.version).figures
    before = Measurement.objects.get(version=in_service).figures
    # It reads people's "8"s better, but that does not make up for MNIST's 3s, which it reads worse.
    assert figures["corrections"]["accuracy"] > before["corrections"]["accuracy"] + 0.05
    assert figures["mnist"]["per_digit"][3] < before["mnist"]["per_digit"][3] - 0.02
    with pytest.raises(GateRefused, match="significantly worse"):
        promote(version=run.version, by=staff, reason="Never mind.")
