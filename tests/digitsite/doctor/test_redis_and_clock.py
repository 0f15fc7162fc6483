"""A Redis that is away, refuses, throws jobs away or stores nothing is named; so are clocks that differ."""

import signal
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from django.utils import timezone

from classifier.models import Drawing
from digitsite.doctor import clock
from digitsite.doctor import redis as of_redis
from tests.factories import drawn_digit
from tests.services import redis_running


@pytest.fixture(scope="module")
def _running(tmp_path_factory):
    path = tmp_path_factory.mktemp("redis") / "redis.sock"
    with redis_running(path) as process:
        yield path, process


@pytest.fixture
def other_redis(_running, settings):
    """A Redis that the test may break, as the settings name it."""
    path, process = _running
    settings.REDIS_URL = f"unix://{path}?db=0"
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.process = process
        yield client


def test_sound_redis(other_redis, said):
    assert said(of_redis.check).startswith("ok: Redis ")


def test_redis_that_is_away(settings, said, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock?db=0"
    text = said(of_redis.check)
    assert f"wrong: Redis does not answer at {settings.REDIS_URL}" in text
    assert "→ Start it, or correct REDIS_URL." in text


def test_password_is_not_shown(settings, said):
    settings.REDIS_URL = "redis://:hunter2@127.0.0.1:1/0"
    text = said(of_redis.check)
    assert "wrong: Redis does not answer at redis://:…@127.0.0.1:1/0" in text
    assert "hunter2" not in text


def test_redis_that_hangs(other_redis, said, monkeypatch):
    monkeypatch.setattr(of_redis, "WITHIN_S", 0.5)
    other_redis.process.send_signal(signal.SIGSTOP)
    try:
        assert "wrong: Redis does not answer" in said(of_redis.check)
    finally:
        other_redis.process.send_signal(signal.SIGCONT)


def test_old_redis(other_redis, said, monkeypatch):
    monkeypatch.setattr(of_redis, "OLDEST", (99, 1))
    assert "the site needs 99.1 or newer." in said(of_redis.check)


@pytest.mark.parametrize(
    ("given", "normal", "sentence"),
    [
        ({"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"}, {}, "may throw queued jobs away"),
        ({"maxmemory": "1mb", "maxmemory-policy": "noeviction"}, {}, "when they are full, it takes no jobs"),
        ({"requirepass": "hunter2"}, {"requirepass": ""}, "→ Put its password into REDIS_URL."),
        ({"appendonly": "yes"}, {"appendonly": "no"}, "note: Redis writes every change to its disk."),
    ],
)
def test_redis_that_is_set_up_otherwise(other_redis, said, given, normal, sentence):
    for name, value in given.items():
        other_redis.config_set(name, value)
    try:
        assert sentence in said(of_redis.check)
    finally:
        for name, value in ({"maxmemory": 0, "maxmemory-policy": "noeviction"} | normal).items():
            other_redis.config_set(name, value)


def test_redis_that_may_not_be_written(other_redis, said):
    other_redis.replicaof("127.0.0.1", "1")
    try:
        assert "wrong: Redis stores nothing: " in said(of_redis.check)
    finally:
        other_redis.replicaof("NO", "ONE")


def test_clocks_agree(db, said):
    assert said(clock.check).startswith("ok: The clock agrees")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("by_s", "sentence"), [(7300, "2 hours ahead of that of Redis."), (-90, "90 seconds behind that of Redis.")]
)
def test_clock_that_differs(db, said, monkeypatch, by_s, sentence):
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: time.time() + by_s))
    text = said(clock.check)
    assert f"wrong: The clock of this machine is {sentence}" in text
    assert "timedatectl set-ntp true" in text


@pytest.mark.postgres
def test_clock_that_was_set_back(owner, said):
    drawn_digit(owner)
    Drawing.objects.update(created=timezone.now() + timedelta(hours=3))
    assert "wrong: The newest drawing was stored 3 hours in the future" in said(clock.check)


def test_clock_without_redis_is_not_compared(db, settings, said, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock?db=0"
    assert "not checked: The clock of Redis was not compared" in said(clock.check)
