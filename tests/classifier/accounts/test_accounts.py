"""Signing up, signing in and out, and changing name, e-mail address and password."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.urls import get_resolver, reverse

from classifier.accounts import names
from classifier.digits.registry import activate
from classifier.models import Activation
from tests.classifier.http.test_addresses import addresses
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
def test_invalid_sign_up_is_refused_with_a_sentence(client, owner, changed):
    response = client.post(SIGN_UP, NEW | changed)
    assert (response.status_code, bool(response.context["form"].errors)) == (200, True)
    assert (User.objects.count(), signed_in(client)) == (1, False)


def test_forms_of_the_library_speak_like_the_rest_of_the_site(client, owner):
    assert "This name is taken. Choose another one." in client.post(SIGN_UP, NEW | {"username": "owner"}).text
    wrong = client.post(SIGN_IN, {"login": "owner", "password": "wrong"}).text
    assert "The username or the password is wrong." in wrong
    assert ">Remember me</label>" in wrong


def test_sign_up_grants_no_permissions(client, db):
    client.post(SIGN_UP, NEW | {"is_staff": "on", "is_superuser": "on"})
    assert not User.objects.get().is_staff


def test_nobody_signs_up_while_sign_up_is_closed(client, db, settings):
    settings.SIGNUP_OPEN = False
    assert "closed" in client.get(SIGN_UP).text.lower()
    client.post(SIGN_UP, NEW)
    assert User.objects.count() == 0


@pytest.mark.parametrize("is_open", [True, False])
def test_pages_offer_sign_up_only_while_it_is_open(client, owner_client, settings, is_open):
    settings.SIGNUP_OPEN = is_open
    for path in ("/", SIGN_IN, "/model/", "/nowhere/"):
        assert ("/account/signup/" in client.get(path).text) is is_open, path
    assert "/account/signup/" not in owner_client.get("/").text
    assert ("Ask the administrator of this site" in client.get(SIGN_IN).text) is not is_open


def test_accounts_work_while_sign_up_is_closed(client, owner, owner_token, settings):
    settings.SIGNUP_OPEN = False
    client.post(SIGN_IN, {"login": "owner", "password": PASSWORD})
    assert signed_in(client)
    key = {"Authorization": f"Token {owner_token}"}
    assert client.get("/api/v1/digits/", headers=key).status_code == 200


def test_api_has_no_sign_up(client, db):
    assert not [route for route in addresses(get_resolver()) if route.startswith("api/") and "sign" in route]


def test_sign_in_and_out(client, owner):
    response = client.post(f"{SIGN_IN}?next=/history/", {"login": "owner", "password": PASSWORD})
    assert (response.url, signed_in(client)) == ("/history/", True)
    assert client.get("/account/logout/").status_code == 200
    assert signed_in(client)  # the page asks; only the form signs out
    client.post("/account/logout/")
    assert not signed_in(client)
    assert client.get("/history/").status_code == 302


@pytest.mark.parametrize("login", [("owner", "wrong"), ("nobody", PASSWORD), ("", ""), ("owner", ""), ("a\0b", "x")])
def test_wrong_name_and_wrong_password_are_refused_alike(client, owner, login):
    response = client.post(SIGN_IN, dict(zip(("login", "password"), login, strict=True)))
    assert (response.status_code, signed_in(client)) == (200, False)


def test_redirect_to_another_site_is_not_followed(client, owner):
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(7)"):
        client.logout()
        response = client.post(f"{SIGN_IN}?next={elsewhere}", {"login": "owner", "password": PASSWORD})
        assert response.url == "/"


@pytest.mark.parametrize("path", [SIGN_IN, SIGN_UP])
def test_invalid_redirect_is_not_followed(client, owner, path):
    assert client.get(path, {"next": "http://["}).status_code == 200


def test_guessing_is_limited(client, owner):
    """After five wrong guesses even the right password is refused for some minutes."""
    answers = [client.post(SIGN_IN, {"login": "owner", "password": f"guess {n}"}).status_code for n in range(12)]
    client.post(SIGN_IN, {"login": "owner", "password": PASSWORD})
    assert not signed_in(client)
    assert set(answers) <= {200, 429}


def test_admin_has_no_sign_in_form_of_its_own(client, staff):
    """That form would not count wrong guesses."""
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


def test_reset_for_an_unknown_address_reveals_nothing(client, owner):
    response = client.post("/account/password/reset/", {"email": "nobody@example.org"})
    assert (response.status_code, response.url) == (302, reverse("account_reset_password_done"))


@pytest.mark.parametrize("key", ["1-nonsense", "zzzzzzzzzzzzzzzz-x", "0-0", "1-set-password"])
def test_invented_reset_key_opens_nothing(client, owner, key):
    response = client.get(f"/account/password/reset/key/{key}/", follow=True)
    assert response.status_code == 200
    assert 'name="password1"' not in response.text


@pytest.mark.parametrize(
    "path",
    [
        *("", "profile", "close", "sessions", "login", "signup", "logout", "email", "inactive"),
        *("password/change", "password/reset", "password/reset/done"),
    ],
)
def test_account_pages_use_the_sites_templates(client, owner_client, path):
    for person in (client, owner_client):
        response = person.get(f"/account/{path}/".replace("//", "/"), follow=True)
        assert response.status_code == 200
        assert "base.html" in {template.name for template in response.templates}


PROFILE, EMAIL, AGAIN = "/account/profile/", "/account/email/", "/account/reauthenticate/"


def test_account_page_links_to_all_account_pages(owner_client):
    text = owner_client.get("/account/").text
    for path in ("profile/", "email/", "password/change/", "sessions/", "tokens/", "close/"):
        assert f'href="/account/{path}"' in text
    assert 'href="/account/"' in owner_client.get("/history/").text


@pytest.mark.parametrize("name", ["newname", "OWNER", "owner", "o.w+n-e_r@x", "ünïcode"])
def test_name_is_changed(owner_client, owner, client, name):
    assert owner_client.post(PROFILE, {"username": name}).status_code == 302
    owner.refresh_from_db()
    assert owner.username == name
    assert name in owner_client.get("/").text
    client.post(SIGN_IN, {"login": name, "password": PASSWORD})
    assert signed_in(client)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\0b", "x" * 151, "stranger", "STRANGER", "<b>"])
def test_invalid_name_is_refused_with_a_sentence(owner_client, owner, stranger, name):
    response = owner_client.post(PROFILE, {"username": name})
    assert (response.status_code, bool(response.context["form"].errors)) == (200, True)
    assert ">owner</" in response.text  # the head does not show the refused name
    owner.refresh_from_db()
    assert owner.username == "owner"


def test_name_chosen_by_two_people_at_once_is_refused_to_one(owner_client, owner, stranger, monkeypatch):
    monkeypatch.setattr("classifier.pages.accounts.forms.NameForm.clean_username", lambda form: "stranger")
    response = owner_client.post(PROFILE, {"username": "stranger"})
    assert "This name is taken" in response.text


def test_new_name_is_also_stored_with_staff_acts(staff, model_version):
    activate(model_version, kind=Activation.Kind.ROLLBACK, by=staff)
    names.rename(staff, "head")
    assert Activation.objects.latest("pk").by_name == "head"


def confirm(client, response, password=PASSWORD):
    """Enters the password on the page that asks for it again."""
    assert response.url.startswith(AGAIN)
    return client.post(response.url, {"password": password})


def test_mail_address_is_changed_only_with_the_password(owner_client, owner):
    asked = owner_client.post(EMAIL, {"action_add": "1", "email": "new@example.org"})
    assert (EmailAddress.objects.count(), mail.outbox) == (0, [])
    assert confirm(owner_client, asked, "wrong").status_code == 200
    assert EmailAddress.objects.count() == 0
    confirm(owner_client, asked)
    assert EmailAddress.objects.get().email == "new@example.org"
    (letter,) = mail.outbox
    assert letter.to == ["new@example.org"]
    link = re.search(r"http://testserver(\S+)", letter.body).group(1)
    assert "Is this your address?" in owner_client.get(link).text
    owner_client.post(link)
    owner.refresh_from_db()
    assert (EmailAddress.objects.get().verified, owner.email) == (True, "new@example.org")
    # The password counts for a few minutes.
    owner_client.post(EMAIL, {"action_remove": "1", "email": "new@example.org"})
    owner.refresh_from_db()
    assert (EmailAddress.objects.count(), owner.email) == (0, "")


def test_guessing_when_asked_again_is_limited(owner_client, owner):
    answers = [owner_client.post(AGAIN, {"password": f"guess {n}"}).status_code for n in range(12)]
    assert answers[-1] == 429
    refused = owner_client.post(AGAIN, {"password": PASSWORD})
    assert (refused.status_code, 'name="password"' in refused.text) == (429, True)  # the form is still there


def test_guessing_the_old_password_is_limited(owner_client, owner):
    new = {"password1": "brand-new-9-words", "password2": "brand-new-9-words"}
    form = {"oldpassword": "guess"} | new
    refused = [owner_client.post("/account/password/change/", form) for _ in range(7)][-1]
    assert (refused.status_code, 'name="oldpassword"' in refused.text) == (429, True)


def test_mail_server_that_is_down_is_reported_and_breaks_nothing(owner_client, owner, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    asked = owner_client.post(EMAIL, {"action_add": "1", "email": "new@example.org"})
    confirm(owner_client, asked)
    text = owner_client.get(EMAIL).text
    assert "cannot send e-mail at the moment" in text
    assert "We have sent a link" not in text
    owner_client.logout()
    assert owner_client.post("/account/password/reset/", {"email": "new@example.org"}).status_code == 302


def test_mail_goes_to_the_console_by_default():
    defaults = Path(__file__).parents[3].joinpath("digitsite", "settings.py").read_text()
    assert '"EMAIL_URL", "console:"' in defaults
