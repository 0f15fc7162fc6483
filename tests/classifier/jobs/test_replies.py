"""The word between worker and waiting request: kept until fetched, never a reason to fail."""

import time

import pytest

from classifier.jobs import replies


def test_word_left_before_anybody_waits_is_found():
    word = replies.new_reply_key()
    replies.tell(word, {"digit": 7}, served_by="first")
    assert replies.wait_for(word, 1) == {"digit": 7}


def test_word_is_fetched_once():
    word = replies.new_reply_key()
    replies.tell(word, {}, served_by="first")
    assert [replies.wait_for(word, 0.05), replies.wait_for(word, 0.05)] == [{}, None]


@pytest.mark.parametrize("timeout_s", [0, -1])
def test_whoever_does_not_wait_hears_nothing(timeout_s):
    word = replies.new_reply_key()
    replies.tell(word, {}, served_by="first")
    assert replies.wait_for(word, timeout_s) is None


def test_waiting_ends_in_time():
    start = time.monotonic()
    assert replies.wait_for(replies.new_reply_key(), 0.2) is None
    assert 0.1 < time.monotonic() - start < 3


def test_words_do_not_stay_for_ever(redis_server):
    word = replies.new_reply_key()
    replies.tell(word, {}, served_by="first")
    assert 0 < redis_server.ttl(f"word:{word}") <= replies.KEPT_S
    assert 0 < redis_server.ttl("answered") <= replies.LATELY_S


def test_others_words_are_not_mine():
    mine, theirs = replies.new_reply_key(), replies.new_reply_key()
    replies.tell(theirs, {"digit": 3}, served_by="first")
    assert replies.wait_for(mine, 0.05) is None
