"""A stack with doubtful values."""

import pytest

from tests.filled_stacks import filled


@pytest.fixture
def stack(owner):
    """Two pages, whose points are in doubt."""
    return filled(owner, 2, risk=0.3)


@pytest.fixture
def value(stack):
    """The points of the first page."""
    return stack.values.get(page__number=1, key="points")
