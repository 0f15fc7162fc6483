"""What is written in a row, and where each character is, by both networks.

The line network looks at the row twice, at two sizes, and proposes texts. The row is cut by each that is nearly as
probable as the best, and the digit network reads the digits so cut; the text that both find probable wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..classes import Verdict
from ..preprocessing.found_digit import FoundDigit
from ..verdict import Judgement
from . import ctc
from .alphabet import decode, encode
from .cuts.characters import Cut, Known, cut_row
from .framing import DIGIT, Frame
from .rows import Row

LineNetwork = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # image (32, width, PLANES) → logits
DigitNetwork = Callable[[Sequence[FoundDigit]], "Sequence[DigitAnswer]"]
Looks = Sequence[ctc.Frames]  # what the line network sees in a row, at each size

FRAMES_PER_PX = 0.5
SMALLER = 20  # px, of a usual digit in the second look
TEXTS = 5  # that each look proposes
FEWEST = -60.0  # natural logarithm below which a text counts as impossible
NEARLY = 2.5  # difference of the logarithms up to which a text is cut and read by the digit network too
LIKELY = 0.5  # confidence from which the digit network's choice of another digit is a second opinion
MOST_DISPUTED = 3  # digits that are replaced one at a time
LEAST = -6.0  # natural logarithm of the digit network's probability, at least
ODD_SLASH = 2.0  # taken from the logarithm of a text for each slash where a 1 is more likely
LIKELY_SLASHES = re.compile(r"[^\d/]*\d{1,4}/\d{1,4}(/\d{1,4})?[^\d/]*")  # a date or a fraction


@dataclass(frozen=True)
class Method:
    """How a row is read. Other values than these are for measuring what each part contributes."""

    looks: tuple[float, ...] = (DIGIT, SMALLER)  # px: how high the line network sees a usual digit, each time
    trust: float = 0.8  # weight of the digit network's logarithms beside the line network's
    most_cut: int = 4  # texts that the digit network reads too
    asks_back: bool = True  # whether texts with the digit network's other digits are weighed too


METHOD = Method()


@dataclass(frozen=True)
class DigitAnswer:
    """What the digit network answers about one digit."""

    judgement: Judgement
    logits: list[float]  # (10,), stored with the prediction


@dataclass(frozen=True)
class Text:
    """A text that a row may show."""

    text: str
    score: float  # natural logarithm of its probability, less what is odd about it: the mean of the looks
    least: float  # of the look that finds it least probable

    @property
    def number(self) -> str:
        """Its digits alone."""
        return "".join(character for character in self.text if character.isdigit())


@dataclass(frozen=True)
class Character:
    """A character of a row."""

    character: str
    centre: float  # px of the picture or pad, from the left
    box: tuple[int, int, int, int]  # left, top, right, bottom (exclusive) in px of the picture or pad
    probability: float  # of the line network, in its best frame
    digit: FoundDigit | None = None  # of a digit: as the digit network receives it
    answer: DigitAnswer | None = None  # of a digit: of the digit network

    @property
    def judgement(self) -> Judgement | None:
        """The digit network's verdict on a digit; None for a mark."""
        return self.answer.judgement if self.answer else None

    @property
    def log_probability(self) -> float:
        """The natural logarithm of the digit network's probability of this digit; 0 for a mark."""
        if self.answer is None:
            return 0.0
        return float(np.log(max(self.answer.judgement.probabilities[int(self.character)], 1e-9)))

    @property
    def is_disputed(self) -> bool:
        """Whether the digit network reads another digit. Where it sees no digit, the cut is bad, and it has no say."""
        if self.answer is None:
            return False
        own = self.answer.judgement
        has_say = own.verdict != Verdict.NOT_A_DIGIT and own.confidence >= LIKELY
        return has_say and own.label != int(self.character)


@dataclass(frozen=True)
class Candidate:
    """A text with its characters, cut out of the row."""

    text: Text
    characters: list[Character]
    unexplained: float  # share of the ink that no character explains
    score: float  # of both networks


@dataclass(frozen=True)
class RowRead:
    """A row as read by both networks, before it is judged."""

    row: Row
    candidates: list[Candidate]  # the best first; at least one
    others: list[Text]  # texts that were not cut, the best first
    first_choices: list[str]  # the most probable text of each look
    looks: Looks

    @property
    def best(self) -> Candidate:
        return self.candidates[0]


def read_row(row: Row, line_network: LineNetwork, digit_network: DigitNetwork, method: Method = METHOD) -> RowRead:
    """Reads a row with both networks."""
    place = Frame.of(row.ink.shape, row.top, row.bottom, method.looks[0])
    looks = [ctc.Frames.of(line_network(row.image(digit))) for digit in method.looks]
    texts, first_choices = rank(looks)
    near = [text for text in texts if text.score >= texts[0].score - NEARLY][: method.most_cut]
    known: Known = {}

    def candidates_of(texts: Sequence[Text]) -> list[Candidate]:
        cut = [(text, *_characters(row, text, looks[0], place, known)) for text in texts]
        digits = {id(each.digit): each.digit for _, characters, _ in cut for each in characters if each.digit}
        answers = dict(zip(digits, digit_network(list(digits.values())) if digits else [], strict=True))
        return [_scored(method, text, _answered(characters, answers), share) for text, characters, share in cut]

    candidates = sorted(candidates_of(near), key=lambda each: -each.score)
    if method.asks_back and (others := _second_opinions(candidates, looks)):
        candidates = sorted([*candidates, *candidates_of(others)], key=lambda each: -each.score)
    return RowRead(row, candidates, texts[len(near) :], first_choices, looks)


def _second_opinions(candidates: Sequence[Candidate], looks: Looks) -> list[Text]:
    """The texts with the digits that the digit network reads in the best candidate instead."""
    best = candidates[0]
    opinions = [
        str(each.judgement.label) if each.is_disputed and each.judgement else each.character for each in best.characters
    ]
    disputed = [at for at, (own, each) in enumerate(zip(opinions, best.text.text, strict=True)) if own != each]
    if not disputed:
        return []
    singly = (best.text.text[:at] + opinions[at] + best.text.text[at + 1 :] for at in disputed[:MOST_DISPUTED])
    known = {each.text.text for each in candidates}
    others = [text for text in dict.fromkeys([*singly, "".join(opinions)]) if text not in known]
    return _texts_of(looks, [tuple(encode(text)) for text in others])


def rank(looks: Looks) -> tuple[list[Text], list[str]]:
    """The most probable texts, ranked by their scores, and the most probable one of each look."""
    proposed = [ctc.best_texts(frames, TEXTS) for frames in looks]
    every = list(dict.fromkeys(text for texts in proposed for text in texts))
    return sorted(_texts_of(looks, every), key=lambda text: -text.score), [decode(texts[0]) for texts in proposed]


def log_likelihoods(looks: Looks, texts: Sequence[ctc.Classes]) -> NDArray[np.float64]:
    """The natural logarithm of the probability of each text for each look, (looks, texts), at least FEWEST."""
    return np.maximum([ctc.log_likelihoods(frames, texts) for frames in looks], FEWEST)


def _texts_of(looks: Looks, texts: Sequence[ctc.Classes]) -> list[Text]:
    """The texts with their scores, without those that have no room in the first look, in which they are aligned."""
    texts = [text for text in texts if ctc.has_room(looks[0], text)]
    if not texts:
        return []
    scores = log_likelihoods(looks, texts)
    named = zip(map(decode, texts), scores.mean(0).tolist(), scores.min(0).tolist(), strict=True)
    return [Text(text, score - _oddness(text), least) for text, score, least in named]


def _oddness(text: str) -> float:
    """How much less likely a text is in what people write than in generated lines, which have many slashes.

    A 1 that leans looks the same as a slash.
    """
    return 0.0 if LIKELY_SLASHES.fullmatch(text) else ODD_SLASH * text.count("/")


def _characters(row: Row, text: Text, frames: ctc.Frames, place: Frame, known: Known) -> tuple[list[Character], float]:
    """The characters of a text, cut out of the row, and the share of the ink that none of them explains."""
    aligned = ctc.align(frames, tuple(encode(text.text))) if text.text else []
    centres = [place.column((each.centre + 0.5) / FRAMES_PER_PX) for each in aligned]
    cuts, unexplained = cut_row(row, centres, text.text, known)
    rows = zip(text.text, cuts, aligned, strict=True)
    return [_character(own, cut, each.probability) for own, cut, each in rows], unexplained


def _character(own: str, cut: Cut, probability: float) -> Character:
    return Character(own, cut.centre, cut.box, probability, cut.digit)


def _answered(characters: Sequence[Character], answers: dict[int, DigitAnswer]) -> list[Character]:
    return [replace(each, answer=answers[id(each.digit)]) if each.digit else each for each in characters]


def _scored(method: Method, text: Text, characters: list[Character], unexplained: float) -> Candidate:
    """Adds what the digit network says of each digit to the score of the line network."""
    agreement = sum(max(LEAST, each.log_probability) for each in characters if each.answer)
    return Candidate(text, characters, unexplained, text.score + method.trust * agreement)
