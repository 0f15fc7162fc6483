"""Authenticator apps and recovery codes: from setting up to losing the phone; and what staff need."""

import base64
import hashlib
import hmac
import json
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from classifier.accounts import closing
from classifier.accounts.holdings import holdings, remove_switched_off
from classifier.accounts.tokens import create_token
from digitsite.backup.errors import BackupError
from digitsite.backup.restoring import check_switched_on
from tests.conftest import PASSWORD

SETTINGS = "/account/second-factor/"
PERIOD_S = 30  # that a code is valid
ENOUGH_S = 4  # to send it, even on a busy machine


def code_now(key, steps=0):
    """The code of an authenticator app, by RFC 6238: the present one, or the next if this one is about to expire."""
    left_s = PERIOD_S - time.time() % PERIOD_S
    if left_s < ENOUGH_S:
        time.sleep(left_s)
    counter = struct.pack(">Q", int(time.time()) // PERIOD_S + steps)
    digest = hmac.digest(base64.b32decode(key), counter, hashlib.sha1)
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def signed_in_with_password(name="owner"):
    """A browser after the first step, and the answer to it."""
    browser = Client()
    return browser, browser.post("/account/login/", {"login": name, "password": PASSWORD})


def confirmed(browser):
    """The browser after its person has entered the password again, which the settings of accounts ask for."""
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    return browser


def set_up_app(browser):
    """Sets up an authenticator app as a person does. Returns its key."""
    page = confirmed(browser).get(f"{SETTINGS}totp/activate/").text
    key = re.search(r'id="totp-key">([A-Z2-7]+)<', page)[1]
    assert 'src="data:image/svg+xml;base64,' in page
    answer = browser.post(f"{SETTINGS}totp/activate/", {"code": code_now(key)})
    assert answer.headers["Location"] == f"{SETTINGS}recovery-codes/"
    return key


def recovery_codes(browser):
    page = browser.get(f"{SETTINGS}recovery-codes/")
    assert "no-store" in page.headers["Cache-Control"]
    return re.search(r'<pre class="codes"[^>]*>(.*?)</pre>', page.text, re.DOTALL)[1].split()


@pytest.fixture
def next_code():
    """Gives the code of this moment, which works again: a test need not wait for the app to show the next one."""

    def code(key):
        cache.clear()
        return code_now(key)

    return code


def test_set_up_app_then_its_codes_and_no_password_alone_let_in(owner_client, next_code):
    key = set_up_app(owner_client)
    browser, answer = signed_in_with_password()
    assert answer.headers["Location"] == f"{SETTINGS}authenticate/"
    assert browser.get("/history/").status_code == 302  # not signed in yet
    refused = browser.post(f"{SETTINGS}authenticate/", {"code": "000000"})
    assert "This code is wrong or has been used" in refused.text
    answer = browser.post(f"{SETTINGS}authenticate/", {"code": next_code(key)})
    assert answer.headers["Location"] == "/"
    assert browser.get("/history/").status_code == 200


def test_code_of_the_app_works_once(owner_client):
    key = set_up_app(owner_client)
    code = code_now(key)
    for expected in (302, 200):
        browser, _ = signed_in_with_password()
        answer = browser.post(f"{SETTINGS}authenticate/", {"code": code})
        assert answer.status_code == expected


def test_each_recovery_code_works_once(owner_client):
    set_up_app(owner_client)
    codes = recovery_codes(owner_client)
    assert len(codes) == 10
    for expected in (302, 200):
        browser, _ = signed_in_with_password()
        assert browser.post(f"{SETTINGS}authenticate/", {"code": codes[0]}).status_code == expected
    assert recovery_codes(owner_client) == codes[1:]
    assert owner_client.get(f"{SETTINGS}recovery-codes/download/").text.split() == codes[1:]
    owner_client.post(f"{SETTINGS}recovery-codes/generate/")
    assert not set(codes) & set(recovery_codes(owner_client))


def test_sixth_wrong_code_is_refused_for_minutes(owner_client, next_code):
    key = set_up_app(owner_client)
    browser, _ = signed_in_with_password()
    for _ in range(5):
        assert "This code is wrong" in browser.post(f"{SETTINGS}authenticate/", {"code": "000000"}).text
    refused = browser.post(f"{SETTINGS}authenticate/", {"code": code_now(key, 1)})
    assert "Too many wrong codes. Try again in five minutes." in refused.text
    assert browser.get("/history/").status_code == 302


def test_removing_the_app_removes_the_codes_and_the_step(owner, owner_client):
    set_up_app(owner_client)
    assert "Remove the app" in owner_client.get(SETTINGS).text
    owner_client.post(f"{SETTINGS}totp/deactivate/")
    assert not Authenticator.objects.filter(user=owner).exists()
    assert signed_in_with_password()[1].headers["Location"] == "/"


def test_secrets_are_encrypted_and_a_changed_key_lets_nobody_in(owner, owner_client, next_code, settings, caplog):
    key = set_up_app(owner_client)
    codes = recovery_codes(owner_client)
    stored = json.dumps(list(Authenticator.objects.filter(user=owner).values_list("data", flat=True)))
    assert key not in stored
    assert "gAAAA" in stored  # a token of Fernet
    settings.SECRET_KEY = "another key of this site"
    browser, _ = signed_in_with_password()
    for code in (next_code(key), codes[0]):
        assert "This code is wrong" in browser.post(f"{SETTINGS}authenticate/", {"code": code}).text
    assert "remove_second_factor" in caplog.text
    call_command("remove_second_factor", "owner")
    assert signed_in_with_password()[1].headers["Location"] == "/"


def test_command_names_a_person_it_does_not_find(db):
    with pytest.raises(CommandError, match="no user named nobody"):
        call_command("remove_second_factor", "nobody")


def test_staff_set_up_a_second_factor_before_staff_pages_open(staff, staff_client, owner_client, settings, next_code):
    settings.STAFF_SECOND_FACTOR = True
    for path in ("/staff/", "/staff/runs/", "/again/", "/admin/", "/admin/auth/user/"):
        answer = staff_client.get(path, follow=True)
        assert answer.redirect_chain[-1][0] == SETTINGS, path
        assert "Staff of this site need a second factor" in answer.text
    assert staff_client.get("/staff/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == SETTINGS
    for path in ("/", "/history/", "/account/", "/api/v1/digits/"):
        assert staff_client.get(path).status_code == 200, path
    assert staff_client.post("/admin/logout/").status_code == 200
    browser, _ = signed_in_with_password("staff")
    set_up_app(browser)
    for path in ("/staff/", "/again/", "/admin/", "/admin/auth/user/"):
        assert browser.get(path).status_code == 200, path
    assert owner_client.get("/staff/").status_code == 404  # others learn nothing


def test_recovery_codes_alone_are_no_second_factor(staff, staff_client, settings):
    settings.STAFF_SECOND_FACTOR = True
    Authenticator.objects.create(user=staff, type="recovery_codes", data={"seed": "", "used_mask": 0})
    assert staff_client.get("/staff/").headers["Location"] == SETTINGS


def test_staffs_tokens_go_on_working(staff, client, settings):
    settings.STAFF_SECOND_FACTOR = True
    key = create_token(staff, "scanner")[1]
    assert client.get("/api/v1/digits/", headers={"Authorization": f"Token {key}"}).status_code == 200


def test_export_names_factors_without_their_secrets(owner, owner_client):
    key = set_up_app(owner_client)
    codes = recovery_codes(owner_client)
    text = b"".join(owner_client.get("/export/digits.json")).decode()
    assert [each["type"] for each in json.loads(text)["ways_in"]["second_factors"]] == ["totp", "recovery_codes"]
    secrets = [data.get("secret") or data["seed"] for data in Authenticator.objects.values_list("data", flat=True)]
    assert not [secret for secret in (key, *codes, *secrets) if secret in text]
    assert "ways_in" not in json.loads(b"".join(owner_client.get("/export/digits.json?digit=3")))


def test_closing_an_account_removes_its_factors(owner, owner_client):
    set_up_app(owner_client)
    assert holdings(owner).ways_in == 2
    assert "authenticator app" in owner_client.get("/account/close/").text
    assert closing.close(owner)
    assert not Authenticator.objects.exists()


def test_closing_removes_rows_of_what_has_been_switched_off(owner, stranger, settings):
    for person in (owner, stranger):
        Authenticator.objects.create(user=person, type="totp", data={"secret": ""})
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "allauth.mfa"]
    remove_switched_off(owner)
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_id FROM mfa_authenticator")
        assert cursor.fetchall() == [(stranger.pk,)]


def test_backup_with_factors_names_the_setting_that_it_needs(settings):
    check_switched_on(["auth.user", "mfa.authenticator"])
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "allauth.mfa"]
    check_switched_on(["auth.user"])
    with pytest.raises(BackupError, match="a site with SECOND_FACTORS"):
        check_switched_on(["auth.user", "mfa.authenticator"])


def test_staff_remove_a_lost_factor_within_their_rights_and_never_see_its_secret(owner, staff, staff_client, settings):
    rows = [
        Authenticator.objects.create(user=owner, type=each, data={"secret": "xyzzy", "name": "key"})
        for each in ("totp", "webauthn")
    ]
    for row in rows:
        assert "xyzzy" not in staff_client.get(f"/admin/mfa/authenticator/{row.pk}/change/").text
    Authenticator.objects.create(user=owner, type="recovery_codes", data={"seed": "", "used_mask": 0})
    for row in rows:
        assert Authenticator.objects.filter(type="recovery_codes").exists()
        staff_client.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"})
    assert not Authenticator.objects.exists()
    of_administrator = Authenticator.objects.create(user=staff, type="totp", data={"secret": ""})
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__endswith="_authenticator"))
    browser = Client()
    browser.force_login(clerk, backend=settings.AUTHENTICATION_BACKENDS[0])
    address = f"/admin/mfa/authenticator/{of_administrator.pk}/delete/"
    assert browser.post(address, {"post": "yes"}).status_code == 403
    assert Authenticator.objects.exists()


def test_passkey_of_another_person_is_a_404(owner, stranger, stranger_client):
    row = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "key", "credential": {}})
    for does in ("edit", "remove"):
        address = f"{SETTINGS}webauthn/keys/{row.pk}/{does}/"
        assert confirmed(stranger_client).get(address).status_code == 404
        assert stranger_client.post(address, {"name": "mine"}).status_code == 404
    row.refresh_from_db()
    assert row.data["name"] == "key"


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "7", '"x"', '{"id": 7, "rawId": "%%", "type": "public-key", "response": {}}', "\x00"]
)
def test_malformed_passkey_is_refused_with_a_sentence(owner_client, owner, credential):
    set_up_app(owner_client)
    browser, _ = signed_in_with_password()
    browser.get("/account/second-factor/webauthn/login/", headers={"Accept": "application/json"})
    sent = {"credential": credential}
    for path, person in (("authenticate/", browser), ("webauthn/login/", Client()), ("webauthn/add/", owner_client)):
        answer = person.post(SETTINGS + path, sent, follow=True)
        assert answer.status_code == 200, path
        assert not answer.redirect_chain or answer.redirect_chain[-1][0] == "/account/login/"
