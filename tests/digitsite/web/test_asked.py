"""What the head of a request tells: its kind and its sender."""

import pytest

from digitsite.web.asked import Kind, asked


def head(line, *fields):
    return "\r\n".join([f"{line} HTTP/1.1", "Host: here", *fields, "", ""]).encode()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("GET /healthz", Kind.PROBE),
        ("GET /metrics", Kind.PROBE),
        ("GET /", Kind.PAGE),
        ("GET /history/?page=2", Kind.PAGE),
        ("POST /account/login/", Kind.PAGE),
        ("GET /api/v1/digits/", Kind.PAGE),
        ("GET /batches/", Kind.PAGE),
        ("POST /drawings/", Kind.ANSWER),
        ("POST /try/picture/", Kind.ANSWER),
        ("POST /api/v1/digits/?x=1", Kind.ANSWER),
        ("GET /digits/6f1/why/", Kind.ANSWER),
        ("POST /drawings/preview/", Kind.PREVIEW),
        ("POST /try/preview/", Kind.PREVIEW),
        ("POST /batches/", Kind.BULK),
        ("POST /api/v1/imports/", Kind.BULK),
        ("GET /export/all.zip", Kind.BULK),
        ("GET /api/v1/batches/6f1/results.csv", Kind.BULK),
        ("GET /batches/6f1/archive/", Kind.BULK),
        ("nonsense", Kind.PAGE),
        ("", Kind.PAGE),
    ],
)
def test_kind_follows_from_method_and_path(line, kind):
    assert asked(head(line)).kind is kind


def test_path_of_the_site_is_taken_off(settings):
    settings.SCRIPT_NAME = "/digits"
    assert asked(head("POST /digits/drawings/")).kind is Kind.ANSWER


def test_every_address_is_one_of_the_site(client):
    from django.urls import resolve

    from digitsite.web import asked as known

    for path in known.PREVIEWS | known.ANSWERS | known.BULK | known.PROBES - {"/metrics"}:
        resolve(path)
    for path in ("/export/all.zip", "/api/v1/export/digits.csv", "/api/v1/digits/"):
        resolve(path)


def test_token_names_its_sender(settings):
    one, same, other = (
        asked(head("GET /", field))
        for field in ("Authorization: Token abc", "authorization:  token abc", "Authorization: Token abd")
    )
    assert one.is_program
    assert one == same
    assert one.sender not in (0, other.sender)


def test_session_names_its_sender(settings):
    name = settings.SESSION_COOKIE_NAME
    one, same, other = (
        asked(head("GET /", field))
        for field in (f"Cookie: {name}=abc", f"cookie: csrf=x; {name}=abc; theme=dark", f"Cookie: {name}=abd")
    )
    assert one == same
    assert not one.is_program
    assert one.sender not in (0, other.sender)


@pytest.mark.parametrize(
    "field", ["Authorization: Basic abc", "Authorization: Bearer abc", "Cookie: theme=dark", "Accept: */*"]
)
def test_others_have_no_name(field):
    assert asked(head("GET /", field)).sender == 0
