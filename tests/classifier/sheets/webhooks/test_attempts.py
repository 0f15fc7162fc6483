"""Messages about stacks: sent once, tried again with growing pauses, lost by no killed process."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import asdict
from datetime import timedelta

import pytest
from django.utils import timezone

from classifier.sheets import tasks
from classifier.sheets.models import Stack, WebhookAttempt
from classifier.sheets.stacks.progress import figures
from classifier.sheets.webhooks import attempts, sender, signing
from classifier.sheets.webhooks.attempts import NothingToSend, announce, announce_forgotten, send_again
from classifier.sheets.webhooks.message import message_id
from tests.classifier.sheets.webhooks.conftest import anywhere


@pytest.fixture
def heard(stack, receiver):
    """The stack, its webhook being the receiver."""
    stack.webhook = receiver.address
    stack.save()
    return stack


def rows(stack):
    return list(stack.webhook_attempts.order_by("number"))


def make_due(stack):
    WebhookAttempt.objects.filter(stack=stack, sent=None).update(due=timezone.now())


def test_message_is_signed_and_says_what_is_done(heard, receiver):
    announce(heard.pk)
    sender.send_due(anywhere)
    [(_, headers, body)] = receiver.received
    said = json.loads(body)
    assert said["type"] == "stack.done"
    assert said["timestamp"] == heard.finished.isoformat()
    assert said["data"]["stack"] == str(heard.public_id)
    assert said["data"]["sheet"] == str(heard.sheet.public_id)
    assert said["data"]["status"] == "done"
    assert said["data"]["figures"] == asdict(figures(heard))
    assert headers["webhook-id"] == message_id(heard)
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    key = base64.b64decode(heard.webhook_secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    [row] = rows(heard)
    assert (row.status, row.sentence, row.sent is None) == (200, "", False)


def test_announcing_twice_sends_once(heard, receiver):
    for _ in range(2):
        announce(heard.pk)
        announce_forgotten()
        sender.send_due(anywhere)
    assert len(receiver.received) == 1


def test_no_message_is_signed_with_an_empty_key(stack):
    Stack.objects.update(webhook_secret="")
    announce(stack.pk)
    stack.refresh_from_db()
    assert len(signing.key_of(stack.webhook_secret)) == 32


def test_lost_announcement_is_found(heard, receiver):
    announce_forgotten()
    sender.send_due(anywhere)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, 1),
        ({"status": "failed"}, 1),
        ({"status": "running"}, 0),
        ({"status": "cancelled"}, 0),
        ({"webhook": ""}, 0),
        ({"deleted": timezone.now()}, 0),
    ],
)
def test_what_is_announced(stack, changed, expected):
    Stack.objects.filter(pk=stack.pk).update(**changed)
    announce(stack.pk)
    announce_forgotten()
    assert WebhookAttempt.objects.count() == expected


def test_failures_are_tried_again_with_growing_pauses(heard, receiver):
    receiver.statuses = [500]
    announce(heard.pk)
    for pause in attempts.PAUSES:
        sender.send_due(anywhere)
        newest = rows(heard)[-1]
        assert newest.sent is None
        assert abs(newest.due - timezone.now() - pause) < timedelta(seconds=30)
        make_due(heard)
    sender.send_due(anywhere)
    assert [(row.number, row.status) for row in rows(heard)] == [(number, 500) for number in range(1, 7)]
    assert all(row.sentence == "localhost answered with 500." for row in rows(heard))
    assert {headers["webhook-id"] for _, headers, _ in receiver.received} == {message_id(heard)}


def test_what_is_not_due_is_not_sent(heard, receiver):
    announce(heard.pk)
    WebhookAttempt.objects.update(due=timezone.now() + timedelta(seconds=30))
    sender.send_due(anywhere)
    assert receiver.received == []


def test_success_ends_it(heard, receiver):
    receiver.statuses = [503, 204]
    announce(heard.pk)
    sender.send_due(anywhere)
    make_due(heard)
    sender.send_due(anywhere)
    assert [row.status for row in rows(heard)] == [503, 204]


def test_message_of_a_killed_process_is_sent_again(heard, receiver):
    announce(heard.pk)
    assert attempts.claim() is not None  # and here the process ends
    assert attempts.claim() is None
    sender.send_due(anywhere)
    assert receiver.received == []
    make_due(heard)
    sender.send_due(anywhere)
    assert len(receiver.received) == 1


def test_attempt_that_two_processes_send_is_recorded_once(stack):
    announce(stack.pk)
    attempt = attempts.claim()
    attempts.record(attempt, 200, "")
    attempts.record(attempt, 500, "hooks.example.org answered with 500.")
    [row] = rows(stack)
    assert (row.status, row.sentence) == (200, "")


def test_nothing_is_sent_for_deleted_stacks(heard, receiver):
    announce(heard.pk)
    heard.deleted = timezone.now()
    heard.save()
    sender.send_due(anywhere)
    assert receiver.received == []
    Stack.objects.update(deleted=None)
    heard.sheet.deleted = timezone.now()
    heard.sheet.save()
    sender.send_due(anywhere)
    assert receiver.received == []


def test_stack_may_be_removed_while_its_message_is_sent(stack):
    announce(stack.pk)
    attempt = attempts.claim()
    stack.delete()
    attempts.record(attempt, 500, "hooks.example.org answered with 500.")
    assert not WebhookAttempt.objects.exists()


def test_host_that_is_allowed_no_more_gets_nothing(heard, receiver, settings):
    announce(heard.pk)
    settings.WEBHOOK_HOSTS = ["hooks.example.org"]
    sender.send_due(anywhere)
    assert receiver.received == []
    assert "may not send messages to http://localhost" in rows(heard)[0].sentence


def test_private_address_gets_nothing(heard, receiver):
    announce(heard.pk)
    sender.send_due()
    assert receiver.received == []
    assert rows(heard)[0].sentence == "localhost leads to an address that is not public, where messages are never sent."


def test_sending_again(heard, receiver):
    announce(heard.pk)
    sender.send_due(anywhere)
    send_again(heard)
    sender.send_due(anywhere)
    assert [row.status for row in rows(heard)] == [200, 200]


def test_sending_again_brings_a_waiting_attempt_forward(heard, receiver):
    receiver.statuses = [500, 200]
    announce(heard.pk)
    sender.send_due(anywhere)
    send_again(heard)
    sender.send_due(anywhere)
    assert [row.status for row in rows(heard)] == [500, 200]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"webhook": ""}, "no webhook"),
        ({"status": "running"}, "when the stack is done"),
        ({"status": "cancelled"}, "when the stack is done"),
    ],
)
def test_nothing_to_send_again(stack, changed, sentence):
    for name, value in changed.items():
        setattr(stack, name, value)
    with pytest.raises(NothingToSend, match=sentence):
        send_again(stack)


def test_sending_again_has_an_end(stack):
    WebhookAttempt.objects.create(stack=stack, number=attempts.AT_MOST, sent=timezone.now())
    with pytest.raises(NothingToSend, match="50 times"):
        send_again(stack)


def test_tasks_send_in_threads_and_return_at_once(transactional_db, heard, monkeypatch):
    """The receiver of this test never answers; the task does not wait for it."""
    asked, answer = threading.Event(), threading.Event()

    def slow(*_):
        asked.set()
        answer.wait(30)
        return 200

    monkeypatch.setattr(sender, "deliver", slow)
    tasks.announce(heard.pk)
    tasks.send_webhooks()
    assert asked.wait(10)
    assert rows(heard)[0].sent is None
    answer.set()
    for thread in threading.enumerate():
        if thread.name == "webhooks":
            thread.join()
    assert rows(heard)[0].status == 200
