"""The word between worker and waiting request: kept until fetched, never a reason to fail."""

import time

import pytest

from classifier import messages


def test_word_left_before_anybody_waits_is_found():
    word = messages.new_word()
    messages.tell(word, {"digit": 7}, served_by="first")
    assert messages.wait_for(word, 1) == {"digit": 7}


def test_word_is_fetched_once():
    word = messages.new_word()
    messages.tell(word, {}, served_by="first")
    assert [messages.wait_for(word, 0.05), messages.wait_for(word, 0.05)] == [{}, None]


@pytest.mark.parametrize("timeout_s", [0, -1])
def test_whoever_does_not_wait_hears_nothing(timeout_s):
    word = messages.new_word()
    messages.tell(word, {}, served_by="first")
    assert messages.wait_for(word, timeout_s) is None


def test_waiting_ends_in_time():
    start = time.monotonic()
    assert messages.wait_for(messages.new_word(), 0.2) is None
    assert 0.1 < time.monotonic() - start < 3


def test_words_do_not_stay_for_ever(redis_server):
    word = messages.new_word()
    messages.tell(word, {}, served_by="first")
    assert 0 < redis_server.ttl(f"word:{word}") <= messages.KEPT_S
    assert 0 < redis_server.ttl("answered") <= messages.LATELY_S


def test_others_words_are_not_mine():
    mine, theirs = messages.new_word(), messages.new_word()
    messages.tell(theirs, {"digit": 3}, served_by="first")
    assert messages.wait_for(mine, 0.05) is None
