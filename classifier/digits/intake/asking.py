"""Asking the network about digits before anything is stored."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from classifier.decoding.client import read_picture
from classifier.decoding.pictures import Picture
from classifier.decoding.turning import Answered, Reply, turned_if_better
from classifier.jobs import replies
from classifier.jobs.questions import Question, ask
from classifier.jobs.watching import ReplyClock
from classifier.recognition.errors import ClassifierError
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.turning import TURNS
from classifier.recognition.verdict import Judgement

from .storing import to_base64

EXPIRES_S = 2.0  # after which no worker answers any more, and nobody waits


def ask_network(found_digits: Sequence[FoundDigit], timeout_s: float) -> Reply | None:
    """The network's answers to some digits; None if no worker answers in time."""
    key, asked, clock = replies.new_reply_key(), timezone.now(), ReplyClock()
    pixels = [to_base64(digit.pixels.tobytes()) for digit in found_digits]
    hints = [digit.hints for digit in found_digits]
    if timeout_s <= 0 or not ask(Question(pixels, hints, reply_key=key, expires_s=EXPIRES_S)):
        return None
    reply = replies.wait_for(key, timeout_s)
    answers = [_answered(answer) for answer in reply["answers"]] if reply else []
    clock.stop(sum(answer.inference_ms for answer in answers) if reply else None)
    return Reply(answers, (reply["model_version_id"], reply["model_version"]), asked, timezone.now()) if reply else None


def _answered(answer: dict[str, Any]) -> Answered:
    """answer: one of `answers` in what predictions.answer_questions replies."""
    judgement = Judgement(**{field.name: answer[field.name] for field in fields(Judgement)})
    return Answered(judgement, answer["logits"], answer["inference_ms"])


def read_or_turn(picture: Picture, file: "UploadedFile[bytes]", max_pixels: int) -> tuple[Picture, Reply | None]:
    """The picture, turned if that is plainly better, and the answers to its digits if a worker gives them in time.

    file, max_pixels: as for read_picture.
    """
    first = _ask(picture.digits)
    if first is None:
        return picture, None
    of_turned: list[Reply] = []

    def answer(digits: Sequence[FoundDigit]) -> list[Answered]:
        if reply := _ask(digits):
            of_turned.append(reply)
        return of_turned[0].answers if of_turned else []

    chosen, answers = turned_if_better(picture, first.answers, lambda: _turns(file, max_pixels), answer)
    if chosen is picture:
        return picture, first
    return chosen, replace(of_turned[0], answers=answers, asked=first.asked)


def _ask(digits: Sequence[FoundDigit]) -> Reply | None:
    return ask_network(digits, min(settings.ANSWER_WAIT_S, EXPIRES_S))


def _turns(file: "UploadedFile[bytes]", max_pixels: int) -> list[Picture]:
    """The turned pictures in which digits are found."""
    pictures = []
    for turn in TURNS:
        try:
            pictures.append(read_picture(file, max_pixels, turned=turn))
        except ClassifierError:  # also if the decoder is busy: the upright picture is read already
            continue
    return pictures
