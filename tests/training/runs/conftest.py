"""Fixtures for runs: the sent tasks, separate folders, and a claimed run."""

import pytest

from tests.runs import a_run, instant_training
from training.evaluation import promotion
from training.evaluation.gate import Judgement
from training.models import TrainingRun
from training.runs import execution, lifecycle, requests


@pytest.fixture
def sent(monkeypatch) -> list[int]:
    """The runs that were put on the queue."""
    sent: list[int] = []
    monkeypatch.setattr(requests, "send", lambda run_id: sent.append(run_id) or True)
    return sent


@pytest.fixture
def own_folders(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


@pytest.fixture
def running(own_folders, model_version, monkeypatch) -> TrainingRun:
    """A claimed run whose training takes no time and whose version passes the gate."""
    monkeypatch.setattr(execution, "make_model", instant_training())
    monkeypatch.setattr(execution, "measure_candidate", lambda version, begin: None)
    monkeypatch.setattr(promotion, "measured", lambda version: None)
    monkeypatch.setattr(promotion, "judge", lambda *_: Judgement(True, ["It reads 12 images fewer."], []))
    run = lifecycle.claim_run(a_run().pk)
    assert run is not None
    lifecycle.work_folder(run).mkdir(parents=True)
    return run
