"""Every address answers every person as the table says, and the table is complete."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from classifier.accounts.tokens import create_token
from classifier.digits.corrections import correct
from classifier.models import ApiToken, Digit
from classifier.pages.history import summary
from tests import staff_site
from tests.classifier.http.addresses import ADMIN, HOME, PAGES_AND_API, TABLE, Outcome
from tests.classifier.http.conftest import send
from tests.factories import many_digits, pad_form

# The rows that one test requests in turn. Those of a table of the administration go together: they change nothing.
GROUPS = {str(row): [row] for row in PAGES_AND_API} | {f"/admin/{table}/": rows for table, rows in ADMIN.items()}
API = [row for row in TABLE if row.address.startswith("/api/v1/")]
READING = [row for row in PAGES_AND_API if row.method == "GET" and not row.address.startswith("/admin/")]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def is_expected(response: Any, expected: Outcome) -> bool:
    if isinstance(expected, str):
        location = response.headers.get("Location", "")
        return response.status_code == 302 and (location == HOME if expected == HOME else location.startswith(expected))
    return response.status_code in (expected if isinstance(expected, tuple) else (expected,))


def described(response: Any) -> str:
    return f"{response.status_code} {response.headers.get('Location', '')}"


@pytest.mark.parametrize("rows", GROUPS.values(), ids=GROUPS)
def test_everybody_gets_what_the_table_says(
    rows, things, client, stranger_client, owner_client, staff_client, clerk_client
):
    for row in rows:
        people = [
            (client, row.visitor),
            (stranger_client, row.stranger),
            (clerk_client, row.for_clerk),
            (staff_client, row.staff),
            (owner_client, row.owner),  # last, as the owner may delete it
        ]
        for person, expected in people:
            response = send(person, row, things)
            assert is_expected(response, expected), (row, described(response), expected)


@pytest.mark.parametrize("row", API, ids=map(str, API))
def test_token_opens_the_api_as_its_owners_session_does(row, things, client, stranger_token, owner_token):
    for key, expected in (("nonsense", row.visitor), (stranger_token, row.stranger), (owner_token, row.owner)):
        response = send(client, row, things, headers={"Authorization": f"Token {key}"})
        assert is_expected(response, expected), (key, described(response))


def test_token_opens_no_page(things, client, owner_token):
    for row in TABLE:
        if not row.address.startswith("/api/"):
            response = send(client, row, things, headers={"Authorization": f"Token {owner_token}"})
            assert is_expected(response, row.visitor), (row, described(response))


def test_methods_outside_the_table_are_not_allowed(things, owner_client, staff_client):
    """Leaves out Django's administration; of allauth's views, which treat PUT as POST, checks GET and POST only."""
    table = {(row.address, row.method) for row in TABLE if not row.address.startswith("/admin/")}
    for address in sorted({address for address, _ in table}):
        view = get_resolver().resolve(address.format(**things).partition("?")[0]).func
        is_allauths = getattr(view, "view_class", view).__module__.startswith("allauth.")
        person = staff_client if address.startswith("/staff/") else owner_client
        for method in METHODS[:2] if is_allauths else METHODS:
            if (address, method) not in table:
                status = getattr(person, method.lower())(address.format(**things)).status_code
                assert status == 405, f"{method} {address} is not in the table, and answers {status}"


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path
        else:
            yield from addresses(pattern, path)


def test_every_address_is_in_the_table(things):
    """Resolves the addresses of the table; together they must reach every URL pattern."""
    reached = {get_resolver().resolve(row.address.format(**things).partition("?")[0]).route for row in TABLE}
    assert {address.replace("^", "") for address in addresses(get_resolver())} - reached == set()


def test_pages_change_nothing_without_their_csrf_token(owner, things):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    for address in ("/drawings/", "/pictures/", "/samples/", f"/digits/{things['digit']}/delete/", "/account/tokens/"):
        assert browser.post(address, pad_form()).status_code == 403
    assert (Digit.objects.count(), ApiToken.objects.count()) == (1, 1)
    page = browser.get("/")
    token = str(page.context["csrf_token"])
    assert browser.post("/drawings/", pad_form(), headers={"X-CSRFToken": token}).status_code == 302


def test_every_page_has_the_security_headers(things, owner_client):
    own = "/", "/history/", f"/digits/{things['digit']}/", "/account/tokens/", "/export/"
    for address in (*own, "/model/", "/nothing"):
        headers = owner_client.get(address).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")


def test_pages_have_no_inline_script_or_style(things, owner_client):
    own = "/", "/history/", f"/digits/{things['digit']}/", "/account/tokens/", "/export/"
    for address in (*own, "/model/", "/api/docs/"):
        text = owner_client.get(address).text
        assert 'style="' not in text
        assert " onclick" not in text
        for script in text.split("<script")[1:]:
            opening = script[: script.index(">")]
            assert "src=" in opening or "application/json" in opening


@pytest.mark.parametrize("path", ["/digits/1/", "/digits/x/", "/media/", "/.env", "/account/nothing/"])
def test_unknown_address_is_a_404(owner_client, path):
    assert owner_client.get(path).status_code == 404


def test_no_page_sends_more_queries_for_many_objects_than_for_a_few(
    things, owner, owner_client, staff_client, model_version, monkeypatch
):
    """Counts the queries of each page with a few objects of each kind, and again with many."""
    monkeypatch.setattr(summary, "KEPT_TIMES", 0)

    def furnish(count: int) -> None:
        for digit in many_digits(owner, count, model_version):
            correct(digit, 3)
        for number in range(count):
            create_token(owner, f"token {number}")
            EmailAddress.objects.create(user=owner, email=f"{count}.{number}@owner.example")
            staff_site.run(owner)
            key = f"{count}-{number}"
            UserSession.objects.create(user=owner, session_key=key, ip="::1", user_agent="Firefox/140.0")
            Session.objects.create(
                session_key=key, session_data=session.session_data, expire_date=timezone.now() + timedelta(days=1)
            )

    def queries_by_address() -> dict[str, int]:
        counts = {}
        for row in READING:
            person = staff_client if row.address.startswith("/staff/") else owner_client
            send(person, row, things)  # fills the caches of the process, which are not counted
            cache.clear()  # so that cached figures are queried both times
            with CaptureQueriesContext(connection) as queries:
                response = send(person, row, things)
                _ = b"".join(response) if response.streaming else response.content
            counts[row.address] = len(queries)
        return counts

    session = Session.objects.get(session_key=owner_client.session.session_key)
    furnish(2)
    few = queries_by_address()
    furnish(20)
    assert {address: count for address, count in queries_by_address().items() if count > few[address]} == {}
