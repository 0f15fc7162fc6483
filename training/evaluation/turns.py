"""How well pictures that are upside down or on their side are noticed, and how many upright ones are turned wrongly."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from classifier.decoding.client import read_picture
from classifier.recognition.errors import ClassifierError
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits
from classifier.recognition.preprocessing.strokes import parse_sketch, render
from classifier.recognition.turning import TURNS, better_turn
from classifier.recognition.verdict import Judgement
from training.data.examples import Content, Example, SetUnreadable, Strokes

from .reading import Reader


@dataclass
class TurnFigures:
    """Counts of examples, each shown upright and in each of TURNS."""

    examples: int = 0
    numbers: int = 0  # with several digits
    turned_wrongly: Counter[int] = field(default_factory=Counter)  # by how they were shown; 0 is upright
    noticed: Counter[int] = field(default_factory=Counter)
    read_correctly: Counter[int] = field(default_factory=Counter)  # of those noticed

    def table(self) -> list[str]:
        shares = [f"{self.examples:,} pictures, {self.numbers:,} of them numbers of several digits"]
        shares.append(f"shown upright: {self.turned_wrongly[0]:,} turned wrongly")
        shares += [
            f"shown turned by {turn}°: {self.noticed[turn]:,} turned back ({self.read_correctly[turn]:,} of them read "
            f"correctly), {self.turned_wrongly[turn]:,} turned wrongly"
            for turn in (90, 180, 270)
        ]
        return shares


def measure_turns(reader: Reader, examples: Iterable[Example]) -> TurnFigures:
    """Raises SetUnreadable."""
    figures = TurnFigures()
    for example in examples:
        answers = {turn: _judged(reader, digits) for turn, digits in _in_every_turn(example.content)}
        figures.examples += 1
        figures.numbers += len(answers[0]) > 1
        for shown in (0, 90, 180, 270):
            turned = better_turn(answers[shown], {turn: answers[(shown + turn) % 360] for turn in TURNS})
            if turned and (shown + turned) % 360 == 0:
                figures.noticed[shown] += 1
                figures.read_correctly[shown] += "".join(str(each.label) for each in answers[0]) == example.label
            elif turned:
                figures.turned_wrongly[shown] += 1
    return figures


def _judged(reader: Reader, digits: list[FoundDigit]) -> list[Judgement]:
    pixels = np.array([digit.pixels for digit in digits], np.uint8).reshape(-1, 28, 28)
    return reader.judge(pixels, [digit.hints for digit in digits])


def _in_every_turn(content: Content) -> Iterator[tuple[int, list[FoundDigit]]]:
    """The digits found after each turn in degrees clockwise; none where a picture cannot be read."""
    for turn in (0, *TURNS):
        try:
            yield turn, _find_digits(content, turn)
        except ClassifierError:
            yield turn, []


def _find_digits(content: Content, turn: int) -> list[FoundDigit]:
    if isinstance(content, Strokes):
        sketch = parse_sketch(content.strokes, content.size, content.pen)
        return find_digits(_turned(255 - render(sketch), turn))
    if isinstance(content, np.ndarray):
        return find_digits(_turned(content, turn))
    try:
        data = content.read_bytes()
    except OSError as error:
        raise SetUnreadable(f"{content} cannot be read: {error.strerror}.") from error
    return read_picture(data, round(settings.PICTURE_MAX_MEGAPIXELS * 1e6), turned=turn).digits


def _turned(picture: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rot90(picture, -turn // 90))
