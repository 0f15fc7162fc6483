"""Every address of the site, walked as nobody, as a stranger, as the owner and as staff.

The table must name every address: a new one fails `test_every_address_is_in_the_table` until somebody has
said who may see it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from classifier.models import ApiToken, Digit, Drawing, Import
from classifier.tokens import create_token
from tests import staffroom
from tests.factories import drawn_digit, pad_form

SIGN_IN, ADMIN_SIGN_IN = "/account/login/", "/admin/login/"
HOME = "/"
# Each row: address with the owner's digit and token in it, method, and what the four get:
# a status, or the address they are sent to.
#   address                                        method    nobody         stranger  owner         staff
TABLE: list[tuple[str, str, Any, Any, Any, Any]] = [
    ("/", "GET", 200, 200, 200, 200),
    ("/drawings/", "POST", SIGN_IN, "/digits/", "/digits/", "/digits/"),
    ("/drawings/", "GET", 405, 405, 405, 405),
    ("/drawings/preview/", "POST", SIGN_IN, 204, 204, 204),
    ("/pictures/", "POST", SIGN_IN, 400, 400, 400),
    ("/pictures/", "GET", 405, 405, 405, 405),
    ("/samples/", "POST", SIGN_IN, "/digits/", "/digits/", "/digits/"),
    ("/history/", "GET", SIGN_IN, 200, 200, 200),
    ("/digits/{digit}/", "GET", SIGN_IN, 404, 200, 404),
    ("/digits/{digit}/", "POST", 405, 405, 405, 405),
    ("/digits/{digit}/input.png", "GET", SIGN_IN, 404, 200, 404),
    ("/digits/{digit}/picture/", "GET", SIGN_IN, 404, 200, 404),
    ("/digits/{digit}/why/", "GET", SIGN_IN, 404, 200, 404),
    ("/digits/{digit}/why/", "POST", 405, 405, 405, 405),
    ("/digits/{digit}/correction/", "POST", SIGN_IN, 404, 400, 404),
    ("/digits/{digit}/correction/", "GET", 405, 405, 405, 405),
    ("/digits/{digit}/delete/", "POST", SIGN_IN, 404, "/history/", 404),
    ("/digits/{digit}/delete/", "GET", 405, 405, 405, 405),
    ("/model/", "GET", 200, 200, 200, 200),
    ("/model/{version}/", "GET", 200, 200, 200, 200),
    ("/account/tokens/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/tokens/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/tokens/{token}/revoke/", "POST", SIGN_IN, 404, "/account/tokens/", 404),
    ("/account/tokens/{token}/revoke/", "GET", 405, 405, 405, 405),
    ("/export/", "GET", SIGN_IN, 200, 200, 200),
    ("/export/digits.json", "GET", SIGN_IN, 200, 200, 200),
    ("/export/digits.json", "POST", SIGN_IN, 400, 400, 400),
    ("/export/digits.csv", "GET", SIGN_IN, 200, 200, 200),
    ("/export/corrected.npz", "GET", SIGN_IN, 200, 200, 200),
    ("/export/all.zip", "GET", SIGN_IN, 200, 200, 200),
    ("/export/all.zip", "DELETE", 405, 405, 405, 405),
    ("/import/", "GET", SIGN_IN, "/export/", "/export/", "/export/"),
    ("/import/", "POST", SIGN_IN, 400, 400, 400),
    ("/import/{import}/", "GET", SIGN_IN, 404, 200, 404),
    ("/import/{import}/", "POST", 405, 405, 405, 405),
    ("/import/{import}/cancel/", "POST", SIGN_IN, 404, "/import/", 404),
    ("/import/{import}/cancel/", "GET", 405, 405, 405, 405),
    ("/import/{import}/remove/", "POST", SIGN_IN, 404, "/import/", 404),
    ("/import/{import}/remove/", "GET", 405, 405, 405, 405),
    ("/healthz", "GET", 200, 200, 200, 200),
    ("/readyz", "GET", 503, 503, 503, 503),  # no worker here
    ("/api/v1/digits/", "GET", 401, 200, 200, 200),
    ("/api/v1/digits/", "POST", 401, 400, 400, 400),
    ("/api/v1/digits/{digit}/", "GET", 401, 404, 200, 404),
    ("/api/v1/digits/{digit}/", "DELETE", 401, 404, 204, 404),
    ("/api/v1/export/digits.json", "GET", 401, 200, 200, 200),
    ("/api/v1/export/digits.csv", "GET", 401, 200, 200, 200),
    ("/api/v1/export/corrected.npz", "GET", 401, 200, 200, 200),
    ("/api/v1/export/all.zip", "GET", 401, 200, 200, 200),
    ("/api/v1/imports/", "GET", 401, 200, 200, 200),
    ("/api/v1/imports/", "POST", 401, 400, 400, 400),
    ("/api/v1/imports/{import}/", "GET", 401, 404, 200, 404),
    ("/api/v1/imports/{import}/cancel/", "POST", 401, 404, 202, 404),
    ("/api/v1/imports/{import}/remove/", "POST", 401, 404, 422, 404),
    ("/staff/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/new/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/new/", "POST", SIGN_IN, 404, 404, 400),
    ("/staff/runs/{run}/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/{run}/cancel/", "POST", SIGN_IN, 404, 404, "/staff/runs/"),
    ("/staff/runs/{run}/cancel/", "GET", 405, 405, 405, 405),
    ("/staff/runs/{run}/repeat/", "POST", SIGN_IN, 404, 404, "/staff/runs/"),
    ("/staff/runs/{run}/repeat/", "GET", 405, 405, 405, 405),
    ("/staff/versions/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/{version}/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/{version}/card/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/{version}/compare/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/{version}/promote/", "POST", SIGN_IN, 404, 404, 400),
    ("/staff/versions/{version}/promote/", "GET", 405, 405, 405, 405),
    ("/staff/versions/{version}/files/mnist_cnn_model.h5", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/versions/rollback/", "POST", SIGN_IN, 404, 404, 400),
    ("/staff/versions/rollback/", "GET", 405, 405, 405, 405),
    ("/staff/review/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/review/", "POST", SIGN_IN, 404, 404, "/staff/review/"),
    ("/account/login/", "GET", 200, HOME, HOME, HOME),
    ("/account/signup/", "GET", 200, HOME, HOME, HOME),
    ("/account/logout/", "GET", HOME, 200, 200, 200),
    ("/account/inactive/", "GET", 200, 200, 200, 200),
    ("/account/reauthenticate/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/email/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/confirm-email/", "GET", 200, 200, 200, 200),
    ("/account/confirm-email/x:y:z/", "GET", 200, 200, 200, 200),
    ("/account/password/change/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/password/set/", "GET", SIGN_IN, *["/account/password/change/"] * 3),
    ("/account/password/reset/", "GET", 200, 200, 200, 200),
    ("/account/password/reset/done/", "GET", 200, 200, 200, 200),
    ("/account/password/reset/key/done/", "GET", 200, 200, 200, 200),
    ("/account/password/reset/key/1-set-password/", "GET", 200, 200, 200, 200),
    ("/account/login/code/confirm/", "GET", SIGN_IN, HOME, HOME, HOME),
    ("/admin/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/login/", "GET", SIGN_IN, 403, 403, "/admin/"),
    ("/admin/logout/", "POST", "/admin/", "/admin/", "/admin/", 200),
    ("/admin/password_change/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/password_change/done/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/autocomplete/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 403),
    ("/admin/jsi18n/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/r/1/1/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 404),
    ("/admin/classifier/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/training/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/auth/user/{owner}/password/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200),
    ("/admin/nothing", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 404),
]
TABLES_IN_ADMIN = [
    *(f"classifier/{name}" for name in ("modelversion", "drawing", "digit", "prediction", "apitoken")),
    *(f"classifier/{name}" for name in ("correction", "activation", "foreignversion", "import")),
    *(f"training/{name}" for name in ("trainingrun", "measurement")),
    "auth/user",
    "auth/group",
    "account/emailaddress",
]
# What staff get for a row that is not there: sent back to the list, or told so.
for _table in TABLES_IN_ADMIN:
    for _part, _status in (("", 200), ("add/", None), ("0/change/", 302), ("0/history/", 302), ("0/delete/", None)):
        _given = _status if _status else (200, 302, 403)
        TABLE.append((f"/admin/{_table}/{_part}", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, _given))
    TABLE.append((f"/admin/{_table}/0/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 302))


@pytest.fixture
def things(owner, model_version):
    """What the addresses name: a digit and a token of the owner's, the version in service, a run."""
    token, _ = create_token(owner, "scanner")
    mine = {"digit": drawn_digit(owner).public_id, "token": token.public_id, "owner": owner.pk}
    mine["import"] = Import.objects.create(owner=owner, name="mine.zip", size=1).public_id
    return mine | {"version": model_version.public_id, "run": staffroom.run().public_id}


def matches(status: int, location: str, expected: Any) -> bool:
    if isinstance(expected, str):
        return status == 302 and (location == HOME if expected == HOME else location.startswith(expected))
    return status in (expected if isinstance(expected, tuple) else (expected,))


@pytest.mark.parametrize("row", TABLE, ids=[f"{row[1]} {row[0]}" for row in TABLE])
def test_everybody_gets_what_the_table_says(
    row, things, client, stranger_client, owner_client, staff_client, monkeypatch
):
    monkeypatch.setattr("classifier.health.PROBE_S", 0)
    monkeypatch.setattr("classifier.views.PREVIEW_WAIT_S", 0)
    address, method, nobody, stranger, owner, staff = row
    people = [(client, nobody), (stranger_client, stranger), (staff_client, staff), (owner_client, owner)]
    for person, expected in people:  # the owner comes last: who else could still delete it?
        data = {"POST": pad_form() if "drawings" in address else {"name": "x"}}.get(method, {})
        response = getattr(person, method.lower())(address.format(**things), data)
        location = response.headers.get("Location", "")
        assert matches(response.status_code, location, expected), (response.status_code, location, expected)


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path
        else:
            yield from addresses(pattern, path)


def test_every_address_is_in_the_table(things):
    """By resolving the table's addresses: each pattern must be reached by one of them."""
    named = {get_resolver().resolve(row[0].format(**things)).route for row in TABLE}
    assert {address.replace("^", "") for address in addresses(get_resolver())} - named == set()


def test_whoever_is_no_owner_leaves_everything_as_it_was(things, client, stranger_client, staff_client):
    digit, token, _drawing = things["digit"], things["token"], str(Drawing.objects.get().public_id)
    for person in (client, stranger_client, staff_client):
        person.post(f"/digits/{digit}/delete/")
        person.post(f"/account/tokens/{token}/revoke/")
        person.delete(f"/api/v1/digits/{digit}/")
        person.post(
            "/drawings/", pad_form(drawing=str(Digit.objects.get().drawing.public_id), strokes="[]", revision=9)
        )
        for act in ("cancel", "remove"):
            person.post(f"/import/{things['import']}/{act}/")
            person.post(f"/api/v1/imports/{things['import']}/{act}/")
    assert (Digit.objects.count(), Drawing.objects.get().revision, ApiToken.objects.count()) == (1, 1, 1)
    assert Import.objects.get().status == "queued"


def test_pages_change_nothing_without_their_own_csrf_token(owner, things):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    for address in ("/drawings/", "/pictures/", "/samples/", f"/digits/{things['digit']}/delete/", "/account/tokens/"):
        assert browser.post(address, pad_form()).status_code == 403
    assert (Digit.objects.count(), ApiToken.objects.count()) == (1, 1)
    page = browser.get("/")
    token = str(page.context["csrf_token"])
    assert browser.post("/drawings/", pad_form(), headers={"X-CSRFToken": token}).status_code == 302


def test_every_page_has_the_headers_that_keep_a_browser_safe(things, owner_client):
    for address in (
        "/",
        "/history/",
        f"/digits/{things['digit']}/",
        "/model/",
        "/account/tokens/",
        "/export/",
        "/nothing",
    ):
        headers = owner_client.get(address).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")


def test_pages_hold_no_inline_script(things, owner_client):
    for address in ("/", "/history/", f"/digits/{things['digit']}/", "/model/", "/account/tokens/", "/export/"):
        text = owner_client.get(address).text
        assert 'style="' not in text
        assert " onclick" not in text
        for script in text.split("<script")[1:]:
            opening = script[: script.index(">")]
            assert "src=" in opening or "application/json" in opening


@pytest.mark.parametrize("path", ["/digits/1/", "/digits/x/", "/media/", "/.env", "/account/profile/"])
def test_what_is_not_there_is_a_404(owner_client, path):
    assert owner_client.get(path).status_code == 404
