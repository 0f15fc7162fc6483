"""Reading a picture turned if it is plainly upside down or on its side. Uploads, batches and the API share it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from classifier.decoding.pictures import Picture
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.turning import better_turn, may_be_turned
from classifier.recognition.verdict import Judgement


class Answered(NamedTuple):
    """The network's answer to one digit."""

    judgement: Judgement
    logits: list[float]  # (10,)
    inference_ms: float


@dataclass(frozen=True)
class Reply:
    """The answers of one version to some digits."""

    answers: list[Answered]
    version: tuple[int, str]  # key and name
    asked: datetime
    answered: datetime


def turned_if_better(
    picture: Picture,
    answers: list[Answered],
    decode_turned: Callable[[], list[Picture]],
    answer: Callable[[Sequence[FoundDigit]], list[Answered]],
) -> tuple[Picture, list[Answered]]:
    """The picture, or one of its turns that is plainly a number, with the answers to its digits.

    answers: to the digits of the upright picture. Only if one of them is doubtful are the other functions called:
    decode_turned returns the turned pictures that have digits, answer the answers to some digits, or none of them.
    """
    if not may_be_turned([each.judgement for each in answers]):
        return picture, answers
    pictures = [each for each in decode_turned() if len(each.digits) > 1]
    rest = iter(answer([digit for each in pictures for digit in each.digits]) if pictures else [])
    turned = {each.turned: (each, list(islice(rest, len(each.digits)))) for each in pictures}
    judgements = {turn: [each.judgement for each in given] for turn, (_, given) in turned.items()}
    turn = better_turn([each.judgement for each in answers], judgements)
    return turned[turn] if turn else (picture, answers)
