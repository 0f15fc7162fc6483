"""Answering predictions: what the worker does, and how nothing that was accepted is lost.

A prediction is answered by one conditional update from "queued". So the same job may come twice, late,
or after the drawing has changed: only one answer is recorded, and never for an older revision.
"""

import base64
import logging
import zlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils import timezone
from numpy.typing import NDArray

from classifier.jobs import replies
from classifier.models import ModelVersion, Prediction
from classifier.models.jobs import Backoff
from classifier.recognition.calibration import calibrated
from classifier.recognition.inference import Answer, Network
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.verdict import Judgement, judge_rows

from .networks import calibration_of, network_in_service, network_named

BACKOFF = Backoff(first_s=5, most_s=300)
ATTEMPTS = 12  # about half an hour
RESEND_BATCH = 500
EXPLAINED_AT_ONCE = 8  # pictures in one run of the network; more take more memory and are no quicker
GAVE_UP = "No answer could be made for this digit. Send it again, or tell whoever runs this site."

_OF_DIGIT = ("digit__pixels", "digit__hints")

log = logging.getLogger(__name__)


def reply_key(prediction_id: int) -> str:
    return f"prediction:{prediction_id}"


def to_array(pixels: bytes | memoryview) -> NDArray[np.uint8]:
    """784 stored bytes as shape (28, 28)."""
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)


def answer_predictions(
    prediction_ids: list[int], pixels_base64: list[str] | None = None, hints: list[dict[str, Any]] | None = None
) -> int:
    """Answer those that still wait, with the version in service; returns how many were answered.

    pixels_base64, hints: of each prediction's digit, where the sender had them at hand; otherwise they are looked
    up (a sender of an older release has no hints). Raises ModelFileDamaged when nothing can be served; the
    predictions then stay queued.
    """
    if pixels_base64 is None:
        rows = Prediction.objects.waiting().filter(pk__in=prediction_ids)
        found = {pk: (pixels, noticed) for pk, pixels, noticed in rows.values_list("pk", *_OF_DIGIT)}
    else:
        noticed_of_each = hints or [{}] * len(pixels_base64)
        sent = zip(map(base64.b64decode, pixels_base64), noticed_of_each, strict=True)
        found = dict(zip(prediction_ids, sent, strict=True))
    if not found:
        return 0
    version, network = network_in_service()
    pictures = np.stack([to_array(pixels) for pixels, _ in found.values()])
    answer = network.answer(pictures)
    judged = judge_all(answer, pictures, [noticed for _, noticed in found.values()], version)
    answered = 0
    for pk, judgement, logits in zip(found, judged, answer.logits.tolist(), strict=True):
        fields: dict[str, Any] = {
            **asdict(judgement),
            "status": Prediction.Status.DONE.value,
            "model_version_id": version.pk,
            "logits": logits,
            "inference_ms": answer.elapsed_ms / len(found),
            "finished": timezone.now(),
        }
        word: dict[str, Any] = {}  # whoever waits asks the database, unless this worker knows what it says
        if Prediction.objects.waiting().filter(pk=pk).update(**fields):
            answered += 1
            word = fields | {"finished": fields["finished"].isoformat(), "model_version": version.name}
        replies.send(reply_key(pk), word, served_by=version.name)
    return answered


def judge_all(
    answer: Answer, pictures: NDArray[np.uint8], hints: list[dict[str, Any]], version: ModelVersion
) -> list[Judgement]:
    """What the answers of a version's network to pictures (n, 28, 28) come to."""
    return judge_rows(answer.logits, answer.features, pictures, hints, calibration_of(version))


def apply_reply(prediction: Prediction, word: dict[str, Any]) -> None:
    """Bring a prediction up to date with what the worker has stored and told: a query less for each answer."""
    name, finished = word["model_version"], datetime.fromisoformat(word["finished"])
    for field, value in (word | {"finished": finished}).items():
        if field != "model_version":
            setattr(prediction, field, value)
    prediction.model_version = ModelVersion(pk=word["model_version_id"], name=name)


def answer_preview(pixels_base64: list[str], word: str, hints: list[dict[str, Any]] | None = None) -> None:
    """Answer pictures of 784 bytes each, stored nowhere, to whoever waits for `word`."""
    version, network = network_in_service()
    pictures = np.stack([to_array(base64.b64decode(pixels)) for pixels in pixels_base64])
    answer = network.answer(pictures)
    judged = judge_all(answer, pictures, hints or [{}] * len(pictures), version)
    content = {
        "digits": [asdict(judgement) for judgement in judged],
        "model_version": version.name,
        "inference_ms": answer.elapsed_ms,
    }
    replies.send(word, content, served_by=version.name)


def answer_explanation(packed_pixels: str, word: str, version_name: str) -> None:
    """Answer many 28×28 pictures, stored nowhere, to whoever waits for `word`; in small batches, to take little memory.

    packed_pixels: their bytes, compressed by zlib, in base64; version_name: who should answer, see network_named.
    """
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(packed_pixels)), np.uint8).reshape(-1, SIDE, SIDE)
    version, network = network_named(version_name)
    rows: list[list[float]] = []
    for start in range(0, len(pixels), EXPLAINED_AT_ONCE):
        answer = network.answer(pixels[start : start + EXPLAINED_AT_ONCE])
        probabilities = calibrated(answer.logits, calibration_of(version)).tolist()
        rows += [[float(f"{value:.4g}") for value in row] for row in probabilities]
    replies.send(word, {"probabilities": rows, "model_version": version.name})


def lost_predictions() -> list[int]:
    """Claim predictions that have waited too long, for sending again; ends those past all attempts.

    Each is claimed by a conditional update, so that two schedulers do not send it twice.
    """
    now = timezone.now()
    late = Prediction.objects.waiting().filter(_is_due(now))
    claimed = []
    for pk, attempts in late.order_by("sent").values_list("pk", "attempts")[:RESEND_BATCH]:
        claim = Prediction.objects.waiting().filter(pk=pk, attempts=attempts)
        if attempts >= ATTEMPTS:
            if claim.update(status=Prediction.Status.FAILED, error=GAVE_UP, finished=now):
                log.error("Prediction %s was sent %s times without an answer; given up", pk, attempts)
        elif claim.update(attempts=attempts + 1, sent=now):
            claimed.append(pk)
    if claimed:
        log.warning("%s predictions had no answer in time and are sent again", len(claimed))
    return claimed


def _is_due(now: datetime) -> Q:
    """Predictions sent so long ago that they are to be sent again; the pause doubles with every attempt."""
    due = Q(pk__in=())
    for attempts in range(1, ATTEMPTS + 1):
        waited_s = BACKOFF.first_s * 2 ** (attempts - 1)
        due |= Q(attempts=attempts, sent__lt=now - BACKOFF.pause(waited_s))
    return due


def warm_up() -> Network | None:
    """Load the network in service before the first prediction asks for it."""
    try:
        return network_in_service()[1]
    except Exception:  # the outermost edge of a starting worker: it can still serve what is registered later
        log.exception("No network could be loaded at the start; predictions wait until one can")
        return None
