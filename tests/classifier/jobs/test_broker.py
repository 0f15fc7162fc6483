"""While Redis hangs, one command waits for it; everything else goes on without it until it answers again."""

import signal
import threading
import time

import pytest
import redis

from classifier.http import rates
from classifier.http.rates import Rate, count
from classifier.jobs import broker, replies
from classifier.jobs.queue import enqueue
from tests.services import redis_running, wait_until


@pytest.fixture
def server(tmp_path, settings, monkeypatch):
    """A real Redis of this test alone."""
    monkeypatch.setattr(broker, "ANSWERS_WITHIN_S", 0.75)
    monkeypatch.setattr(rates, "_local", rates._LocalCounts())
    with redis_running(tmp_path / "own.sock") as process:
        settings.REDIS_URL = f"unix://{tmp_path / 'own.sock'}?db=0"
        broker.connection.cache_clear()
        yield process
        process.send_signal(signal.SIGCONT)
        broker.connection().breaker.is_open = False  # ends the look for this Redis
    broker.connection.cache_clear()


@pytest.fixture
def waited(monkeypatch):
    """The names of the threads that have waited for Redis in vain."""
    seen: list[str] = []
    opened = broker.Breaker._open

    def note(self, error):
        seen.append(threading.current_thread().name)
        opened(self, error)

    monkeypatch.setattr(broker.Breaker, "_open", note)
    return seen


def test_only_the_first_waits_for_a_redis_that_hangs(server, waited):
    assert count("somebody", Rate(100, 3600)).requests == 1
    server.send_signal(signal.SIGSTOP)
    assert [count("somebody", Rate(100, 3600)).requests for _ in range(3)] == [1, 2, 3]  # by this process itself
    assert enqueue("classifier.preview", "", "key") is False
    assert replies.wait_for("key", 4) is None
    with pytest.raises(redis.ConnectionError):
        broker.connection().ping()
    assert len(waited) == 1


def test_it_is_asked_again_once_it_answers(server):
    server.send_signal(signal.SIGSTOP)
    with pytest.raises(redis.TimeoutError):
        broker.connection().ping()
    time.sleep(3 * broker.LOOKS_EVERY_S)
    assert broker.connection().breaker.is_open
    server.send_signal(signal.SIGCONT)
    wait_until(lambda: not broker.connection().breaker.is_open, 5, "Redis is asked again")
    assert broker.connection().ping()


def test_waiting_for_a_reply_notices_a_redis_that_stops(server, waited):
    threading.Timer(0.5, server.send_signal, [signal.SIGSTOP]).start()
    assert replies.wait_for("key", 20) is None
    assert len(waited) == 1


def test_a_redis_that_was_started_anew_is_asked_at_once(tmp_path, settings, waited):
    settings.REDIS_URL = f"unix://{tmp_path / 'own.sock'}?db=0"
    broker.connection.cache_clear()
    for _ in range(2):  # the second time, through a connection that has been closed meanwhile
        with redis_running(tmp_path / "own.sock"):
            assert broker.connection().ping()
    broker.connection.cache_clear()
    assert waited == []
