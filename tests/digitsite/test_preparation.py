"""Preparing an installation: each step runs only when there is something to do."""

from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.staticfiles.finders import get_finder
from django.core.files.storage import storages

from digitsite import preparation
from digitsite.management.commands.runsite import allowed_hosts


@pytest.mark.postgres
@pytest.mark.django_db
def test_nothing_is_migrated_twice():
    assert preparation.migrate() is False


@pytest.mark.django_db
def test_first_administrator_can_sign_in_and_is_created_once():
    name, password = preparation.create_first_administrator()
    assert len(password) >= 16
    administrator = authenticate(username=name, password=password)
    assert administrator.is_superuser
    assert preparation.create_first_administrator() is None


@pytest.mark.django_db
def test_no_administrator_is_created_where_users_exist(owner):
    assert preparation.create_first_administrator() is None
    assert list(get_user_model().objects.all()) == [owner]


@pytest.fixture
def sources(tmp_path, settings):
    """The path of the only static file of a site."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "pad.js").write_text("let seven = 7;")
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = str(tmp_path / "collected")
    manifest = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": manifest}
    forget_static_files()
    yield folder / "pad.js"
    forget_static_files()


def forget_static_files():
    """Clears what Django caches about static files."""
    storages._storages.clear()
    get_finder.cache_clear()


def test_static_files_are_collected_again_only_after_a_change(sources, settings):
    assert preparation.collect_static() is True
    assert preparation.collect_static() is False
    sources.write_text("let eight = 8;\n")
    assert preparation.collect_static() is True
    collected = [path.read_text() for path in Path(settings.STATIC_ROOT).glob("pad.*.js")]
    assert collected == ["let eight = 8;\n"]  # the old one is removed


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_site_on_loopback_keeps_its_host_names(host, settings):
    assert set(allowed_hosts(host)) == set(settings.ALLOWED_HOSTS) | {"127.0.0.1", "localhost"}


def test_site_in_the_network_accepts_the_machines_names(monkeypatch):
    monkeypatch.setattr("digitsite.supervision.network_address", lambda: "192.0.2.7")
    monkeypatch.setattr("socket.gethostname", lambda: "schoolbox")
    assert {"192.0.2.7", "schoolbox", "localhost"} <= set(allowed_hosts("0.0.0.0"))
    assert "0.0.0.0" not in allowed_hosts("0.0.0.0")


def test_host_names_of_the_operator_are_kept(monkeypatch, settings):
    monkeypatch.setenv("ALLOWED_HOSTS", "digits.example")
    settings.ALLOWED_HOSTS = ["digits.example"]
    assert allowed_hosts("0.0.0.0") == ["digits.example", "127.0.0.1", "localhost"]
