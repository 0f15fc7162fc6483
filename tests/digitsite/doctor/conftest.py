"""What a check of the doctor says."""

import pytest


@pytest.fixture(autouse=True)
def _like_a_terminal(monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # which tests in a browser set


@pytest.fixture
def said():
    """said(check) → the findings of a check as lines `state: sentence → remedy`."""
    return lambda check: "\n".join(f"{each.state}: {each.sentence} → {each.remedy}" for each in check())
