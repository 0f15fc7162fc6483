"""What a check of the doctor says."""

import pytest


@pytest.fixture
def said():
    """said(check) → the findings of a check as lines `state: sentence → remedy`."""
    return lambda check: "\n".join(f"{each.state}: {each.sentence} → {each.remedy}" for each in check())
