"""API tokens: shown once, kept as hashes, revoked by their owner alone."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from classifier.models import ApiToken
from classifier.tokens import create_token

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


def test_page_with_the_key_is_kept_by_no_cache(owner_client):
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
def test_name_that_is_none_makes_no_token(owner_client, name):
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


def test_everybody_lists_their_own(owner_client, stranger_client, owner, stranger):
    mine, theirs = create_token(owner, "mine")[0], create_token(stranger, "theirs")[0]
    assert set(owner_client.get(TOKENS).context["tokens"]) == {mine}
    assert set(stranger_client.get(TOKENS).context["tokens"]) == {theirs}


def test_command_prints_a_key_that_works(owner):
    printed = StringIO()
    call_command("create_token", "owner", stdout=printed)
    assert lets_in(printed.getvalue().split()[-1])


def test_command_says_when_there_is_no_such_person(db):
    with pytest.raises(CommandError, match="nobody"):
        call_command("create_token", "nobody")
