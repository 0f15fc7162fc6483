"""Doing once what a program sends several times: the Idempotency-Key of draft-ietf-httpapi-idempotency-key-header-07.

A key is claimed by a row before anything is stored, and the row says under which public id the drawing will be.
So whether a request was carried out is seen by its drawing, even when its process was killed in between.
What was refused claims nothing: sent again, it is looked at again.
"""

import hashlib
import re
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from classifier.errors import KeyReused, StillWorking
from classifier.models import Drawing, IdempotencyKey
from classifier.recognition.errors import InvalidInput

KEPT = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=5)  # no request takes as long: its process was killed before anything was stored
LONGEST_KEY = 255
QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')  # a string of RFC 9651
BARE = re.compile(r"[!#-\[\]-~]+")  # as many clients send it


def parse_key(header: str) -> str:
    """The key in a header's value. Raises InvalidInput."""
    text = header.strip()
    if found := QUOTED.fullmatch(text):
        text = re.sub(r"\\(.)", r"\1", found.group(1))
    elif not BARE.fullmatch(text):
        text = ""
    if not 0 < len(text) <= LONGEST_KEY:
        raise InvalidInput(f'Write the header as: Idempotency-Key: "KEY", of 1 to {LONGEST_KEY} ASCII characters.')
    return text


def claim(owner: User, key: str, fingerprint: str) -> IdempotencyKey:
    """The row of a request: a new one, to be carried out, or one that says it was (`is_done`).

    fingerprint: SHA-256 of what is sent. Raises KeyReused when something else was sent with this key within KEPT,
    StillWorking when the same is being carried out at this moment.
    """
    now = timezone.now()
    row, is_mine = _row(owner, hashlib.sha256(key.encode()).hexdigest(), fingerprint)
    if is_mine:
        return row
    if row.fingerprint != fingerprint:
        raise KeyReused("This Idempotency-Key was used for another request within the last 24 hours. Choose a new one.")
    if row.is_done or Drawing.objects.filter(public_id=row.drawing_id).exists():
        row.is_done = True
        return row
    abandoned = IdempotencyKey.objects.filter(pk=row.pk, created=row.created, created__lt=now - ABANDONED_AFTER)
    if not abandoned.update(created=now):
        raise StillWorking("The request with this Idempotency-Key is still being worked on. Try again in a second.")
    return row


def _row(owner: User, digest: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    """The row of this key, and whether it was made just now."""
    for _ in range(2):
        new = IdempotencyKey(owner=owner, digest=digest, fingerprint=fingerprint, created=timezone.now())
        try:
            with transaction.atomic():
                new.save(force_insert=True)
            return new, True
        except IntegrityError:
            row = IdempotencyKey.objects.filter(owner=owner, digest=digest).first()
        if row is not None and row.created >= timezone.now() - KEPT:
            return row, False
        if row is not None:  # it is no longer promised to be known
            IdempotencyKey.objects.filter(pk=row.pk, created=row.created).delete()
    raise StillWorking("The request with this Idempotency-Key has just ended. Try again in a second.")


def settle(row: IdempotencyKey) -> None:
    """Note that the request was carried out, so that it is remembered when its drawing is deleted."""
    IdempotencyKey.objects.filter(pk=row.pk).update(is_done=True)


def release(row: IdempotencyKey) -> None:
    """The request was refused: let its key be used again, unless its drawing was stored all the same."""
    if not Drawing.objects.filter(public_id=row.drawing_id).exists():
        IdempotencyKey.objects.filter(pk=row.pk, is_done=False).delete()


def forget_old_keys() -> int:
    """Delete keys that are no longer promised to be known; returns how many."""
    return IdempotencyKey.objects.filter(created__lt=timezone.now() - KEPT).delete()[0]
