"""Every address of the site, walked as nobody, as a stranger, as the owner, as staff and as staff without permission.

The table must name every address with each method that it takes: a new one fails the tests until somebody has said
who may use it. The same rows are walked with a stranger's token, for what a page gives away, for whose things a
request changes, and for how often a page asks the database. An address with a new kind of thing in it needs one of
the owner's in `things`.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from classifier.accounts.holdings import owned as rows_of
from classifier.accounts.sessions import signed_in
from classifier.accounts.tokens import create_token
from classifier.digits.corrections import correct
from classifier.models import ApiToken, Correction, Digit, Drawing, Import, Prediction, Rereading
from classifier.pages import summary
from tests import staffroom
from tests.archives import waiting_batch
from tests.conftest import PASSWORD
from tests.factories import drawn_digit, many_digits, pad_form, picture

SIGN_IN, ADMIN_SIGN_IN = "/account/login/", "/admin/login/"
HOME = "/"
# Each row: address with the owner's digit and token in it, method, and what the four get: a status (or some that
# will do), or the address they are sent to. Staff is an administrator; staff without any permission get what
# `without_permission` says, or what stands at the end of the row.
#   address                                        method    nobody         stranger  owner         staff
TABLE: list[tuple[Any, ...]] = [
    ("/", "GET", 200, 200, 200, 200),
    ("/drawings/", "POST", SIGN_IN, "/digits/", "/digits/", "/digits/"),
    ("/drawings/", "GET", 405, 405, 405, 405),
    ("/drawings/preview/", "POST", SIGN_IN, 204, 204, 204),
    ("/pictures/", "POST", SIGN_IN, 400, 400, 400),
    ("/pictures/", "GET", 405, 405, 405, 405),
    ("/samples/", "POST", SIGN_IN, "/digits/", "/digits/", "/digits/"),
    ("/history/", "GET", SIGN_IN, 200, 200, 200),
    ("/history/?digit=12", "GET", SIGN_IN, 400, 400, 400),
    ("/history/summary/", "GET", SIGN_IN, 200, 200, 200),
    ("/history/deleted/", "GET", SIGN_IN, 200, 200, 200),
    ("/history/delete/", "POST", SIGN_IN, "/history/", "/history/", "/history/"),
    ("/history/delete/", "GET", 405, 405, 405, 405),
    ("/history/restore/", "POST", SIGN_IN, "/history/", "/history/", "/history/"),
    ("/history/restore/", "GET", 405, 405, 405, 405),
    ("/history/remove/", "POST", SIGN_IN, "/history/deleted/", "/history/deleted/", "/history/deleted/"),
    ("/history/remove/", "GET", 405, 405, 405, 405),
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
    ("/again/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/again/", "POST", SIGN_IN, 404, 404, 400, 403),
    ("/again/{rereading}/cancel/", "POST", SIGN_IN, 404, 404, "/again/", 403),
    ("/again/{rereading}/cancel/", "GET", 405, 405, 405, 405),
    ("/batches/", "GET", SIGN_IN, 200, 200, 200),
    ("/batches/", "POST", SIGN_IN, 400, 400, 400),
    ("/batches/{batch}/", "GET", SIGN_IN, 404, 200, 404),
    ("/batches/{batch}/", "POST", 405, 405, 405, 405),
    ("/batches/{batch}/cancel/", "POST", SIGN_IN, 404, "/batches/", 404),
    ("/batches/{batch}/cancel/", "GET", 405, 405, 405, 405),
    ("/batches/{batch}/delete/", "POST", SIGN_IN, 404, "/batches/", 404),
    ("/batches/{batch}/delete/", "GET", 405, 405, 405, 405),
    ("/batches/{batch}/archive/", "GET", SIGN_IN, 404, 200, 404),
    ("/batches/{batch}/results.json", "GET", SIGN_IN, 404, 200, 404),
    ("/batches/{batch}/results.csv", "GET", SIGN_IN, 404, 200, 404),
    ("/model/", "GET", 200, 200, 200, 200),
    ("/model/{version}/", "GET", 200, 200, 200, 200),
    ("/account/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/profile/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/profile/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/sessions/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/sessions/end/", "POST", SIGN_IN, *["/account/sessions/"] * 3),
    ("/account/sessions/end/", "GET", 405, 405, 405, 405),
    ("/account/close/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/close/", "POST", SIGN_IN, 200, 200, 409),  # without a password; and the only administrator
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
    ("/export/digits.csv", "POST", SIGN_IN, 400, 400, 400),
    ("/export/corrected.npz", "POST", SIGN_IN, 400, 400, 400),
    ("/export/all.zip", "POST", SIGN_IN, 400, 400, 400),
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
    ("/api/v1/digits/{digit}/correction/", "PUT", 401, 404, 415, 404),
    ("/api/v1/digits/{digit}/correction/", "DELETE", 401, 404, 204, 404),
    ("/api/v1/digits/{digit}/predictions/", "GET", 401, 404, 200, 404),
    ("/api/v1/digits/{digit}/input.png", "GET", 401, 404, 200, 404),
    ("/api/v1/digits/{digit}/original/", "GET", 401, 404, 200, 404),
    ("/api/v1/models/", "GET", 401, 200, 200, 200),
    ("/api/v1/models/{version}/", "GET", 401, 200, 200, 200),
    ("/api/v1/me/", "GET", 401, 200, 200, 200),
    ("/api/schema/", "GET", 200, 200, 200, 200),
    ("/api/docs/", "GET", 200, 200, 200, 200),
    ("/api/v1/batches/", "GET", 401, 200, 200, 200),
    ("/api/v1/batches/", "POST", 401, 400, 400, 400),
    ("/api/v1/batches/{batch}/", "GET", 401, 404, 200, 404),
    ("/api/v1/batches/{batch}/", "DELETE", 401, 404, 204, 404),
    ("/api/v1/batches/{batch}/cancel/", "POST", 401, 404, 200, 404),
    ("/api/v1/batches/{batch}/results.json", "GET", 401, 404, 200, 404),
    ("/api/v1/batches/{batch}/results.csv", "GET", 401, 404, 200, 404),
    ("/api/v1/export/digits.json", "GET", 401, 200, 200, 200),
    ("/api/v1/export/digits.csv", "GET", 401, 200, 200, 200),
    ("/api/v1/export/corrected.npz", "GET", 401, 200, 200, 200),
    ("/api/v1/export/all.zip", "GET", 401, 200, 200, 200),
    ("/api/v1/imports/", "GET", 401, 200, 200, 200),
    ("/api/v1/imports/", "POST", 401, 400, 400, 400),
    ("/api/v1/imports/{import}/", "GET", 401, 404, 200, 404),
    ("/api/v1/imports/{import}/cancel/", "POST", 401, 404, 200, 404),
    ("/api/v1/imports/{import}/remove/", "POST", 401, 404, 422, 404),
    ("/staff/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/", "GET", SIGN_IN, 404, 404, 200),
    ("/staff/runs/new/", "GET", SIGN_IN, 404, 404, 200, 403),
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
    ("/staff/review/", "GET", SIGN_IN, 404, 404, 200, 403),
    ("/staff/review/", "POST", SIGN_IN, 404, 404, "/staff/review/"),
    ("/account/login/", "GET", 200, HOME, HOME, HOME),
    ("/account/login/", "POST", 200, HOME, HOME, HOME),
    ("/account/signup/", "GET", 200, HOME, HOME, HOME),
    ("/account/signup/", "POST", 200, HOME, HOME, HOME),
    ("/account/logout/", "GET", HOME, 200, 200, 200),
    ("/account/logout/", "POST", HOME, HOME, HOME, HOME),
    ("/account/inactive/", "GET", 200, 200, 200, 200),
    ("/account/reauthenticate/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/reauthenticate/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/email/", "POST", SIGN_IN, *["/account/email/"] * 3),
    ("/account/email/", "GET", SIGN_IN, 200, 200, 200),
    ("/account/confirm-email/", "GET", 200, 200, 200, 200),
    ("/account/confirm-email/x:y:z/", "GET", 200, 200, 200, 200),
    ("/account/confirm-email/x:y:z/", "POST", 404, 404, 404, 404),
    ("/account/password/change/", "POST", SIGN_IN, 200, 200, 200),
    ("/account/password/set/", "POST", SIGN_IN, *["/account/password/change/"] * 3),
    ("/account/password/reset/", "POST", 200, 200, 200, 200),
    ("/account/password/reset/key/1-set-password/", "POST", 200, 200, 200, 200),
    ("/account/login/code/confirm/", "POST", SIGN_IN, HOME, HOME, HOME),
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
    ("/admin/classifier/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200, 404),
    ("/admin/training/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200, 404),
    ("/admin/auth/user/{owner}/password/", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 200, 403),
    ("/admin/nothing", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, 404),
]
TABLES_IN_ADMIN = [
    *(f"classifier/{name}" for name in ("modelversion", "drawing", "digit", "prediction", "apitoken")),
    *(f"classifier/{name}" for name in ("correction", "activation", "idempotencykey", "rereading")),
    *(f"classifier/{name}" for name in ("batch", "batchfile", "foreignversion", "import", "importproblem")),
    *(f"training/{name}" for name in ("trainingrun", "measurement")),
    "auth/user",
    "auth/group",
    "account/emailaddress",
    "classifier/closedaccount",
    "usersessions/usersession",
]
# What staff get for a row that is not there: sent back to the list, or told so.
ADMIN_PARTS = {"": 200, "add/": (200, 302, 403), "0/change/": 302, "0/history/": 302, "0/delete/": (200, 302, 403)}
ADMIN_PARTS["0/"] = 302
ADMIN_ROWS = {
    table: [
        (f"/admin/{table}/{part}", "GET", ADMIN_SIGN_IN, ADMIN_SIGN_IN, ADMIN_SIGN_IN, staff, (302, 403))
        for part, staff in ADMIN_PARTS.items()
    ]
    for table in TABLES_IN_ADMIN
}
# Rows that are walked one after the other by the same people: a page of the administration changes nothing.
TOGETHER = {f"{row[1]} {row[0]}": [row] for row in TABLE} | {
    f"/admin/{name}/": rows for name, rows in ADMIN_ROWS.items()
}
TABLE += [row for rows in ADMIN_ROWS.values() for row in rows]


def without_permission(row: tuple[Any, ...]) -> Any:
    """What staff without any permission get: of what they may only look at the same as other staff, of people's own
    pages the same as a stranger."""
    address, method, _nobody, stranger, _owner, staff, *given = row
    if given:
        return given[0]
    if address.startswith("/admin/"):
        return staff
    if address.startswith("/staff/") and staff != 405:
        return staff if method == "GET" else 403
    return stranger


@pytest.fixture
def things(owner, model_version):
    """What the addresses name: a digit and a token of the owner's, the version in service, a run."""
    token, _ = create_token(owner, "scanner of the owner's")
    mine = {"digit": drawn_digit(owner).public_id, "token": token.public_id, "owner": owner.pk}
    rereading = Rereading.objects.create(owner=owner, model_version=model_version)
    mine["rereading"] = rereading.public_id
    mine |= {"batch": waiting_batch(owner, {"7.png": picture()}).public_id}
    mine["import"] = Import.objects.create(owner=owner, name="mine.zip", size=1).public_id
    return mine | {"version": model_version.public_id, "run": staffroom.run().public_id}


@pytest.fixture
def clerk(db) -> User:
    """Staff without any permission."""
    return User.objects.create_user("clerk", password=PASSWORD, is_staff=True)


@pytest.fixture
def clerk_client(clerk) -> Client:
    return in_the_name_of(clerk)


def in_the_name_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return browser


@pytest.fixture(autouse=True)
def _nobody_is_waited_for(monkeypatch):
    monkeypatch.setattr("classifier.http.health.PROBE_S", 0)
    monkeypatch.setattr("classifier.pages.pad.PREVIEW_WAIT_S", 0)


def send(person: Client, row: tuple[Any, ...], things: dict[str, Any], data: Any = None, **headers: Any) -> Any:
    address, method, *_ = row
    if data is None:
        data = {"POST": pad_form() if "drawings" in address else {"name": "x"}}.get(method, {})
    return getattr(person, method.lower())(address.format(**things), data, **headers)


def matches(status: int, location: str, expected: Any) -> bool:
    if isinstance(expected, str):
        return status == 302 and (location == HOME if expected == HOME else location.startswith(expected))
    return status in (expected if isinstance(expected, tuple) else (expected,))


def names(rows: list[tuple[Any, ...]]) -> list[str]:
    return [f"{row[1]} {row[0]}" for row in rows]


@pytest.mark.parametrize("rows", TOGETHER.values(), ids=TOGETHER)
def test_everybody_gets_what_the_table_says(
    rows, things, client, stranger_client, owner_client, staff_client, clerk_client
):
    for row in rows:
        nobody, stranger, owner, staff = row[2:6]
        clerk = (clerk_client, without_permission(row))
        # The owner comes last: who else could still delete it?
        people = [(client, nobody), (stranger_client, stranger), clerk, (staff_client, staff), (owner_client, owner)]
        for person, expected in people:
            response = send(person, row, things)
            location = response.headers.get("Location", "")
            assert matches(response.status_code, location, expected), (row, response.status_code, location, expected)


API = [row for row in TABLE if row[0].startswith("/api/v1/")]


@pytest.mark.parametrize("row", API, ids=names(API))
def test_a_token_opens_the_api_as_far_as_its_owner_may_go(row, things, client, stranger_token, owner_token):
    _, _, nobody, stranger, owner, *_ = row
    keys = [("nonsense", nobody), (stranger_token, stranger), (owner_token, owner)]
    for key, expected in keys:
        response = send(client, row, things, headers={"Authorization": f"Token {key}"})
        assert matches(response.status_code, response.headers.get("Location", ""), expected), key


def test_a_token_opens_no_page(things, client, owner_token):
    for row in TABLE:
        if not row[0].startswith("/api/"):
            response = send(client, row, things, headers={"Authorization": f"Token {owner_token}"})
            location = response.headers.get("Location", "")
            assert matches(response.status_code, location, row[2]), (row, response.status_code, location)


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def test_methods_that_the_table_does_not_name_are_refused(things, owner_client, staff_client):
    """Django's administration takes care of itself, and allauth's views treat PUT as POST."""
    table = {(row[0], row[1]) for row in TABLE if not row[0].startswith("/admin/")}
    for address in sorted({address for address, _ in table}):
        view = get_resolver().resolve(address.format(**things).partition("?")[0]).func
        library = getattr(view, "view_class", view).__module__.startswith("allauth.")
        person = staff_client if address.startswith("/staff/") else owner_client
        for method in METHODS[:2] if library else METHODS:
            if (address, method) not in table:
                answer = getattr(person, method.lower())(address.format(**things)).status_code
                assert answer == 405, f"{method} {address} is not in the table, and answers {answer}"


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path
        else:
            yield from addresses(pattern, path)


def test_every_address_is_in_the_table(things):
    """By resolving the table's addresses: each pattern must be reached by one of them."""
    named = {get_resolver().resolve(row[0].format(**things).partition("?")[0]).route for row in TABLE}
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
    own = "/", "/history/", f"/digits/{things['digit']}/", "/account/tokens/", "/export/"
    for address in (*own, "/model/", "/api/docs/"):
        text = owner_client.get(address).text
        assert 'style="' not in text
        assert " onclick" not in text
        for script in text.split("<script")[1:]:
            opening = script[: script.index(">")]
            assert "src=" in opening or "application/json" in opening


@pytest.mark.parametrize("path", ["/digits/1/", "/digits/x/", "/media/", "/.env", "/account/nothing/"])
def test_what_is_not_there_is_a_404(owner_client, path):
    assert owner_client.get(path).status_code == 404


@pytest.fixture
def belongings(things, owner) -> dict[str, list[str]]:
    """More of the owner's, by the names under which somebody might ask for it; none of it stands on a page of
    anybody else's."""
    digits = [things["digit"], *(digit.public_id for digit in many_digits(owner, 3))]
    correct(Digit.objects.get(public_id=things["digit"]), 3)
    EmailAddress.objects.create(user=owner, email="mine@owner.example", primary=True)
    browser = Client(headers={"User-Agent": "the-owners-browser"})
    browser.post(SIGN_IN, {"login": "owner", "password": PASSWORD})
    drawings = Drawing.objects.owned_by(owner).values_list("public_id", flat=True)
    return {
        "digits": [str(public_id) for public_id in digits],
        "drawings": [str(public_id) for public_id in drawings],
        "tokens": [str(things["token"]), "scanner of the owner's", "scanner of the owner&#x27;s"],
        "emails": ["mine@owner.example"],
        "sessions": [place.name for place in signed_in(owner)],
    }


def stored(person: Any) -> list[str]:
    """Every row of a person's, as text."""
    owned = [rows for rows in rows_of(person) if rows.model not in (UserSession, LogEntry)]
    below: list[Any] = [
        Digit._base_manager.filter(drawing__owner=person),
        Prediction._base_manager.filter(digit__drawing__owner=person),
        Correction._base_manager.filter(digit__drawing__owner=person),
        UserSession.objects.filter(user=person, user_agent="the-owners-browser"),
    ]
    return [f"{rows.model.__name__} {row}" for rows in [*owned, *below] for row in rows.order_by("pk").values_list()]


def greedy(belongings: dict[str, list[str]], things: dict[str, Any]) -> dict[str, Any]:
    """A request for all of the owner's things, by any name that a form or a program might give them."""
    public = [*belongings["digits"], *belongings["drawings"], str(things["token"])]
    public += [str(value) for value in things.values()]
    fields = ["ids", "id", "digit", "digits", "drawing", "drawings", "selected", "correction", "token", "tokens"]
    fields += ["batch", "batches", "public_id"]
    said = {"label": "5", "accept": "1", "delete": "1", "action": "delete", "action_remove": "1", "revision": 9}
    asked: dict[str, Any] = {field: public for field in fields}
    one = {"drawing": belongings["drawings"][0], "email": belongings["emails"][0], "session": belongings["sessions"][0]}
    return pad_form(**(asked | said | one), strokes="[]")


CHANGING = [row for row in TABLE if row[1] != "GET" and not row[0].startswith(("/admin/", "/staff/"))]


@pytest.mark.parametrize("who", ["nobody", "stranger", "clerk"])
def test_no_request_of_anybody_elses_changes_what_is_the_owners(who, things, belongings, owner, request):
    person = None if who == "nobody" else request.getfixturevalue(who)
    before = stored(owner)
    for row in CHANGING:
        is_json = row[0].startswith("/api/") and row[1] in ("PUT", "PATCH")
        kind = {"content_type": "application/json"} if is_json else {}
        send(in_the_name_of(person) if person else Client(), row, things, greedy(belongings, things), **kind)
        assert stored(owner) == before, row


def test_the_same_requests_of_the_owners_do_change_them(things, belongings, owner):
    """Otherwise the test above would prove nothing."""
    changed = set()
    for row in CHANGING:
        before = stored(owner)
        send(in_the_name_of(owner), row, things, greedy(belongings, things))
        if stored(owner) != before:
            changed.add(row[0])
    assert {"/digits/{digit}/correction/", "/digits/{digit}/delete/"} <= changed
    assert {"/drawings/", "/account/tokens/{token}/revoke/", "/account/sessions/end/"} <= changed


READING = [row for row in TABLE if row[1] == "GET" and not row[0].startswith("/admin/")]


def test_no_page_of_anybody_elses_names_what_is_the_owners(things, belongings, client, stranger, stranger_client):
    many_digits(stranger, 3)
    private = [word for words in belongings.values() for word in words]
    for person in (client, stranger_client):
        for row in READING:
            response = send(person, row, things)
            text = b"".join(response).decode("latin-1") if response.streaming else response.text
            asked = row[0].format(**things)  # what was asked for may stand in the address of a form or a link
            assert [word for word in private if word in text and word not in asked] == [], row


def test_owners_own_pages_do_name_them(things, belongings, owner_client):
    text = "".join(owner_client.get(path).text for path in ("/history/", "/account/tokens/", "/account/email/"))
    text += owner_client.get("/account/sessions/").text
    for words in (belongings["digits"][0], "scanner of the owner&#x27;s", "mine@owner.example"):
        assert words in text
    assert belongings["sessions"][0] in text


def test_no_page_asks_the_database_more_often_for_many_things_than_for_a_few(
    things, owner, owner_client, staff_client, model_version, monkeypatch
):
    """Each page is looked at with a few of everything, and again with many."""
    monkeypatch.setattr(summary, "KEPT_TIMES", 0)

    def furnish(count: int) -> None:
        for digit in many_digits(owner, count, model_version):
            correct(digit, 3)
        for number in range(count):
            create_token(owner, f"token {number}")
            EmailAddress.objects.create(user=owner, email=f"{count}.{number}@owner.example")
            staffroom.run(owner)
            key = f"{count}-{number}"
            UserSession.objects.create(user=owner, session_key=key, ip="::1", user_agent="Firefox/140.0")
            Session.objects.create(
                session_key=key, session_data=alike.session_data, expire_date=timezone.now() + timedelta(days=1)
            )

    def asked() -> dict[str, int]:
        found = {}
        for row in READING:
            person = staff_client if row[0].startswith("/staff/") else owner_client
            send(person, row, things)  # what is found out once is not counted
            cache.clear()  # what is kept for a while is asked of the database both times
            with CaptureQueriesContext(connection) as queries:
                response = send(person, row, things)
                _ = b"".join(response) if response.streaming else response.content
            found[row[0]] = len(queries)
        return found

    alike = Session.objects.get(session_key=owner_client.session.session_key)
    furnish(2)
    few = asked()
    furnish(20)
    assert {address: count for address, count in asked().items() if count > few[address]} == {}
