"""Answering predictions in a worker, and sending lost ones again.

One conditional update from "queued" records an answer. So a task may run twice, late, or after the drawing has
changed: only one answer is recorded, and never one for an older revision.
"""

import base64
import logging
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from numpy.typing import NDArray

from classifier.jobs import questions, replies, trace
from classifier.jobs.questions import Question
from classifier.models import ModelVersion, Prediction
from classifier.models.jobs import CLOCKS_DIFFER, Backoff
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Answer, Network
from classifier.recognition.preprocessing.framing import SIDE
from classifier.recognition.verdict import Judgement, judge_rows

from .networks import calibration_of, network_in_service, network_named

BACKOFF = Backoff(first_s=5, most_s=300)
ATTEMPTS = 12  # about half an hour
SERIES = 5  # of attempts that a prediction has by itself; staff can start them again
RESEND_BATCH = 500
RESENT_AT_ONCE = 10_000  # of those given up
AT_ONCE = 16  # pictures in one run of the network; more take more memory and are no quicker
GAVE_UP = "This digit could not be read. The site tries again by itself."

log = logging.getLogger(__name__)


def reply_key(prediction_id: int) -> str:
    return f"prediction:{prediction_id}"


def to_array(pixels: bytes | memoryview) -> NDArray[np.uint8]:
    """784 stored bytes as shape (28, 28)."""
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)


def answer_questions() -> None:
    """Answers all questions that wait. Raises redis.RedisError; ModelFileDamaged if no network can be loaded."""
    is_more = True
    while is_more:
        taken = questions.take()
        is_more = len(taken) == questions.TAKEN_AT_ONCE
        if waited_for := [question for question in taken if not question.is_expired()]:
            answer_together(waited_for)


def answer_together(asked: list[Question]) -> None:
    """Answers questions in one run of the network. Raises ModelFileDamaged."""
    started = time.perf_counter()
    pixels = [base64.b64decode(picture) for question in asked for picture in question.pixels]
    version, answers = answers_to(pixels, [hints for question in asked for hints in question.hints])
    left = iter(answers)
    to_store: dict[int, dict[str, Any]] = {}
    contents: dict[str, dict[str, Any]] = {}
    for question in asked:
        of_question = [next(left) for _ in question.pixels]
        if question.predictions:
            to_store.update(zip(question.predictions, of_question, strict=True))
        else:
            contents[question.reply_key] = {
                "answers": of_question,
                "model_version": version.name,
                "model_version_id": version.pk,
            }
    if to_store:
        contents |= stored(to_store, version)
    replies.send_all(contents, served_by=version.name)
    elapsed_ms = (time.perf_counter() - started) * 1e3
    for question in asked:
        trace.begin(question.trace)
        if trace.is_about_something():
            log.info("Answered in %.0f ms, with %d other questions", elapsed_ms, len(asked) - 1)
    trace.begin(None)


def answer_predictions(prediction_ids: list[int]) -> int:
    """Answers waiting predictions with the version in service. Returns how many it answered.

    Raises ModelFileDamaged if no network can be loaded; the predictions then stay queued.
    """
    rows = Prediction.objects.waiting().filter(pk__in=prediction_ids)
    waiting = list(rows.values_list("pk", "digit__pixels", "digit__hints"))
    parts = (waiting[start : start + AT_ONCE] for start in range(0, len(waiting), AT_ONCE))
    return sum(map(_answer_waiting, parts))


def _answer_waiting(waiting: list[tuple[int, bytes | memoryview, Any]]) -> int:
    keys, pixels, hints = zip(*waiting, strict=True)
    version, answers = answers_to(pixels, hints)
    contents = stored(dict(zip(keys, answers, strict=True)), version)
    replies.send_all(contents, served_by=version.name)
    return len([content for content in contents.values() if content])


def answers_to(
    pixels: Sequence[bytes | memoryview], hints: Sequence[dict[str, Any]]
) -> tuple[ModelVersion, list[dict[str, Any]]]:
    """What the version in service says of each picture of 784 bytes: fields of a Prediction.

    Raises ModelFileDamaged if no network can be loaded.
    """
    version, network = network_in_service()
    answers: list[dict[str, Any]] = []
    for start in range(0, len(pixels), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        pictures = np.stack([to_array(each) for each in pixels[part]])
        answer = network.answer(pictures)
        judgements = judge_all(answer, pictures, list(hints[part]), version)
        inference_ms = answer.elapsed_ms / len(pictures)
        for judgement, logits in zip(judgements, answer.logits.tolist(), strict=True):
            answers.append({**asdict(judgement), "logits": logits, "inference_ms": inference_ms})
    return version, answers


def stored(answers: dict[int, dict[str, Any]], version: ModelVersion) -> dict[str, dict[str, Any]]:
    """Stores answers by prediction, each if its prediction still waits. Returns the replies by their keys.

    A reply is empty if nothing was stored; the request that waits for it then reads the database.
    """
    # SQLite has one lock for everything, so one transaction for all is quicker. With a lock for each row, it could wait
    # for a request that waits for it.
    if len(answers) > 1 and not connection.features.has_select_for_update:
        with suppress(IntegrityError), transaction.atomic():
            return {reply_key(pk): _record(pk, version, answer) for pk, answer in answers.items()}
    return {reply_key(pk): _record_alone(pk, version, answer) for pk, answer in answers.items()}


def _record_alone(pk: int, version: ModelVersion, answer: dict[str, Any]) -> dict[str, Any]:
    """As _record. An answer that the version has given already, in a re-reading, keeps no other from being stored."""
    try:
        return _record(pk, version, answer)
    except IntegrityError:
        log.exception("The answer to prediction %s could not be stored", pk)
        return {}


def _record(pk: int, version: ModelVersion, answer: dict[str, Any]) -> dict[str, Any]:
    """Stores an answer, if its prediction still waits. Returns the reply, empty if it does not."""
    status, finished = Prediction.Status.DONE.value, timezone.now()
    fields = {**answer, "status": status, "model_version_id": version.pk, "finished": finished}
    is_stored = bool(Prediction.objects.waiting().filter(pk=pk).update(**fields))
    return fields | {"finished": finished.isoformat(), "model_version": version.name} if is_stored else {}


def judge_all(
    answer: Answer, pictures: NDArray[np.uint8], hints: list[dict[str, Any]], version: ModelVersion
) -> list[Judgement]:
    """Judges the answers of a version's network to pictures of shape (n, 28, 28)."""
    return judge_rows(answer.logits, answer.features, pictures, hints, calibration_of(version))


def apply_reply(prediction: Prediction, reply: dict[str, Any]) -> None:
    """Brings a prediction up to date with a worker's reply, which saves a query for each answer."""
    name, finished = reply["model_version"], datetime.fromisoformat(reply["finished"])
    for field, value in (reply | {"finished": finished}).items():
        if field != "model_version":
            setattr(prediction, field, value)
    prediction.model_version = ModelVersion(pk=reply["model_version_id"], name=name)


def answer_explanation(packed_pixels: str, key: str, version_name: str) -> None:
    """Answers many 28×28 pictures and replies to `key`. Stores nothing. Runs in small parts, to take little memory.

    packed_pixels: the pictures' bytes, compressed by zlib, in base64. version_name: see network_named.
    """
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(packed_pixels)), np.uint8).reshape(-1, SIDE, SIDE)
    version, network = network_named(version_name)
    rows: list[list[float]] = []
    verdicts: list[str] = []
    for start in range(0, len(pixels), AT_ONCE):
        part = pixels[start : start + AT_ONCE]
        for judgement in judge_all(network.answer(part), part, [{}] * len(part), version):
            rows.append([float(f"{value:.4g}") for value in judgement.probabilities])
            verdicts.append(judgement.verdict.value)
    replies.send(key, {"probabilities": rows, "verdicts": verdicts, "model_version": version.name})


def lost_predictions() -> list[int]:
    """Claims predictions that have waited too long, to send again. Gives up those past all attempts.

    Claims each with a conditional update, so two schedulers never send it twice.
    """
    now = timezone.now()
    late = Prediction.objects.waiting().filter(is_due(now))
    claimed = []
    for pk, attempts, digit in late.order_by("sent").values_list("pk", "attempts", "digit__public_id")[:RESEND_BATCH]:
        claim = Prediction.objects.waiting().filter(pk=pk, attempts=attempts)
        if attempts % ATTEMPTS == 0:
            if claim.update(status=Prediction.Status.FAILED, error=GAVE_UP, finished=now):
                log.error("Digit %s was sent %s times without an answer; given up", digit, attempts)
        elif claim.update(attempts=attempts + 1, sent=now):
            claimed.append(pk)
    if claimed:
        log.warning("%s predictions had no answer in time and are sent again", len(claimed))
    return claimed


def is_due(now: datetime) -> Q:
    """Rows sent so long ago that they are to be sent again; the pause doubles with every attempt of a series."""
    due = Q(sent__gt=now + CLOCKS_DIFFER)  # the clock has been set back
    for attempts in range(1, ATTEMPTS + 1):
        waited_s = BACKOFF.first_s * 2 ** (attempts - 1)
        due |= Q(attempts__in=range(attempts, SERIES * ATTEMPTS + 1, ATTEMPTS), sent__lt=now - BACKOFF.pause(waited_s))
    return due


def send_failed_again(*, by_staff: bool = False) -> int:
    """Puts predictions that were given up back on the queue, for `lost_predictions` to send. Returns how many.

    They failed for reasons of the site: no version could be loaded, or no worker answered. A digit that ends its worker
    would come back without end, so each has SERIES series of attempts. by_staff: starts them again.
    """
    given_up = Prediction.objects.filter(status=Prediction.Status.FAILED, model_version=None, foreign_version=None)
    if not by_staff:
        given_up = given_up.filter(attempts__lt=SERIES * ATTEMPTS)
    attempts: Any = 1 if by_staff else F("attempts") + 1
    long_ago = timezone.now() - BACKOFF.pause(BACKOFF.most_s)
    keys = list(given_up.order_by("finished").values_list("pk", flat=True)[:RESENT_AT_ONCE])
    failed = Prediction.objects.filter(pk__in=keys, status=Prediction.Status.FAILED)
    count = failed.update(status=Prediction.Status.QUEUED, error="", finished=None, attempts=attempts, sent=long_ago)
    if count:
        log.warning("%s predictions that were given up are sent again", count)
    return count


def go_on_after_damage() -> None:
    """Sends predictions that were given up again as soon as a version serves."""
    try:
        network_in_service()
    except ModelFileDamaged as error:
        log.warning("Predictions wait: %s", error)
    else:
        send_failed_again()


def warm_up() -> Network | None:
    """Loads the network in service before the first prediction needs it."""
    try:
        return network_in_service()[1]
    except Exception:  # the outermost edge of a starting worker: it can serve a version that is registered later
        log.exception("No network could be loaded at the start; predictions wait")
        return None
