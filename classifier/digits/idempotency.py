"""Processing a repeated request once: the Idempotency-Key of draft-ietf-httpapi-idempotency-key-header-07.

A request claims its key by storing a row before anything else. The row holds the public id that the drawing will
have, so the drawing shows whether the request was processed, even if the process was killed before it answered.
A refused request releases its key and may be sent again.
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
ABANDONED_AFTER = timedelta(minutes=5)  # no request takes as long, so its process was killed
LONGEST_KEY = 255
QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')  # a string of RFC 9651
BARE = re.compile(r"[!#-\[\]-~]+")  # without quotes, as many clients send it


def parse_key(header: str) -> str:
    """The key in a header's value. Raises InvalidInput."""
    text = header.strip()
    if quoted := QUOTED.fullmatch(text):
        text = re.sub(r"\\(.)", r"\1", quoted.group(1))
    elif not BARE.fullmatch(text):
        text = ""
    if not 0 < len(text) <= LONGEST_KEY:
        raise InvalidInput(f'Write the header as: Idempotency-Key: "KEY", of 1 to {LONGEST_KEY} ASCII characters.')
    return text


def claim(owner: User, key: str, fingerprint: str) -> IdempotencyKey:
    """Returns the row of a request: a new one to process, or one with `is_done` set that was processed before.

    fingerprint: SHA-256 of the request. Raises KeyReused if another request had this key within KEPT, StillWorking
    if the same request is being processed now.
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
        raise StillWorking("The request with this Idempotency-Key is still being processed. Try again in a second.")
    return row


def _row(owner: User, digest: str, fingerprint: str) -> tuple[IdempotencyKey, bool]:
    """The row of this key, and whether it is new."""
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
        if row is not None:  # older than the time for which a key is remembered
            IdempotencyKey.objects.filter(pk=row.pk, created=row.created).delete()
    raise StillWorking("The request with this Idempotency-Key has just ended. Try again in a second.")


def settle(row: IdempotencyKey) -> None:
    """Marks the request as processed, so the key still counts after the drawing is deleted."""
    IdempotencyKey.objects.filter(pk=row.pk).update(is_done=True)


def release(row: IdempotencyKey) -> None:
    """Releases the key of a refused request, unless the drawing was stored."""
    if not Drawing.objects.filter(public_id=row.drawing_id).exists():
        IdempotencyKey.objects.filter(pk=row.pk, is_done=False).delete()


def forget_old_keys() -> int:
    """Deletes keys older than KEPT. Returns how many."""
    return IdempotencyKey.objects.filter(created__lt=timezone.now() - KEPT).delete()[0]
