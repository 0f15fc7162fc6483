"""What the site says when it does not fit the proxy in front of it, or a browser that hides where forms come from."""

import logging
import re

import pytest
from django.core.checks import run_checks
from django.test import Client

from classifier.http import forgery, proxies
from tests.factories import pad_form

FORWARDED = {"X-Forwarded-For": "192.0.2.7"}
SIGN_IN = "/account/login/"


def warned(client):
    return client.get("/readyz").json()["warnings"]


@pytest.fixture(autouse=True)
def _no_probe(monkeypatch):
    monkeypatch.setattr("classifier.http.health.PROBE_S", 0)


def test_untrusted_proxy_is_reported_to_operators(staff_client, client, db, caplog):
    assert warned(client) == []
    with caplog.at_level(logging.WARNING, "classifier.http.proxies"):
        for _ in range(3):
            client.get("/", headers=FORWARDED)
    assert [record.message for record in caplog.records if record.name == proxies.__name__] == [
        proxies.UNTRUSTED
    ]  # once
    assert warned(Client()) == [proxies.UNTRUSTED]
    assert "TRUSTED_PROXIES" in staff_client.get("/staff/").text


def test_trusted_proxy_is_not_reported(client, db, settings):
    settings.TRUSTED_PROXIES = 1
    client.get("/", headers=FORWARDED)
    assert warned(client) == []


def test_site_without_a_proxy_is_not_reported(client, staff_client, db):
    client.get("/")
    assert warned(client) == []
    assert "TRUSTED_PROXIES" not in staff_client.get("/staff/").text


CONTRADICTIONS = [
    ({"HTTPS": True, "TRUSTED_PROXIES": 0, "CSRF_TRUSTED_ORIGINS": []}, {"digitsite.W001"}),
    ({"HTTPS": True, "TRUSTED_PROXIES": 1, "CSRF_TRUSTED_ORIGINS": []}, set()),
    ({"HTTPS": True, "TRUSTED_PROXIES": 0, "CSRF_TRUSTED_ORIGINS": ["https://digits.example"]}, set()),
    ({"HTTPS": False, "CSRF_TRUSTED_ORIGINS": ["https://digits.example"]}, {"digitsite.W002"}),
    ({}, set()),
]


@pytest.mark.parametrize(("changed", "ids"), CONTRADICTIONS)
def test_settings_that_contradict_each_other_are_reported(changed, ids, settings, client, db):
    for name, value in changed.items():
        setattr(settings, name, value)
    assert {message.id for message in run_checks() if message.id.startswith("digitsite.")} == ids
    assert len(warned(client)) == len(ids)


def send_form(token=True, secure=False, cookies=True, **headers):
    """Sends a form with a right or without a token. Returns the answer."""
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(SIGN_IN)
    form = {"login": "x", "password": "y"}
    if token:
        form["csrfmiddlewaretoken"] = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    if not cookies:
        browser.cookies.clear()
    return browser.post(SIGN_IN, form, headers=headers, secure=secure)


HTTPS = {"Origin": "https://testserver"}
CAUSES = [
    ({"headers": {}, "token": False}, "Reload it", "For the administrator"),
    ({"headers": {"Origin": "null"}}, "Origin: null", "open for a long time"),
    ({"headers": HTTPS}, "CSRF_TRUSTED_ORIGINS=https://testserver", "open for a long time"),
    ({"headers": HTTPS}, "HTTPS=true", "open for a long time"),
    ({"headers": {"Origin": "https://digits.example"}}, "CSRF_TRUSTED_ORIGINS=https://digits.example", "HTTPS=true"),
    ({"headers": {}, "cookies": False}, "Allow cookies", "open for a long time"),
    ({"headers": {}, "secure": True}, "Referer", "open for a long time"),
]


@pytest.mark.parametrize(("sent", "said", "unsaid"), CAUSES)
def test_refused_form_says_the_true_cause(sent, said, unsaid, db):
    sent = dict(sent)
    response = send_form(**sent.pop("headers"), **sent)
    assert (response.status_code, said in response.text, unsaid in response.text) == (403, True, False)


def test_cookies_for_https_on_a_site_opened_by_http_are_explained(db, settings):
    settings.CSRF_COOKIE_SECURE = True
    assert forgery.COOKIE_NEEDS_HTTPS in send_form(cookies=False).text.replace("&#x27;", "'")


def test_right_forms_are_accepted(db, settings):
    assert send_form(Origin="http://testserver").status_code == 200
    settings.TRUSTED_PROXIES, settings.SECURE_PROXY_SSL_HEADER = 1, ("HTTP_X_FORWARDED_PROTO", "https")
    assert send_form(**HTTPS, **{"X-Forwarded-Proto": "https", "Host": "testserver"}).status_code == 200


def test_scripts_get_the_sentence_unless_signing_in_again_helps(owner):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    hidden = browser.post("/drawings/", pad_form(), headers={"Origin": "null", "HX-Request": "true"})
    assert "Origin: null" in hidden.headers["HX-Trigger"]
    expired = browser.post("/drawings/", pad_form(), headers={"HX-Request": "true"})
    assert (expired.status_code, "HX-Trigger" in expired.headers) == (403, False)


def test_api_says_the_true_cause_to_a_browser(owner):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = browser.post("/api/v1/digits/", "{}", content_type="application/json", headers=HTTPS)
    assert (response.status_code, "HTTPS=true" in response.json()["detail"]) == (403, True)
