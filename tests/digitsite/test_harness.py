"""The test run itself works in a folder of its own, never in the operator's."""

import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.environment import clean_environment


def test_everything_written_goes_to_a_temporary_folder():
    assert Path(settings.DATA_DIR).is_relative_to(tempfile.gettempdir())
    assert Path(settings.MEDIA_ROOT).is_relative_to(settings.DATA_DIR)
    assert Path(settings.REDIS_SOCKET).is_relative_to(settings.DATA_DIR)


def test_redis_is_our_own(redis_server):
    assert redis_server.config_get("unixsocket")["unixsocket"] == str(settings.REDIS_SOCKET)


@pytest.mark.postgres
@pytest.mark.django_db
def test_database_is_a_test_database():
    assert "test" in str(connection.settings_dict["NAME"])


def test_operators_settings_do_not_reach_the_tests(monkeypatch):
    monkeypatch.setenv("HTTPS", "true")
    monkeypatch.setenv("DATABASE_URL", "postgres://precious")
    left = clean_environment()
    assert "HTTPS" not in left
    assert "DATABASE_URL" not in left
