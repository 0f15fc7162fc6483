"""Re-reading: another version answers all of a person's digits in the background, beside the answers that count.

It proceeds chunk by chunk. Each chunk is one run of the network, one statement that stores its answers, and one
conditional update of the place. The next chunk goes to the end of the queue, so a drawing waits for at most one.
A lost or killed task leaves the place unchanged, and the scheduler sends it again. Its stored answers stay, and no
digit is answered twice.
"""

import logging
from dataclasses import asdict
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from classifier import audit
from classifier.jobs import leases
from classifier.jobs.queue import enqueue
from classifier.models import Digit, ModelVersion, Prediction, Rereading
from classifier.recognition.errors import ModelFileDamaged

from .history import ORDERS, keys_after
from .networks import network_of
from .predictions import judge_all, to_array

CHUNK = 32  # digits: about 30 ms of work, for which a drawing may have to wait
COLUMNS = ("pk", "pixels", "hints", "preprocessing_version", "created", "drawing__revision", "is_known")
BROKEN = "The file of this version cannot be read."
GAVE_UP = "It made no progress in many attempts."

Status = Rereading.Status
log = logging.getLogger(__name__)


def begin(owner: User, version: ModelVersion, by: User) -> Rereading:
    """Starts a re-reading of a person's digits. Returns the unfinished one of this version, if there is one."""
    digits = Digit.objects.owned_by(owner).count()
    try:
        with transaction.atomic():
            rereading = Rereading.objects.create(owner=owner, model_version=version, requested_by=by, digits=digits)
            audit.record(audit.Act.READ_AGAIN, by=by, about=owner, on=version)
    except IntegrityError:
        return Rereading.objects.unfinished().get(owner=owner, model_version=version)
    transaction.on_commit(lambda: enqueue("classifier.read_again", rereading.pk, 0), robust=True)
    return rereading


def cancel(rereading: Rereading) -> None:
    """Stops a re-reading at its next chunk. Its answers stay."""
    leases.finish(Rereading.objects.unfinished().filter(pk=rereading.pk), Status.CANCELLED)


def read_some(rereading_id: int, place: int) -> int | None:
    """Answers the chunk of a re-reading after `place`. Returns the place of the next chunk, None after the last.

    Of two tasks for the same chunk, one stops here.
    """
    here = Rereading.objects.unfinished().filter(pk=rereading_id, last_digit=place)
    if (rereading := leases.claim(here.select_related("model_version"))) is None:
        return None
    rows, is_more = _next(rereading)
    try:
        answers = _answers(rereading.model_version, [row for row in rows if not row["is_known"]])
    except ModelFileDamaged:
        log.exception("Version %s cannot be loaded for a re-reading", rereading.model_version)
        leases.finish(leases.held(rereading), Status.FAILED, error=BROKEN)
        return None
    with transaction.atomic():
        Prediction.objects.bulk_create(answers, ignore_conflicts=True)  # a killed task may have stored some
        progress: dict[str, Any] = {"looked_at": F("looked_at") + len(rows), "answered": F("answered") + len(answers)}
        if not is_more:
            leases.finish(leases.held(rereading), Status.DONE, **progress)
            return None
        last: int = rows[-1]["pk"]
        progress |= {"last_digit": last, "last_created": rows[-1]["created"], "attempts": 0}
        return last if leases.release(leases.held(rereading), **progress) else None


def left_behind() -> list[tuple[int, int]]:
    """Takes the re-readings without progress, whose tasks are lost, to send again. Returns their keys and places."""
    late, hopeless = leases.take_overdue(Rereading.objects.unfinished())
    for rereading in hopeless:
        log.error("Re-reading %s made no progress in %s attempts; given up", rereading.public_id, rereading.attempts)
        leases.finish(leases.held(rereading), Status.FAILED, error=GAVE_UP)
    return [(rereading.pk, rereading.last_digit) for rereading in late]


def _next(rereading: Rereading) -> tuple[list[dict[str, Any]], bool]:
    """The next digits, the oldest first, and whether there may be more after them.

    `is_known` is true for digits that the version has answered already, or that wait for their first answer.
    """
    last = None
    if rereading.last_digit:
        # Of a digit removed meanwhile it is not known: then the digits of the same moment are looked at again.
        drawing = Digit.objects.filter(pk=rereading.last_digit).values_list("drawing_id", flat=True).first() or 0
        last = Digit(pk=rereading.last_digit, drawing_id=drawing, created=rereading.last_created)
    oldest = ORDERS["oldest"]
    digits = Digit.objects.filter(owner=rereading.owner_id).order_by(*oldest.columns)
    keys = keys_after(digits, oldest, last, CHUNK)
    of_this_revision = {"digit": OuterRef("pk"), "revision": OuterRef("drawing__revision")}
    mine = Prediction.objects.filter(**of_this_revision, model_version=rereading.model_version)
    # A waiting digit may be answered by this version; a version answers a revision only once.
    waiting = Prediction.objects.waiting().filter(**of_this_revision)
    digits = Digit.objects.filter(pk__in=keys).annotate(is_known=Exists(mine | waiting))
    rows = list(digits.order_by(*oldest.columns).values(*COLUMNS))
    return rows, bool(rows) and len(keys) == CHUNK


def _answers(version: ModelVersion, rows: list[dict[str, Any]]) -> list[Prediction]:
    """Unsaved answers of a version to digits. Raises ModelFileDamaged."""
    if not rows:
        return []
    pictures = np.stack([to_array(row["pixels"]) for row in rows])
    answer = network_of(version).answer(pictures)
    judgements = judge_all(answer, pictures, [row["hints"] for row in rows], version)
    now, took_ms = timezone.now(), answer.elapsed_ms / len(rows)
    return [
        Prediction(
            digit_id=row["pk"],
            revision=row["drawing__revision"],
            model_version=version,
            preprocessing_version=row["preprocessing_version"],
            status=Prediction.Status.DONE,
            logits=logits,
            inference_ms=took_ms,
            finished=now,
            **asdict(judgement),
        )
        for row, judgement, logits in zip(rows, judgements, answer.logits.tolist(), strict=True)
    ]
