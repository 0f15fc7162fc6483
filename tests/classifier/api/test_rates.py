"""The rate limit counts each token, shows its state in headers, and works without Redis."""

import re

import pytest
from django.test import Client

from classifier.accounts.tokens import create_token
from classifier.http import rates
from classifier.http.rates import Rate, Usage, parse_rate
from classifier.jobs import broker
from tests.conftest import PASSWORD
from tests.factories import drawn_digit

ME = "/api/v1/me/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, settings):
    """Three requests a minute; the clock is 20.5 seconds into a minute."""
    settings.API_RATE = "3/minute"
    monkeypatch.setattr(rates, "_local", rates._LocalCounts())
    now = [1_000_000 * 60 + 20.5]
    monkeypatch.setattr(rates.time, "time", lambda: now[0])
    return now


def ask(key, path=ME, method="get"):
    return getattr(Client(), method)(path, headers={"Authorization": f"Token {key}"})


def statuses(key, count):
    return [ask(key).status_code for _ in range(count)]


def test_headers_count_down_and_the_fourth_request_is_a_429(owner_token):
    for left in (2, 1, 0):
        response = ask(owner_token)
        assert response.status_code == 200
        assert response.headers["RateLimit-Policy"] == '"default";q=3;w=60'
        assert response.headers["RateLimit"] == f'"default";r={left};t=40'
    response = ask(owner_token)
    assert (response.status_code, response.headers["Content-Type"]) == (429, "application/problem+json")
    assert (response.json()["code"], response.headers["Retry-After"]) == ("throttled", "40")
    assert response.headers["RateLimit"] == '"default";r=0;t=40'


def test_next_window_allows_requests_again(owner_token, clock):
    assert statuses(owner_token, 4) == [200, 200, 200, 429]
    clock[0] += 40
    assert statuses(owner_token, 1) == [200]


def test_each_token_and_each_person_has_its_own_count(owner, owner_token, stranger_token):
    assert statuses(owner_token, 4)[-1] == 429
    assert statuses(create_token(owner, "another")[1], 1) == statuses(stranger_token, 1) == [200]
    browser = Client()
    browser.login(username="owner", password=PASSWORD)
    assert [browser.get(ME).status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/v1/digits/", "post", 400),
        ("/api/v1/digits/", "patch", 405),
        ("/api/v1/digits/7b2e1c1e-0000-4000-8000-000000000000/", "get", 404),
        ("/api/v1/digits/{digit}/input.png", "get", 200),
        ("/api/v1/digits/{digit}/", "delete", 204),
        ("/api/v1/models/", "options", 204),
    ],
)
def test_every_answer_is_counted_and_has_the_headers(owner, owner_token, path, method, status):
    response = ask(owner_token, path.format(digit=drawn_digit(owner).public_id), method)
    assert response.status_code == status
    assert re.fullmatch(r'"default";r=2;t=\d+', response.headers["RateLimit"])


def test_requests_without_a_token_are_not_counted(client):
    response = client.get(ME)
    assert (response.status_code, "RateLimit" in response.headers) == (401, False)


def test_empty_rate_is_no_limit(settings, owner_token):
    settings.API_RATE = ""
    assert statuses(owner_token, 5) == [200] * 5
    assert "RateLimit" not in ask(owner_token).headers


def test_limit_holds_without_redis_which_is_asked_once(owner_token, settings, tmp_path, caplog):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    broker.connection.cache_clear()
    assert statuses(owner_token, 4) == [200, 200, 200, 429]
    assert caplog.text.count("Redis does not answer") == 1


def test_counts_expire_with_their_window(owner_token, redis_server):
    ask(owner_token)
    (key,) = redis_server.keys("rate:*")
    assert 0 < redis_server.ttl(key) <= 60


@pytest.mark.parametrize(
    ("text", "rate"),
    [("", None), ("5/second", Rate(5, 1)), ("1200/minute", Rate(1200, 60)), ("7/hour", Rate(7, 3600))],
)
def test_rates_are_parsed(text, rate):
    assert parse_rate(text) == rate


def test_exceeded_rate_has_no_requests_left():
    usage = Usage(Rate(3, 60), 5, 12.1)
    assert (usage.is_exceeded, usage.headers()["RateLimit"]) == (True, '"default";r=0;t=13')
