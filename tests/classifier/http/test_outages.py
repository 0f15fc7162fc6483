"""What a person and a program are told while the database or the disk is away or full."""

import errno
import sqlite3

import pytest
from django.db import InterfaceError, OperationalError
from django.http import UnreadablePostError
from django.test import Client

from classifier.http import outages
from classifier.models import Batch, Digit

FULL = OSError(errno.ENOSPC, "No space left on device")


def database_error(code: int) -> OperationalError:
    """As Django raises it for an error of SQLite."""
    cause = sqlite3.OperationalError("…")
    cause.sqlite_errorcode = code
    error = OperationalError("…")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (database_error(sqlite3.SQLITE_BUSY), outages.DATABASE),
        (database_error(sqlite3.SQLITE_FULL), outages.DISK_FULL),
        (InterfaceError("the connection is closed"), outages.DATABASE),
        (OSError(errno.EIO, "Input/output error"), outages.FILES),
        (FULL, outages.DISK_FULL),
        (UnreadablePostError("the client has gone"), None),
        (ValueError("a bug"), None),
    ],
)
def test_error_tells_of_an_outage(error, outage):
    assert outages.outage_of(error) is outage


@pytest.fixture
def failing(owner, owner_token, monkeypatch):
    """failing(error) → a signed-in client and a token for requests that meet this error."""

    def start(model: type, error: Exception) -> Client:
        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(model.objects, "owned_by", fail)
        client = Client(raise_request_exception=False, headers={"Authorization": f"Token {owner_token}"})
        client.force_login(owner)
        return client

    return start


def test_page_says_what_is_away_and_when_to_try_again(failing):
    answer = failing(Batch, database_error(sqlite3.SQLITE_BUSY)).get("/batches/?page=2")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert outages.DATABASE.sentence.replace("'", "&#x27;") in answer.text
    assert 'href="/batches/?page=2"' in answer.text
    assert "refused" in answer["HX-Trigger"]  # htmx shows the sentence


def test_program_gets_a_problem(failing):
    answer = failing(Digit, FULL).get("/api/v1/digits/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "disk_full"


def test_bug_is_still_an_error(failing):
    assert failing(Digit, ValueError("a bug")).get("/api/v1/digits/").status_code == 500


@pytest.mark.parametrize(("method", "attempts"), [("GET", 2), ("POST", 1)])
def test_only_requests_that_write_nothing_are_answered_again(rf, db, method, attempts):
    answers = []

    def fail_once(request):
        error = None if answers else OperationalError("the server closed the connection")
        answers.append(outages.unavailable(request, outages.DATABASE, error) if error else "answered")
        return answers[-1]

    outages.OutageMiddleware(fail_once)(rf.generic(method, "/"))
    assert len(answers) == attempts
