"""People: sign up with a name and a password, sign in and out, change and reset the password."""

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse

from tests.conftest import PASSWORD

SIGN_UP, SIGN_IN = "/account/signup/", "/account/login/"
NEW = {"username": "newcomer", "password1": "brand-new-9-words", "password2": "brand-new-9-words"}


def signed_in(client):
    return client.get("/").wsgi_request.user.is_authenticated


def test_name_and_password_are_enough_to_sign_up(client, db):
    response = client.post(SIGN_UP, NEW)
    assert (response.status_code, response.url, signed_in(client)) == (302, "/", True)
    person = User.objects.get()
    assert (person.username, person.email, person.is_staff, person.is_superuser) == ("newcomer", "", False, False)
    assert mail.outbox == []


def test_e_mail_may_be_given(client, db):
    client.post(SIGN_UP, NEW | {"email": "new@example.org"})
    assert (User.objects.get().email, signed_in(client)) == ("new@example.org", True)


@pytest.mark.parametrize(
    "changed",
    [
        {"username": ""},
        {"username": "owner"},
        {"username": "OWNER"},
        {"username": "a b"},
        {"username": "a\0b"},
        {"username": "x" * 151},
        {"password2": "other-new-9-words"},
        {"password1": "short", "password2": "short"},
        {"password1": "12345678901", "password2": "12345678901"},
        {"password1": "password1", "password2": "password1"},
        {"password1": "newcomer1", "password2": "newcomer1"},
        {"email": "no address"},
    ],
)
def test_sign_up_that_will_not_do_is_refused_with_a_sentence(client, owner, changed):
    response = client.post(SIGN_UP, NEW | changed)
    assert (response.status_code, bool(response.context["form"].errors)) == (200, True)
    assert (User.objects.count(), signed_in(client)) == (1, False)


def test_rights_cannot_be_had_by_asking(client, db):
    client.post(SIGN_UP, NEW | {"is_staff": "on", "is_superuser": "on"})
    assert not User.objects.get().is_staff


def test_closed_door_lets_nobody_sign_up(client, db, settings):
    settings.SIGNUP_OPEN = False
    assert "closed" in client.get(SIGN_UP).text.lower()
    client.post(SIGN_UP, NEW)
    assert User.objects.count() == 0


def test_sign_in_and_out(client, owner):
    response = client.post(f"{SIGN_IN}?next=/history/", {"login": "owner", "password": PASSWORD})
    assert (response.url, signed_in(client)) == ("/history/", True)
    assert client.get("/account/logout/").status_code == 200
    assert signed_in(client)  # asking does not sign out, saying so does
    client.post("/account/logout/")
    assert not signed_in(client)
    assert client.get("/history/").status_code == 302


@pytest.mark.parametrize("login", [("owner", "wrong"), ("nobody", PASSWORD), ("", ""), ("owner", ""), ("a\0b", "x")])
def test_wrong_name_or_password_is_refused_alike(client, owner, login):
    response = client.post(SIGN_IN, dict(zip(("login", "password"), login, strict=True)))
    assert (response.status_code, signed_in(client)) == (200, False)


def test_next_address_elsewhere_is_not_followed(client, owner):
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(7)"):
        client.logout()
        response = client.post(f"{SIGN_IN}?next={elsewhere}", {"login": "owner", "password": PASSWORD})
        assert response.url == "/"


@pytest.mark.parametrize("path", [SIGN_IN, SIGN_UP])
def test_address_that_is_none_is_not_followed(client, owner, path):
    assert client.get(path, {"next": "http://["}).status_code == 200


def test_guessing_is_slowed_down(client, owner):
    """After five wrong guesses not even the right one is listened to for a while."""
    answers = [client.post(SIGN_IN, {"login": "owner", "password": f"guess {n}"}).status_code for n in range(12)]
    client.post(SIGN_IN, {"login": "owner", "password": PASSWORD})
    assert not signed_in(client)
    assert set(answers) <= {200, 429}


def test_administration_has_no_door_of_its_own(client, staff):
    """Its own form would not count wrong guesses."""
    response = client.post("/admin/login/?next=/admin/", {"username": "staff", "password": PASSWORD})
    assert response.url == "/account/login/?next=%2Fadmin%2F"
    assert not signed_in(client)
    assert client.post(response.url, {"login": "staff", "password": PASSWORD}).url == "/admin/"


def test_password_is_changed(owner_client, client):
    new = {"password1": "brand-new-9-words", "password2": "brand-new-9-words"}
    assert owner_client.post("/account/password/change/", {"oldpassword": "wrong"} | new).status_code == 200
    assert client.login(username="owner", password=PASSWORD)
    assert owner_client.post("/account/password/change/", {"oldpassword": PASSWORD} | new).status_code == 302
    client.logout()
    assert not client.login(username="owner", password=PASSWORD)
    assert client.login(username="owner", password="brand-new-9-words")


def test_password_is_reset_by_mail_once(client, owner):
    owner.email = "owner@example.org"
    owner.save()
    assert client.post("/account/password/reset/", {"email": "owner@example.org"}).status_code == 302
    (letter,) = mail.outbox
    assert letter.to == ["owner@example.org"]
    address = re.search(r"http://testserver(\S+)", letter.body).group(1)
    page = client.get(address, follow=True)
    form = page.redirect_chain[-1][0]
    new = {"password1": "brand-new-9-words", "password2": "brand-new-9-words"}
    assert client.post(form, new).status_code == 302
    client.logout()
    assert client.login(username="owner", password="brand-new-9-words")
    client.logout()
    assert "password1" not in client.get(address, follow=True).text


def test_reset_for_an_unknown_address_tells_nothing(client, owner):
    response = client.post("/account/password/reset/", {"email": "nobody@example.org"})
    assert (response.status_code, response.url) == (302, reverse("account_reset_password_done"))


@pytest.mark.parametrize("key", ["1-nonsense", "zzzzzzzzzzzzzzzz-x", "0-0", "1-set-password"])
def test_invented_reset_key_opens_nothing(client, owner, key):
    response = client.get(f"/account/password/reset/key/{key}/", follow=True)
    assert response.status_code == 200
    assert 'name="password1"' not in response.text


@pytest.mark.parametrize(
    "path",
    ["login", "signup", "logout", "email", "password/change", "password/reset", "password/reset/done", "inactive"],
)
def test_account_pages_wear_our_clothes(client, owner_client, path):
    for person in (client, owner_client):
        response = person.get(f"/account/{path}/", follow=True)
        assert response.status_code == 200
        assert "base.html" in {template.name for template in response.templates}
