"""The attempts to deliver a message, as rows: a killed process loses none, and a person sees what was tried.

A message may be sent twice, if a process is killed after the receiver has answered; its id is the same.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from classifier.jobs.queue import enqueue
from classifier.recognition.errors import ClassifierError
from classifier.sheets.models import Stack, WebhookAttempt

from .message import ANNOUNCED
from .signing import new_secret

log = logging.getLogger(__name__)

PAUSES = [  # after the first attempt, the second, and so on
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
]
CLAIMED_FOR = timedelta(minutes=2)  # a process that takes longer was killed
AT_MOST = 50  # attempts for one stack, those that a person asks for included
LOOKED_AT = 20  # due attempts at once


class NothingToSend(ClassifierError):
    """There is no message about a stack; the error says why."""

    status = 409
    code = "nothing_to_send"


def announce(stack_id: int) -> None:
    """Makes the first attempt due, if the stack has a webhook and is done. Doing it twice makes none twice.

    A stack without a secret gets one, so that no message is signed with a key that everybody knows.
    """
    with_message = Stack.objects.kept().filter(pk=stack_id, status__in=ANNOUNCED).exclude(webhook="")
    for stack in with_message:
        if not stack.webhook_secret:
            Stack.objects.filter(pk=stack.pk, webhook_secret="").update(webhook_secret=new_secret())
        WebhookAttempt.objects.get_or_create(stack=stack, number=1)


def announce_forgotten() -> None:
    """Does it for stacks whose announcement was lost with the broker or a process."""
    stacks = Stack.objects.kept().filter(status__in=ANNOUNCED, webhook_attempts=None).exclude(webhook="")
    for stack_id in stacks.order_by("pk").values_list("pk", flat=True)[:LOOKED_AT]:
        announce(stack_id)


def count_due() -> int:
    return _due().count()


def claim() -> WebhookAttempt | None:
    """Takes an attempt that is due for this thread. Returns None if nothing is due.

    If the thread is killed, the attempt is due again later.
    """
    for attempt in _due().select_related("stack__sheet").order_by("due")[:LOOKED_AT]:
        mine = WebhookAttempt.objects.filter(pk=attempt.pk, sent=None, due=attempt.due)
        if mine.update(due=timezone.now() + CLAIMED_FOR):
            return attempt
    return None


def record(attempt: WebhookAttempt, status: int | None, sentence: str) -> None:
    """Stores how an attempt ended, and when the next is due if it failed. sentence: empty if it was accepted."""
    now = timezone.now()
    with transaction.atomic():
        open_one = WebhookAttempt.objects.filter(pk=attempt.pk, sent=None)
        if not open_one.update(sent=now, status=status, sentence=sentence[:300]):
            return  # the stack is gone, or another process has sent it too
        if sentence and attempt.number <= len(PAUSES):
            due = now + PAUSES[attempt.number - 1]
            WebhookAttempt.objects.get_or_create(
                stack_id=attempt.stack_id, number=attempt.number + 1, defaults={"due": due}
            )
    log.info("Webhook of stack %s, attempt %s: %s", attempt.stack.public_id, attempt.number, sentence or status)


def send_again(stack: Stack) -> None:
    """Sends the message now: the attempt that waits, or else another one. Raises NothingToSend."""
    if not stack.webhook:
        raise NothingToSend("This stack has no webhook.")
    if stack.status not in ANNOUNCED:
        raise NothingToSend("There is a message when the stack is done.")
    newest = stack.webhook_attempts.order_by("-number").first()
    if newest is None:
        announce(stack.pk)
    elif newest.sent is None:
        WebhookAttempt.objects.filter(pk=newest.pk, sent=None).update(due=timezone.now())
    elif newest.number >= AT_MOST:
        raise NothingToSend(f"The message was sent {AT_MOST} times. It is not sent again.")
    else:
        WebhookAttempt.objects.get_or_create(stack=stack, number=newest.number + 1)
    transaction.on_commit(lambda: enqueue("sheets.send_webhooks"), robust=True)


def _due() -> QuerySet[WebhookAttempt]:
    return WebhookAttempt.objects.filter(
        sent=None, due__lte=timezone.now(), stack__deleted=None, stack__sheet__deleted=None
    )
