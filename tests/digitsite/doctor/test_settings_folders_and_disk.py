"""Settings for trying out, files of another user, rights that are too wide, and a full disk are named."""

import os

import pytest

from digitsite.doctor import folders
from digitsite.doctor import settings as of_settings

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def test_settings_for_trying_out_are_wrong(settings, said):
    settings.DEBUG, settings.SECRET_KEY, settings.ALLOWED_HOSTS = True, "changeme", ["*"]
    text = said(of_settings.check)
    for sentence in ("DEBUG is on, so", "SECRET_KEY can be guessed, so", "ALLOWED_HOSTS allows every name, so"):
        assert f"wrong: {sentence} the site answers only requests from its own machine." in text
    assert "→ Set DEBUG=false." in text


def test_contradictory_settings_are_wrong(settings, said):
    settings.HTTPS, settings.TRUSTED_PROXIES, settings.CSRF_TRUSTED_ORIGINS = True, 0, []
    assert "wrong: Django's check digitsite.W001 says: HTTPS is true, but TRUSTED_PROXIES is 0" in said(
        of_settings.check
    )


def test_site_on_its_own_machine_needs_no_https(settings, said, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # which tests in a browser set
    settings.SECRET_KEY = "q7Jw0xPz4Lr9Vb2Nc6Tm8Ks1Hd5Fg3Ya"
    settings.ALLOWED_HOSTS = ["localhost"]
    assert said(of_settings.check).startswith("ok: ")
    settings.ALLOWED_HOSTS = ["localhost", "digits.example"]
    assert "note: People reach the site by http" in said(of_settings.check)


@pytest.fixture
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "run").mkdir()
    (tmp_path / "secret_key").touch(0o600)
    return tmp_path


def test_sound_folder(data_dir, said):
    assert said(folders.check_permissions).startswith("ok: ")


@as_root
def test_file_of_another_user_is_named(data_dir, said):
    database = data_dir / "digitsite.sqlite3"
    database.touch()
    os.chown(database, 65534, -1)
    text = said(folders.check_permissions)
    assert f"wrong: {database} belongs to nobody, but the site's folder to root." in text
    assert f"→ chown -R root {database}" in text


@as_root
def test_folder_of_another_user_is_named(data_dir, said, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert f"wrong: This command runs as user 12345, but {data_dir} belongs to root." in said(folders.check_permissions)


@pytest.mark.parametrize(
    ("name", "mode", "sentence"),
    [
        ("secret_key", 0o644, "Other users of this machine can read {}, which signs sessions. → chmod 600 {}"),
        ("run", 0o777, "Everybody on this machine can change {}. → chmod o-w {}"),
    ],
)
def test_rights_that_are_too_wide_are_named(data_dir, said, name, mode, sentence):
    (data_dir / name).chmod(mode)
    assert sentence.replace("{}", str(data_dir / name)) in said(folders.check_permissions)


def test_folder_that_cannot_be_written_is_named(data_dir, said, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: path != data_dir / "run")  # root may write everywhere
    assert f"wrong: {data_dir / 'run'} cannot be written." in said(folders.check_permissions)


def test_full_disk_is_wrong_and_little_room_a_note(settings, said):
    assert "MB are left on the disk." in said(folders.check_disk)
    settings.BATCH_MAX_MB = 10**9
    assert said(folders.check_disk).startswith("note: ")
    settings.DISK_RESERVE_MB = 10**9
    assert "wrong: The disk is full: " in said(folders.check_disk)
