"""Fixtures of several packages of the classifier."""

import uuid

import pytest

from tests.numbers import answer_all, drawn_number


@pytest.fixture
def forty_seven(owner, model_version):
    """A 4 and a 7 of one drawing, answered."""
    digit = drawn_number(owner, drawing_id=uuid.uuid4())
    answer_all(model_version, 4, 7)
    return digit.siblings
