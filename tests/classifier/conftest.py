"""Fixtures of several packages of the classifier."""

import uuid

import pytest

from classifier.jobs import broker
from tests.numbers import answer_all, drawn_number


@pytest.fixture
def forty_seven(owner, model_version):
    """A 4 and a 7 of one drawing, answered."""
    digit = drawn_number(owner, drawing_id=uuid.uuid4())
    answer_all(model_version, 4, 7)
    return digit.siblings


@pytest.fixture
def redis_down(settings, tmp_path):
    """A Redis address without a server."""
    settings.REDIS_URL = f"unix://{tmp_path}/missing.sock"
    broker.connection.cache_clear()
    yield
    broker.connection.cache_clear()
