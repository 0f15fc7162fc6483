"""Accounts for the tests of exports and imports."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifier.batches import lifecycle
from classifier.models import Batch
from tests.archives import read_whole, waiting_batch
from tests.classifier.transfer.batches import MIXED, PNG
from tests.classifier.transfer.hostile import MEDIA
from tests.exports import fill
from tests.factories import drawn_digit


@pytest.fixture
def full(owner, model_version):
    """The owner with drawings of all kinds."""
    fill(owner, model_version)
    return owner


@pytest.fixture
def served(model_version, monkeypatch):
    """A version in service; batches are read by the tests themselves."""
    monkeypatch.setattr(lifecycle, "send", lambda batch_id: True)


@pytest.fixture
def batch_owner(owner, served):
    """The owner with two batches, one of them with all kinds of pictures, and a drawn digit."""
    drawn_digit(owner)
    read_whole(waiting_batch(owner, MIXED))
    read_whole(waiting_batch(owner, {"b.png": PNG}, one_digit=True))
    long_ago = timezone.now() - timedelta(days=100, microseconds=3)
    Batch.objects.update(created=long_ago)
    return owner


@pytest.fixture
def clean_media():
    """An import leaves files only in the folders of its rows."""
    before = {*MEDIA.rglob("*")}
    yield
    new = {path.relative_to(MEDIA).parts[0] for path in MEDIA.rglob("*") if path.is_file() and path not in before}
    assert new <= {"models", "originals", "batches"}  # the uploaded file is deleted
