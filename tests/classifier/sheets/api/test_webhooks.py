"""Programs see what was tried to tell them that a stack is done."""

import pytest
from django.utils import timezone

from classifier.sheets.models import Stack, WebhookAttempt


@pytest.fixture
def here(stack):
    Stack.objects.update(webhook="https://hooks.example.org/")
    return f"stacks/{stack.public_id}/webhook/"


def test_attempts_are_listed(program, stack, here):
    assert program.get(here).json() == {"results": []}
    sentence = "hooks.example.org answered with 500."
    now = timezone.now()
    WebhookAttempt.objects.create(stack=stack, number=1, due=now, sent=now, status=500, sentence=sentence)
    [attempt] = program.get(here).json()["results"]
    assert (attempt["number"], attempt["status"], attempt["sentence"]) == (1, 500, sentence)


def test_message_is_sent_again(program, stack, here):
    answers = [program.send("post", here).json()["results"] for _ in range(2)]
    assert [len(answer) for answer in answers] == [1, 1]
    WebhookAttempt.objects.update(sent=timezone.now(), status=200)
    assert len(program.send("post", here).json()["results"]) == 2


def test_nothing_to_send(program, stack, here):
    Stack.objects.update(status="running")
    response = program.send("post", here)
    assert (response.status_code, response.json()["code"]) == (409, "nothing_to_send")
