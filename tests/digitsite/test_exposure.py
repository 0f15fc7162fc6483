"""Settings that are only for trying out: others are refused; a site for others has no warning of Django."""

import subprocess
import sys
from io import BytesIO

import pytest
from django.test import RequestFactory

from digitsite import exposure, wsgi
from tests.environment import BASE_DIR, clean_environment

GOOD = {"DEBUG": False, "SECRET_KEY": "q7Jw0xPz4Lr9Vb2Nc6Tm8Ks1Hd5Fg3Ya", "ALLOWED_HOSTS": ["digits.example"]}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"DEBUG": True}, ["DEBUG is on"]),
        ({"SECRET_KEY": "changeme"}, ["SECRET_KEY can be guessed"]),
        ({"SECRET_KEY": "changeme-q7Jw0xPz4Lr9Vb2Nc6Tm8Ks1Hd5Fg3Ya"}, ["SECRET_KEY can be guessed"]),
        ({"SECRET_KEY": "a" * 60}, ["SECRET_KEY can be guessed"]),
        ({"ALLOWED_HOSTS": ["digits.example", "*"]}, ["ALLOWED_HOSTS allows every name"]),
    ],
)
def test_settings_for_trying_out_are_found(settings, changed, found):
    for name, value in (GOOD | changed).items():
        setattr(settings, name, value)
    assert exposure.weaknesses() == found


@pytest.mark.django_db  # a request closes connections that earlier tests have left
@pytest.mark.parametrize(
    ("sender", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 503),
        ({"REMOTE_ADDR": ""}, 503),  # a proxy on a socket
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}, 503),
    ],
)
def test_only_this_machine_is_answered_with_them(monkeypatch, sender, status):
    monkeypatch.setattr(wsgi, "weaknesses", ["DEBUG is on"])
    environ = RequestFactory().get("/healthz").environ | {"wsgi.input": BytesIO()} | sender
    statuses = []
    body = b"".join(wsgi.application(environ, lambda line, headers: statuses.append(int(line[:3]))))
    assert statuses == [status]
    assert (b"DEBUG is on" in body) is (status == 503)


def deployed(*command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    settings = {"HTTPS": "true", "TRUSTED_PROXIES": "1", "ALLOWED_HOSTS": "digits.example"} | variables
    return subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env=clean_environment() | {"DJANGO_SETTINGS_MODULE": "digitsite.settings"} | settings,
        capture_output=True,
        text=True,
    )


def test_django_has_no_warning_for_a_site_with_https(tmp_path):
    result = deployed("manage.py", "check", "--deploy", "--fail-level", "WARNING", DATA_DIR=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


def test_guessed_key_is_named_where_the_server_starts(tmp_path):
    result = deployed("-c", "import digitsite.wsgi", DATA_DIR=str(tmp_path), SECRET_KEY="changeme")
    assert "SECRET_KEY can be guessed" in result.stderr


def test_every_answer_has_a_permissions_policy(client, db):
    assert "camera=()" in client.get("/model/").headers["Permissions-Policy"]


def test_https_is_kept_for_a_year(client, db, settings):
    settings.SECURE_HSTS_SECONDS = 365 * 86400  # as with HTTPS=true
    answer = client.get("/healthz", secure=True)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
