"""Preparing an installation: each step does its work once, and again only when there is something to do."""

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
def test_first_administrator_can_sign_in_and_is_made_once():
    name, password = preparation.create_first_administrator()
    assert len(password) >= 16
    administrator = authenticate(username=name, password=password)
    assert administrator.is_superuser
    assert preparation.create_first_administrator() is None


@pytest.mark.django_db
def test_no_administrator_is_made_where_there_are_people(owner):
    assert preparation.create_first_administrator() is None
    assert list(get_user_model().objects.all()) == [owner]


@pytest.fixture
def sources(tmp_path, settings):
    """A site with one static file of its own; its path."""
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
    """Django remembers where it found and stored them."""
    storages._storages.clear()
    get_finder.cache_clear()


def test_static_files_are_collected_again_only_when_one_changed(sources, settings):
    assert preparation.collect_static() is True
    assert preparation.collect_static() is False
    sources.write_text("let eight = 8;\n")
    assert preparation.collect_static() is True
    collected = [path.read_text() for path in Path(settings.STATIC_ROOT).glob("pad.*.js")]
    assert collected == ["let eight = 8;\n"]  # and the old one is gone


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_site_for_this_machine_alone_keeps_its_names(host, settings):
    assert set(allowed_hosts(host)) == set(settings.ALLOWED_HOSTS) | {"127.0.0.1", "localhost"}


def test_site_open_to_the_network_is_called_by_the_machines_names(monkeypatch):
    monkeypatch.setattr("digitsite.supervision.network_address", lambda: "192.0.2.7")
    monkeypatch.setattr("socket.gethostname", lambda: "schoolbox")
    assert {"192.0.2.7", "schoolbox", "localhost"} <= set(allowed_hosts("0.0.0.0"))
    assert "0.0.0.0" not in allowed_hosts("0.0.0.0")


def test_names_that_the_operator_gave_stand(monkeypatch, settings):
    monkeypatch.setenv("ALLOWED_HOSTS", "digits.example")
    settings.ALLOWED_HOSTS = ["digits.example"]
    assert allowed_hosts("0.0.0.0") == ["digits.example", "127.0.0.1", "localhost"]
