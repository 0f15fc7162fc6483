"""What strangers learn and what browsers keep: originals, private pages, sign-up, tokens after a new password."""

import pytest
from django.contrib.auth import get_user_model

from classifier.accounts.tokens import create_token
from classifier.models import ApiToken
from tests.factories import drawn_digit

PASSWORD, NEW = "seven-of-nine-7", "eight-of-nine-8"


def test_original_is_shown_in_a_sandbox(owner, owner_client, owner_token):
    digit = drawn_digit(owner)
    for address in (f"/digits/{digit.public_id}/picture/", f"/api/v1/digits/{digit.public_id}/original/"):
        policy = owner_client.get(address).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert policy.endswith("sandbox")


@pytest.mark.parametrize("path", ["/", "/history/", "/account/"])
def test_private_page_is_not_kept_by_proxies_and_stays_for_the_back_button(owner_client, path):
    kept = owner_client.get(path).headers["Cache-Control"]
    assert {"private", "no-cache"} <= set(kept.split(", "))
    assert path != "/" or "no-store" not in kept


def test_sign_up_does_not_tell_whether_an_address_is_known(client, owner):
    owner.email = "owner@school.example"
    owner.save()
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)
    form = {"username": "fay", "email": owner.email, "password1": NEW, "password2": NEW}
    assert client.post("/account/signup/", form).status_code == 302
    fay = get_user_model().objects.get(username="fay")
    assert not fay.emailaddress_set.filter(verified=True).exists()


@pytest.mark.parametrize(("revoke", "left"), [({"revoke_tokens": "on"}, 0), ({}, 1)])
def test_new_password_offers_to_revoke_tokens(owner, owner_client, revoke, left):
    create_token(owner, "scanner")
    assert "Also revoke my 1 token" in owner_client.get("/account/password/change/").text
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert owner_client.post("/account/password/change/", form | revoke).status_code == 302
    assert ApiToken.objects.owned_by(owner).count() == left


def test_person_without_tokens_is_not_asked(owner_client):
    assert "revoke" not in owner_client.get("/account/password/change/").text
