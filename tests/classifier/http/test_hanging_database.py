"""A database that hangs does not keep the figures of the site from being told."""

import threading

import pytest

from classifier.http.metrics import reading

hangs = threading.Event()


def read_nothing():
    hangs.wait(30)
    return []


def test_a_hanging_database_is_left_out_until_it_is_back(monkeypatch, db):
    monkeypatch.setattr(reading, "WAITS_S", 0.05)
    monkeypatch.setattr(reading, "READERS", [f"{__name__}.read_nothing"])
    hangs.clear()
    threads = threading.active_count()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            reading.in_time()
        assert threading.active_count() == threads + 1  # only the first has asked
    hangs.set()
    monkeypatch.setattr(reading, "WAITS_S", 10)
    assert reading.in_time() == []


def fail():
    raise ZeroDivisionError


def test_an_error_of_a_reader_is_not_hidden(monkeypatch, db):
    monkeypatch.setattr(reading, "READERS", [f"{__name__}.fail"])
    with pytest.raises(ZeroDivisionError):
        reading.in_time()
