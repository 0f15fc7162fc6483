"""A worker's reply to a waiting request is kept until it is fetched, and is never a reason to fail."""

import time

import pytest

from classifier.jobs import replies


def test_reply_sent_before_the_request_waits_is_received():
    key = replies.new_reply_key()
    replies.send(key, {"digit": 7}, served_by="first")
    assert replies.wait_for(key, 1) == {"digit": 7}


def test_reply_is_fetched_once():
    key = replies.new_reply_key()
    replies.send(key, {}, served_by="first")
    assert [replies.wait_for(key, 0.05), replies.wait_for(key, 0.05)] == [{}, None]


@pytest.mark.parametrize("timeout_s", [0, -1])
def test_without_time_to_wait_there_is_no_reply(timeout_s):
    key = replies.new_reply_key()
    replies.send(key, {}, served_by="first")
    assert replies.wait_for(key, timeout_s) is None


def test_waiting_ends_in_time():
    start = time.monotonic()
    assert replies.wait_for(replies.new_reply_key(), 0.2) is None
    assert 0.1 < time.monotonic() - start < 3


def test_replies_expire(redis_server):
    key = replies.new_reply_key()
    replies.send(key, {}, served_by="first")
    assert 0 < redis_server.ttl(f"reply:{key}") <= replies.KEPT_S
    assert 0 < redis_server.ttl("answered") <= replies.RECENT_S


def test_each_request_gets_its_own_reply():
    mine, theirs = replies.new_reply_key(), replies.new_reply_key()
    replies.send(theirs, {"digit": 3}, served_by="first")
    assert replies.wait_for(mine, 0.05) is None
