"""Answering predictions: what the worker does, and how nothing that was accepted is lost.

A prediction is answered by one conditional update from "queued". So the same job may come twice, late,
or after the drawing has changed: only one answer is recorded, and never for an older revision.
"""

import base64
import logging
from collections.abc import Iterable
from datetime import timedelta

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from . import messages
from .inference import Network, ranked
from .models import Prediction
from .preprocessing import SIDE
from .registry import network_in_service

RESEND_AFTER_S = 5.0  # doubled with every attempt, up to RESEND_AT_MOST_S
RESEND_AT_MOST_S = 300.0
ATTEMPTS = 12  # about half an hour
RESEND_BATCH = 500
GAVE_UP = "No answer could be made for this digit. Send it again, or tell whoever runs this site."

log = logging.getLogger(__name__)


def word_for(prediction_id: int) -> str:
    return f"prediction:{prediction_id}"


def to_array(pixels: bytes | memoryview) -> NDArray[np.uint8]:
    """784 stored bytes as shape (28, 28)."""
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)


def answer_predictions(prediction_ids: Iterable[int]) -> int:
    """Answer those that still wait, with the version in service; returns how many were answered.

    Raises ModelFileDamaged when nothing can be served; the predictions then stay queued.
    """
    waiting = list(
        Prediction.objects.waiting()
        .filter(pk__in=list(prediction_ids))
        .select_related("digit")
        .only("id", "digit__pixels")
    )
    if not waiting:
        return 0
    version, network = network_in_service()
    answer = network.answer(np.stack([to_array(prediction.digit.pixels) for prediction in waiting]))
    answered = 0
    for prediction, probabilities, logits in zip(waiting, answer.probabilities, answer.logits, strict=True):
        label, confidence = ranked(probabilities.tolist())[0]
        answered += (
            Prediction.objects.waiting()
            .filter(pk=prediction.pk)
            .update(
                status=Prediction.Status.DONE,
                verdict=Prediction.Verdict.DIGIT,
                model_version=version,
                label=label,
                confidence=confidence,
                probabilities=probabilities.tolist(),
                logits=logits.tolist(),
                inference_ms=answer.elapsed_ms / len(waiting),
                finished=timezone.now(),
            )
        )
        messages.tell(word_for(prediction.pk), {}, served_by=version.name)
    return answered


def answer_preview(pixels_base64: str, word: str) -> None:
    """Answer 784 bytes that are stored nowhere, to whoever waits for `word`."""
    version, network = network_in_service()
    answer = network.answer(to_array(base64.b64decode(pixels_base64))[np.newaxis])
    content = {
        "probabilities": answer.probabilities[0].tolist(),
        "model_version": version.name,
        "inference_ms": answer.elapsed_ms,
    }
    messages.tell(word, content, served_by=version.name)


def lost_predictions() -> list[int]:
    """Claim predictions that have waited too long, for sending again; ends those past all attempts.

    Each is claimed by a conditional update, so that two schedulers do not send it twice.
    """
    now = timezone.now()
    late = Prediction.objects.waiting().filter(sent__lt=now - timedelta(seconds=RESEND_AFTER_S))
    claimed = []
    for pk, sent, attempts in late.order_by("sent").values_list("pk", "sent", "attempts")[:RESEND_BATCH]:
        patience = min(RESEND_AFTER_S * 2 ** (attempts - 1), RESEND_AT_MOST_S)
        if (now - sent).total_seconds() < patience:
            continue
        claim = Prediction.objects.waiting().filter(pk=pk, attempts=attempts)
        if attempts >= ATTEMPTS:
            if claim.update(status=Prediction.Status.FAILED, error=GAVE_UP, finished=now):
                log.error("Prediction %s was sent %s times without an answer; given up", pk, attempts)
        elif claim.update(attempts=attempts + 1, sent=now):
            claimed.append(pk)
    if claimed:
        log.warning("%s predictions had no answer in time and are sent again", len(claimed))
    return claimed


def warm_up() -> Network | None:
    """Load the network in service before the first prediction asks for it."""
    try:
        return network_in_service()[1]
    except Exception:  # the outermost edge of a starting worker: it can still serve what is registered later
        log.exception("No network could be loaded at the start; predictions wait until one can")
        return None
