"""API tokens: shown once, stored as hashes, revoked by their owner alone."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.accounts.tokens import create_token
from classifier.models import ApiToken, Correction, Digit
from tests.factories import drawn_digit

TOKENS = "/account/tokens/"
DIGITS = "/api/v1/digits/"


def lets_in(key):
    return Client().get(DIGITS, headers={"Authorization": f"Token {key}"}).status_code == 200


def test_key_is_shown_once_and_works(owner_client):
    made = owner_client.post(TOKENS, {"name": "scanner in room 4"})
    key = made.context["new_key"]
    assert (len(key) >= 40, key in made.text, lets_in(key)) == (True, True, True)
    again = owner_client.get(TOKENS)
    assert (again.context["new_key"], key in again.text, "scanner in room 4" in again.text) == (None, False, True)


def test_page_with_the_key_is_not_cached(owner_client):
    assert "no-store" in owner_client.post(TOKENS, {"name": "x"}).headers["Cache-Control"]


def test_only_a_hash_is_stored(owner):
    token, key = create_token(owner, "scanner")
    stored = [str(value) for value in ApiToken.objects.values_list().get()]
    assert not any(key in value for value in stored)
    assert key.startswith(token.hint)
    assert len(token.hint) <= 8


def test_keys_differ(owner):
    assert len({create_token(owner, "x")[1] for _ in range(5)}) == 5


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\0b"])
def test_invalid_name_creates_no_token(owner_client, name):
    response = owner_client.post(TOKENS, {"name": name})
    assert (response.status_code, response.context["new_key"], ApiToken.objects.count()) == (200, None, 0)
    assert response.context["form"].errors


def test_name_is_shown_as_text(owner_client):
    owner_client.post(TOKENS, {"name": "<script>alert(7)</script>"})
    assert "<script>alert" not in owner_client.get(TOKENS).text


def test_owner_revokes_and_the_key_stops(owner_client, owner):
    token, key = create_token(owner, "scanner")
    response = owner_client.post(f"{TOKENS}{token.public_id}/revoke/", follow=True)
    assert (lets_in(key), ApiToken.objects.count()) == (False, 0)
    assert "scanner" in response.text


def test_stranger_neither_sees_nor_revokes(stranger_client, owner):
    token, key = create_token(owner, "scanner")
    assert stranger_client.post(f"{TOKENS}{token.public_id}/revoke/").status_code == 404
    assert "scanner" not in stranger_client.get(TOKENS).text
    assert lets_in(key)


def test_everybody_lists_only_their_own_tokens(owner_client, stranger_client, owner, stranger):
    mine, theirs = create_token(owner, "mine")[0], create_token(stranger, "theirs")[0]
    assert set(owner_client.get(TOKENS).context["tokens"]) == {mine}
    assert set(stranger_client.get(TOKENS).context["tokens"]) == {theirs}


def test_command_prints_a_key_that_works(owner):
    printed = StringIO()
    call_command("create_token", "owner", stdout=printed)
    assert lets_in(printed.getvalue().split()[-1])


def test_command_refuses_an_unknown_person(db):
    with pytest.raises(CommandError, match="nobody"):
        call_command("create_token", "nobody")


def asked(key, method="get", path=DIGITS):
    return getattr(Client(), method)(path, headers={"Authorization": f"Token {key}"})


def assert_problem(response, status, code, words):
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert (response.json()["status"], response.json()["code"]) == (status, code)
    assert words in response.json()["detail"]


def test_read_only_token_changes_nothing(owner):
    digit = drawn_digit(owner)
    _, key = create_token(owner, "display", scope="read")
    mine = f"{DIGITS}{digit.public_id}/"
    assert [asked(key, path=path).status_code for path in (DIGITS, mine, f"{mine}original/")] == [200, 200, 200]
    refused = [asked(key, "post"), asked(key, "delete", mine)]
    refused += [asked(key, method, f"{mine}correction/") for method in ("put", "delete")]
    for response in refused:
        assert_problem(response, 403, "read_only_token", "may only read")
    assert (Digit.objects.count(), Correction.objects.count()) == (1, 0)


def test_expired_token_is_refused_with_its_day(owner):
    token, key = create_token(owner, "scanner", expires_days=7)
    assert lets_in(key)
    ApiToken.objects.update(expires=datetime(2026, 3, 4, 12, tzinfo=UTC))
    response = asked(key)
    assert_problem(response, 401, "token_expired", "expired on 4 March 2026")
    assert response.headers["WWW-Authenticate"] == "Token"
    assert ApiToken.objects.get() == token


@pytest.mark.parametrize(
    ("form", "scope", "days"),
    [
        ({}, "write", None),
        ({"scope": "read"}, "read", None),
        ({"scope": "write", "expires_days": "30"}, "write", 30),
        ({"scope": "read", "expires_days": "365"}, "read", 365),
    ],
)
def test_scope_and_expiry_are_chosen_on_the_page(owner_client, form, scope, days):
    made = owner_client.post(TOKENS, {"name": "x"} | form)
    token = ApiToken.objects.get()
    left = token.expires and round((token.expires - timezone.now()) / timedelta(days=1))
    assert (bool(made.context["new_key"]), token.scope, left) == (True, scope, days)


@pytest.mark.parametrize("form", [{"scope": "admin"}, {"expires_days": "3"}, {"expires_days": "-1"}])
def test_invalid_scope_or_expiry_creates_no_token(owner_client, form):
    response = owner_client.post(TOKENS, {"name": "x"} | form)
    assert (response.status_code, response.context["new_key"], ApiToken.objects.count()) == (200, None, 0)


def test_page_shows_the_scope_and_expiry_of_each_token(owner_client, owner):
    create_token(owner, "unlimited")
    create_token(owner, "reader", scope="read", expires_days=7)
    old, key = create_token(owner, "old")
    lets_in(key)
    ApiToken.objects.filter(pk=old.pk).update(expires=timezone.now())
    text = " ".join(owner_client.get(TOKENS).text.split())
    assert "Access: read and write. Does not expire." in text
    assert "Access: read only. Expires on" in text
    assert "It <strong>expired</strong> on" in text
    assert "last used" in text


def test_page_takes_the_same_statements_for_any_number_of_tokens(owner_client, owner, django_assert_num_queries):
    create_token(owner, "one")
    with CaptureQueriesContext(connection) as few:
        owner_client.get(TOKENS)
    for _ in range(20):
        create_token(owner, "another", expires_days=7)
    with django_assert_num_queries(len(few)):
        owner_client.get(TOKENS)


def test_command_creates_tokens_that_only_read_or_expire(owner):
    call_command("create_token", "owner", "--scope", "read", "--expires-days", "3", "--name", "wall", stdout=StringIO())
    token = ApiToken.objects.get()
    assert (token.name, token.scope, (token.expires - timezone.now()).days) == ("wall", "read", 2)


@pytest.mark.parametrize(
    "options", [["--scope", "all"], ["--expires-days", "0"], ["--expires-days", "x"], ["--expires-days", "9" * 9]]
)
def test_command_refuses_invalid_options(owner, options):
    with pytest.raises(CommandError):
        call_command("create_token", "owner", *options)
    assert ApiToken.objects.count() == 0
