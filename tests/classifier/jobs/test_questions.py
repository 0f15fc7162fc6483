"""Questions wait in a list, and one call has a worker take all of them."""

import json
import time

import pytest

from classifier.jobs import questions, workers
from classifier.jobs.questions import Question, ask, take


def calls(redis_server):
    jobs = [json.loads(job)["headers"]["task"] for job in redis_server.lrange("inference", 0, -1)]
    redis_server.delete("inference")
    return jobs


def question(number):
    return Question(["AAAA"], [{"loops": number}], predictions=[number])


def test_one_call_has_all_that_wait_taken(unread_queue):
    assert all(ask(question(number)) for number in range(3))
    assert calls(unread_queue) == ["classifier.answer_questions"]
    taken = take()
    assert [each.predictions for each in taken] == [[0], [1], [2]]
    assert taken[2].hints == [{"loops": 2}]
    assert take() == []


def test_question_after_the_taking_sends_a_call(unread_queue):
    ask(question(1))
    take()
    calls(unread_queue)
    ask(question(2))
    assert calls(unread_queue) == ["classifier.answer_questions"]


def test_lost_call_is_sent_again(unread_queue):
    """Its worker was killed, or its sender between the two: the note of a call ends by itself."""
    ask(question(1))
    calls(unread_queue)
    assert 0 < unread_queue.pttl(questions.CALLED) <= 1000 * questions.CALL_S
    unread_queue.delete(questions.CALLED)
    ask(question(2))
    assert calls(unread_queue) == ["classifier.answer_questions"]
    assert len(take()) == 2


def test_some_are_left_for_the_next_taking(unread_queue):
    for number in range(questions.TAKEN_AT_ONCE + 2):
        ask(question(number))
    assert len(take()) == questions.TAKEN_AT_ONCE
    assert [each.predictions for each in take()] == [[16], [17]]


def test_questions_are_counted_as_jobs_and_their_call_is_not(unread_queue):
    assert workers.queue_length("inference") == 0
    for number in range(3):
        ask(question(number))
    assert workers.queue_length("inference") == 3
    assert workers.oldest_sent("inference") == pytest.approx(time.time(), abs=60)
    calls(unread_queue)
    take()
    assert workers.queue_length("inference") == 0
    assert workers.oldest_sent("inference") is None


def test_unavailable_broker_raises_no_error(redis_down, caplog):
    assert ask(question(1)) is False
    assert "A question was not sent" in caplog.text
