"""Each line says when, where, what and for which request; what looks like a secret or a picture is removed."""

import base64
import json
import logging
import sys

import pytest

from classifier.jobs import trace
from digitsite.logs.formats import Grave, JsonFormatter, LineFormatter

PIXELS = bytes(range(256)) * 3


def record(message, *values, **fields):
    return logging.makeLogRecord(
        {"name": "a.b", "levelname": "WARNING", "levelno": logging.WARNING, "msg": message, "args": values} | fields
    )


@pytest.fixture(autouse=True)
def work():
    trace.begin({"request_id": "r-1", "drawing": "d-1"})
    yield
    trace.begin(None)


def test_line_has_level_logger_message_and_ids():
    line = LineFormatter().format(record("%s was not sent", "It"))
    assert line.endswith(" WARNING a.b It was not sent (request_id=r-1 drawing=d-1)")


def test_json_has_the_same_as_fields():
    entry = json.loads(JsonFormatter().format(record("%s was not sent", "It")))
    assert entry.items() >= {"level": "WARNING", "logger": "a.b", "message": "It was not sent"}.items()
    assert (entry["request_id"], entry["drawing"]) == ("r-1", "d-1")
    assert entry["time"][10] == "T"
    assert {"+", "-"} & set(entry["time"][19:])  # the offset of the time zone


def failure():
    try:
        raise ValueError(f"cannot read {PIXELS!r}")
    except ValueError:
        return sys.exc_info()


def test_traceback_is_shown_without_what_was_read():
    for text in (
        LineFormatter().format(record("Failed", exc_info=failure())),
        json.loads(JsonFormatter().format(record("Failed", exc_info=failure())))["exception"],
    ):
        assert "Traceback" in text
        assert "cannot read b'…'" in text
        assert "\\x01" not in text


def test_text_of_a_client_begins_no_line_of_its_own():
    for line in (LineFormatter().format(record("Not Found: %s", "/x\n2026-01-01 ERROR \x1b[31m\u2028forged")),):
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line


KEY = "kZ3x_9aQ-b7Lr2Vw8Ny4Ft6Gs1Hd5Jp0Mc"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Not Found: /account/password/reset/key/2-d9kq3u-5c1f/", "d9kq3u"),
        ("/account/confirm-email/MTo4Zw:1tAbC:x-y/: OSError", "1tAbC"),
        (f"Invalid HTTP header: 'Authorization  Token {KEY}'", KEY),
        (f"Bearer {KEY}", KEY),
        ("Cookie: sessionid_1a2b3c4d=u9x7abcdefghij; theme=dark", "u9x7abcdefghij"),
        ("csrftoken_1a2b3c4d=AbCd; messages_1a2b3c4d=secrets", "AbCd"),
        ("redis://:hunter2@redis:6379/0 refuses", "hunter2"),
        ("postgres://digitsite:hunter2@db:5432/digitsite", "hunter2"),
        ("{'password': 'hunter2 and more'}", "hunter2"),
        ("login=ann&password1=hunter2&password2=hunter2", "hunter2"),
        (f"contents of the message body: '[[1], [\"{base64.b64encode(PIXELS).decode()}\"]]'", "AAECAwQF"),
        (f"strokes={[[x, x + 1] for x in range(100)]}", "50, 51"),
        (f"{list(PIXELS)}", "200, 201"),
    ],
)
def test_secrets_and_pictures_are_removed(text, secret):
    for line in (LineFormatter().format(record("%s", text)), JsonFormatter().format(record("%s", text))):
        assert secret not in line
        assert "…" in line


@pytest.mark.parametrize(
    "text",
    [
        "Token authentication failed for /api/v1/digits/",
        "/account/password/reset/: 200 in 12 ms",
        "Batch 3f2b8a4e-0000-4000-8000-1234567890ab cannot be read: [Errno 2] No such file: '/srv/digits/media/a.zip'",
        "https://digits.example:8443/history/ and redis://redis:6379/0",
    ],
)
def test_other_text_is_kept(text):
    assert text in LineFormatter().format(record("%s", text))


def test_terminal_shows_no_missing_pages():
    missing = record("Not Found: /x", name="django.request")
    assert not Grave().filter(missing)
    assert Grave().filter(record("It failed", name="django.request", levelno=logging.ERROR))
    assert Grave().filter(record("It waits"))
