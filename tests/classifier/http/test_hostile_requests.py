"""Requests that no browser sends: hostile fields and headers never cause a server error."""

import json

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import PEN, SEVEN, SIZE, pad_form

LONG, NUL = "x" * 100_000, "a\0b"
PASSWORDS = {"password1": "brand-new-9-words", "password2": "brand-new-9-words"}
REQUESTS = [
    ("POST", "/account/login/", {"login": LONG, "password": LONG}),
    ("POST", "/account/signup/", {"username": "ab", "email": f"a@b.c{NUL}", **PASSWORDS}),
    ("POST", "/account/password/reset/", {"email": NUL}),
    ("POST", "/account/password/reset/", {"email": f"{LONG[:5000]}@x.org"}),
    ("POST", "/account/email/", {"action_add": "", "email": f"{NUL}@y.org"}),
    ("POST", "/account/email/", {"action_primary": "", "email": "x@y.org"}),
    ("POST", "/account/email/", {"action_remove": "", "email": ""}),
    ("GET", "/account/confirm-email/%00/", {}),
    ("GET", "/account/password/reset/key/0-%00/", {}),
    ("GET", "/account/login/?next=%00", {}),
    ("GET", "/history/?before=%ed%a0%80", {}),
    ("GET", "/digits/00000000-0000-0000-0000-000000000000/", {}),
    ("POST", "/drawings/", pad_form(drawing="00000000-0000-0000-0000-000000000000")),
    ("POST", "/drawings/", pad_form(drawing="ffffffff-ffff-ffff-ffff-ffffffffffff", revision=2**31 - 1)),
    ("GET", "/admin/classifier/drawing/?owner__username=%00", {}),
]
HEADERS = [
    {"Content-Length": "x"},
    {"Content-Length": "-5"},
    {"Host": "evil.example"},
    {"X-Forwarded-For": "\0"},
    {"Cookie": f"{settings.SESSION_COOKIE_NAME}=\0; {settings.CSRF_COOKIE_NAME}=x"},
    {"Prefer": "wait=\xff"},
    {"Accept": "\xff"},
    {"Accept": "application/json; q=x"},
    {"Accept-Language": "\xff"},
    {"HX-Request": "true", "HX-Current-URL": "http://["},
    {"HX-Request": "true", "HX-Target-URI-AutoEncoded": "true", "HX-Target": "%ff"},
]


@pytest.mark.parametrize("at", range(len(REQUESTS)))
def test_hostile_fields_are_answered(at, client, owner_client, staff_client):
    method, address, form = REQUESTS[at]
    for person in (client, owner_client, staff_client):
        assert getattr(person, method.lower())(address, form).status_code < 500


@pytest.mark.parametrize("at", range(len(HEADERS)))
def test_hostile_headers_are_answered(at, owner_client):
    for address in ("/", "/api/v1/digits/", "/history/", "/account/login/"):
        assert owner_client.get(address, headers=HEADERS[at]).status_code < 500


KINDS = ["", "application/json; charset=nonsense", "application/json;;;", 'multipart/form-data; boundary="']


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_media_types_are_answered(kind, owner_token):
    program = Client(headers={"Authorization": f"Token {owner_token}"})
    body = json.dumps({"strokes": SEVEN, "size": SIZE, "pen": PEN})
    assert program.generic("POST", "/api/v1/digits/", body, content_type=kind).status_code < 500
