"""Nobody but the owner reads or changes what belongs to the owner, by any address and under any name."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.test import Client

from classifier.accounts.holdings import owned
from classifier.models import ApiToken, Correction, Digit, Drawing, Import, NumberCorrection, Prediction
from tests.classifier.http.addresses import TABLE
from tests.classifier.http.conftest import client_of, send
from tests.factories import many_digits, pad_form

CHANGING = [row for row in TABLE if row.method != "GET" and not row.address.startswith(("/admin/", "/staff/"))]
READING = [row for row in TABLE if row.method == "GET" and not row.address.startswith("/admin/")]


def stored(person: Any) -> list[str]:
    """Every row that belongs to a person, as text."""
    rows_of_person = [rows for rows in owned(person) if rows.model not in (UserSession, LogEntry)]
    below: list[Any] = [
        Digit._base_manager.filter(drawing__owner=person),
        Prediction._base_manager.filter(digit__drawing__owner=person),
        Correction._base_manager.filter(digit__drawing__owner=person),
        NumberCorrection._base_manager.filter(drawing__owner=person),
        UserSession.objects.filter(user=person, user_agent="the-owners-browser"),
    ]
    return [
        f"{rows.model.__name__} {row}"
        for rows in [*rows_of_person, *below]
        for row in rows.order_by("pk").values_list()
    ]


def form_for_everything(belongings: dict[str, list[str]], things: dict[str, Any]) -> dict[str, Any]:
    """A form that names all of the owner's objects in every field that a form or a program might use."""
    ids = [*belongings["digits"], *belongings["drawings"], str(things["token"])]
    ids += [str(value) for value in things.values()]
    fields = ["ids", "id", "digit", "digits", "drawing", "drawings", "selected", "correction", "token", "tokens"]
    fields += ["batch", "batches", "public_id"]
    actions = {
        "label": "5",
        "text": "5.5",
        "accept": "1",
        "delete": "1",
        "action": "delete",
        "action_remove": "1",
        "revision": 9,
    }
    one = {"drawing": belongings["drawings"][0], "email": belongings["emails"][0], "session": belongings["sessions"][0]}
    return pad_form(**(dict.fromkeys(fields, ids) | actions | one), strokes="[]")


@pytest.mark.parametrize("who", ["nobody", "stranger", "clerk"])
def test_requests_of_others_change_nothing(who, things, belongings, owner, request):
    person = None if who == "nobody" else request.getfixturevalue(who)
    before = stored(owner)
    for row in CHANGING:
        is_json = row.address.startswith("/api/") and row.method in ("PUT", "PATCH")
        kind = {"content_type": "application/json"} if is_json else {}
        form = form_for_everything(belongings, things)
        send(client_of(person) if person else Client(), row, things, form, **kind)
        assert stored(owner) == before, row


def test_the_same_requests_of_the_owner_change_them(things, belongings, owner):
    """Otherwise the test above would prove nothing."""
    changed = set()
    for row in CHANGING:
        before = stored(owner)
        send(client_of(owner), row, things, form_for_everything(belongings, things))
        if stored(owner) != before:
            changed.add(row.address)
    assert {"/digits/{digit}/correction/", "/digits/{digit}/number/", "/digits/{digit}/delete/"} <= changed
    assert {"/drawings/", "/account/tokens/{token}/revoke/", "/account/sessions/end/"} <= changed


def test_others_and_staff_leave_digits_tokens_and_imports_alone(things, client, stranger_client, staff_client):
    digit, token = things["digit"], things["token"]
    drawing = str(Drawing.objects.get().public_id)
    for person in (client, stranger_client, staff_client):
        person.post(f"/digits/{digit}/delete/")
        person.post(f"/account/tokens/{token}/revoke/")
        person.delete(f"/api/v1/digits/{digit}/")
        person.post("/drawings/", pad_form(drawing=drawing, strokes="[]", revision=9))
        for action in ("cancel", "remove"):
            person.post(f"/import/{things['import']}/{action}/")
            person.post(f"/api/v1/imports/{things['import']}/{action}/")
    assert (Digit.objects.count(), Drawing.objects.get().revision, ApiToken.objects.count()) == (1, 1, 1)
    assert Import.objects.get().status == "queued"


def test_pages_of_others_name_nothing_of_the_owner(things, belongings, client, stranger, stranger_client):
    many_digits(stranger, 3)
    private = [name for names in belongings.values() for name in names]
    for person in (client, stranger_client):
        for row in READING:
            response = send(person, row, things)
            text = b"".join(response).decode("latin-1") if response.streaming else response.text
            address = row.address.format(**things)  # may be repeated in the page as the target of a form or a link
            assert [name for name in private if name in text and name not in address] == [], row


def test_pages_of_the_owner_name_them(things, belongings, owner_client):
    """Otherwise the test above would prove nothing."""
    text = "".join(owner_client.get(path).text for path in ("/history/", "/account/tokens/", "/account/email/"))
    text += owner_client.get("/account/sessions/").text
    for name in (belongings["digits"][0], "scanner of the owner&#x27;s", "mine@owner.example"):
        assert name in text
    assert belongings["sessions"][0] in text
