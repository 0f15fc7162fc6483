"""Fixtures for tests of batches."""

import pytest

from classifier.batches import lifecycle, planning, reading


@pytest.fixture(autouse=True)
def _served(model_version, monkeypatch):
    """A network is in service, and sent tasks are recorded instead."""
    sent = []
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: sent.append(batch_id) or True)
    return sent


@pytest.fixture
def small_steps(monkeypatch):
    """Ten members in a transaction, and one process."""
    monkeypatch.setattr(planning, "MEMBERS_AT_ONCE", 10)
    monkeypatch.setattr(reading, "processes", lambda: 1)
