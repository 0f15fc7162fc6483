"""The worker's part: answering the questions that wait."""

import base64
import logging
import time
from typing import Any

from classifier.jobs import questions, replies, trace
from classifier.jobs.questions import Question

from .predictions import answers_to, stored

log = logging.getLogger(__name__)


def answer_questions() -> None:
    """Answers all questions that wait. Raises redis.RedisError; ModelFileDamaged if no network can be loaded."""
    is_more = True
    while is_more:
        taken = questions.take()
        is_more = len(taken) == questions.TAKEN_AT_ONCE
        if waited_for := [question for question in taken if not question.is_expired()]:
            answer(waited_for)


def answer(asked: list[Question]) -> None:
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
