"""Limits of signing up and in: a school behind one address gets in, a guesser does not, and nobody loses a form."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from classifier.accounts import attempts
from tests.browser import Browser
from tests.conftest import PASSWORD

SIGN_UP, SIGN_IN, RESET = "/account/signup/", "/account/login/", "/account/password/reset/"
RIGHT = {"login": "owner", "password": PASSWORD}
WRONG = {"login": "owner", "password": "a-wrong-one-7"}


@pytest.fixture
def later(monkeypatch):
    """later(seconds): moves the clock of the limits."""
    clock = attempts.time.time
    moved = [0.0]
    monkeypatch.setattr("time.time", lambda: clock() + moved[0])
    return lambda seconds: moved.__setitem__(0, moved[0] + seconds)


@pytest.fixture
def behind_proxy(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1


def at(address):
    return Client(headers={"X-Forwarded-For": address})


def is_signed_in(browser):
    return "_auth_user_id" in browser.session


def person(name):
    return {"username": name, "password1": f"{name}-writes-7-digits", "password2": f"{name}-writes-7-digits"}


def joins_and_comes_back(url, name):
    """Signs up and signs in from a new browser with some typing errors. Returns where that led."""
    new, fields = Browser(url), person(name)
    slip = new.post(SIGN_UP, fields | {"password2": "mistyped-7-digits"})
    joined = new.post(SIGN_UP, fields)
    back = Browser(url)
    wrong = [back.post(SIGN_IN, {"login": name, "password": "mistyped-7"}) for _ in range(2)]
    right = back.post(SIGN_IN, {"login": name, "password": fields["password1"]})
    return [page.url.removeprefix(url) for page in (slip, joined, *wrong, right)]


@pytest.mark.parametrize("people", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_a_school_behind_one_address_signs_up_and_in(live_server, people):
    names = [f"pupil{n}" for n in range(people)]
    with ThreadPoolExecutor(8) as together:
        led = list(together.map(lambda name: joins_and_comes_back(live_server.url, name), names))
    assert [steps for steps in led if steps != [SIGN_UP, "/", SIGN_IN, SIGN_IN, "/"]] == []
    assert User.objects.filter(username__in=names).count() == people


def test_thirty_sign_ups_and_many_typing_errors_in_a_minute_lock_nobody_out(db, owner):
    answers = [Client().post(SIGN_UP, person(f"pupil{n}")).status_code for n in range(30)]
    assert set(answers) == {302}
    errors = [
        Client().post(SIGN_IN, {"login": f"pupil{n % 20}", "password": "mistyped"}).status_code for n in range(24)
    ]
    assert set(errors) == {200}
    assert Client().post(SIGN_IN, RIGHT).status_code == 302


def test_request_that_waits_for_others_of_its_address_is_not_refused(client, db, monkeypatch):
    """While a request counts, the count is locked: on a busy machine for seconds, after a killed process for ten."""
    add, locked, waited = cache.add, [], []

    def sleep(seconds):
        waited.append(seconds)
        if sum(waited) > 10:
            cache.delete_many(locked)

    def add_to_locked(key, *args, **more):
        if key.endswith(":lock") and not locked:
            locked.append(key)
            add(key, *args, **more)  # another request has it
        return add(key, *args, **more)

    monkeypatch.setattr(cache, "add", add_to_locked)
    clock = SimpleNamespace(time=time.time, monotonic=lambda: sum(waited), sleep=sleep)
    monkeypatch.setattr(attempts.counts, "time", clock)
    assert client.post(SIGN_UP, person("newcomer")).status_code == 302
    assert sum(waited) > 10


def test_guessing_from_one_address_is_limited_and_the_limit_ends(client, owner, later):
    answers = [client.post(SIGN_IN, WRONG).status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    refused = client.post(SIGN_IN, RIGHT)
    assert (refused.status_code, is_signed_in(client)) == (429, False)
    later(int(refused.headers["Retry-After"]))
    client.post(SIGN_IN, RIGHT)
    assert is_signed_in(client)


def test_guessing_from_many_addresses_is_limited_for_each_account(owner, stranger, behind_proxy):
    answers = [at(f"192.0.2.{n}").post(SIGN_IN, WRONG).status_code for n in range(40)]
    assert (answers.count(200), answers[-1]) == (30, 429)
    assert at("192.0.2.200").post(SIGN_IN, RIGHT).status_code == 429
    assert at("192.0.2.1").post(SIGN_IN, {"login": "stranger", "password": PASSWORD}).status_code == 302


def test_another_port_in_the_host_name_is_no_new_count(owner, settings):
    settings.ALLOWED_HOSTS = ["*"]
    answers = [Client(headers={"Host": f"site{n}:{n + 1}"}).post(SIGN_IN, WRONG).status_code for n in range(7)]
    assert answers[-1] == 429


def test_guesser_locks_out_neither_other_addresses_nor_known_browsers(owner, behind_proxy):
    known = at("192.0.2.1")
    known.post(SIGN_IN, RIGHT)
    known.post("/account/logout/")
    for _ in range(8):
        at("192.0.2.1").post(SIGN_IN, WRONG)
    assert at("192.0.2.2").post(SIGN_IN, RIGHT).status_code == 302
    for n in range(40):
        at(f"192.0.2.{n}").post(SIGN_IN, WRONG)
    assert at("192.0.2.99").post(SIGN_IN, RIGHT).status_code == 429
    assert known.post(SIGN_IN, RIGHT).status_code == 302


def test_guessing_in_a_known_browser_is_limited_too(client, owner):
    client.post(SIGN_IN, RIGHT)
    client.post("/account/logout/")
    assert [client.post(SIGN_IN, WRONG).status_code for _ in range(7)][-2:] == [429, 429]


def test_an_invented_cookie_makes_no_browser_known(client, owner):
    client.post(SIGN_IN, RIGHT)
    client.post("/account/logout/")
    cookie = client.cookies[attempts.KNOWN_COOKIE].value
    assert "owner" not in cookie
    client.cookies[attempts.KNOWN_COOKIE] = f"x{cookie}"
    for _ in range(5):
        client.post(SIGN_IN, WRONG)
    assert Client().post(SIGN_IN, RIGHT).status_code == 429  # counted for the address, as of any other browser


def test_right_password_forgets_the_errors(client, owner):
    for _ in range(3):
        for _ in range(4):
            assert client.post(SIGN_IN, WRONG).status_code == 200
        assert client.post(SIGN_IN, RIGHT).status_code == 302
        client.post("/account/logout/")


def only_one(settings, action):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {action: "1/5m/ip"}


TYPED = [
    (SIGN_IN, "login", {"login": "owner <7>", "password": "secret-7-words", "remember": "on", "next": "/history/"}),
    (SIGN_UP, "signup", person("newcomer") | {"email": "new@example.org"}),
    (RESET, "reset_password", {"email": "new@example.org"}),
]


@pytest.mark.parametrize(("path", "action", "fields"), TYPED)
def test_refused_form_keeps_what_was_typed_and_says_when(client, db, settings, path, action, fields):
    only_one(settings, action)
    client.post(path, fields | {"password2": "mistyped"})
    response = client.post(path, fields)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "300")
    assert "Try again in 5 minutes." in response.text
    for name, value in fields.items():
        if "password" in name:
            assert value not in response.text
        elif name == "remember":
            assert 'name="remember"' in response.text and " checked" in response.text
        else:
            assert f'value="{value.replace("<", "&lt;").replace(">", "&gt;")}"' in response.text
    assert User.objects.count() == 0


def test_refused_password_keeps_the_name(client, owner):
    for _ in range(6):
        response = client.post(SIGN_IN, WRONG)
    assert response.status_code == 429
    assert 240 < int(response.headers["Retry-After"]) <= 300
    assert "Too many wrong passwords for this account. Try again in 5 minutes." in response.text
    assert 'value="owner"' in response.text
    assert WRONG["password"] not in response.text


def test_refused_mail_for_a_password_is_limited_by_its_address(client, owner):
    answers = [client.post(RESET, {"email": "owner@example.org"}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert client.post(RESET, {"email": "stranger@example.org"}).status_code == 302


def test_refused_forms_of_an_account_are_kept_too(owner_client, owner, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {
        "change_name": "1/m/user",
        "manage_email": "1/m/user",
    }
    owner_client.post("/account/profile/", {"username": "a b"})
    name = owner_client.post("/account/profile/", {"username": "newname"})
    owner_client.post("/account/email/", {"email": "x"})
    mail = owner_client.post("/account/email/", {"email": "new@example.org", "action_add": ""})
    for response, value in ((name, "newname"), (mail, "new@example.org")):
        assert (response.status_code, f'value="{value}"' in response.text) == (429, True)
        assert re.search(r"Try again in (60|59|1) (seconds|minute)", response.text)


def test_page_of_a_form_that_cannot_be_shown_again_says_when(owner_client, owner, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"end_session": "1/m/user"}
    answers = [owner_client.post("/account/sessions/end/", {"session": "others"}) for _ in range(2)]
    assert (answers[1].status_code, "Try again in" in answers[1].text) == (429, True)
    assert int(answers[1].headers["Retry-After"]) <= 60


def test_fewer_proxies_than_trusted_are_no_server_error(owner, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert at("192.0.2.1").post(SIGN_IN, RIGHT).status_code == 302
