"""A store of files, and a site in this process that uses it."""

import pytest
from django.conf import settings as django_settings

from tests.stores import store_running


@pytest.fixture(scope="module")
def running_store():
    with store_running() as store:
        yield store


@pytest.fixture
def store(running_store, settings):
    """The site's files are in an empty bucket."""
    client = running_store.client()
    for name in running_store.objects():
        client.delete_object(Bucket=running_store.bucket, Key=name)
    settings.S3_BUCKET, settings.S3_ENDPOINT_URL = running_store.bucket, running_store.url
    settings.STORAGES = {**django_settings.STORAGES, "default": running_store.storages()}
    return running_store
