"""The lines that a line reader learns from and is measured with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from classifier.decoding.client import read_picture
from classifier.digits.originals import original_bytes
from classifier.digits.replay import whole_sketch
from classifier.digits.samples import mnist
from classifier.errors import MnistUnavailable
from classifier.models import Drawing, NumberCorrection
from classifier.recognition.errors import ClassifierError, NoInk
from classifier.recognition.lines.alphabet import CHARACTERS
from classifier.recognition.lines.rows import Row
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.cache import Part
from training.synthesis.lines.parts import Lines, Series, draw_lines, read_lines, to_draw
from training.synthesis.lines.scans import named
from training.synthesis.steps import Advance, Count, after, not_begun, not_counted

from .datasets import GENERATED, MNIST
from .sources import SAMPLES, drawn_folder

HELD_OUT = 2_000  # lines to validate and calibrate with, which no network learns from
TEST = 2_000  # lines to measure with: also hands, signs and papers that no network learns from
SEED_OFFSET = 500_000  # from the seed of the training, so that the held-out lines are others
TEST_SEED = 20_261_129

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LineDataset:
    """Lines for one training. Those to learn from stay in their files, because there are many."""

    name: str  # where the digits that people wrote come from
    parts: tuple[Path, ...]  # to learn from
    drawn: int  # lines in them
    corrected: Lines  # that people wrote and corrected
    times: int  # that an epoch shows each corrected line
    held_out: Lines
    test: Lines

    @property
    def readers(self) -> list[Callable[[], Lines]]:
        """Functions that read the lines to learn from, part by part."""
        readers: list[Callable[[], Lines]] = [partial(read_lines, path) for path in self.parts]
        return readers + [lambda: self.corrected] * (self.times if len(self.corrected) else 0)

    @property
    def shown(self) -> int:
        """Lines that an epoch shows."""
        return self.drawn + self.times * len(self.corrected)

    @property
    def tested_on(self) -> str:
        """Names the lines that a network is measured on after its training."""
        return f"generated lines with digits of {self.name}, test lines"

    @property
    def description(self) -> dict[str, Any]:
        return {
            "name": f"generated lines with digits of {self.name}",
            "train_images": self.drawn + len(self.corrected),
            "test_images": len(self.test),
            "test_sha256": self.test.sha256,
        }

    def shortened(self, learn: int, test: int) -> LineDataset:
        """The first part and the first lines of the others, for a quick trial of a training."""
        held_out, tested = (Lines(each.images[:test], each.texts[:test]) for each in (self.held_out, self.test))
        return replace(self, parts=self.parts[:1], drawn=min(learn, self.drawn), held_out=held_out, test=tested)


def line_dataset(
    scans: tuple[str, Part],
    count: int,
    seed: int,
    corrected: Lines,
    times: int,
    should_stop: Callable[[], bool] = lambda: False,
    begin: Count = not_begun,
) -> LineDataset:
    """The lines for a training: `count` drawn ones with these scans, and corrected ones.

    scans: the name of the digits that people wrote, and the digits. begin: is told how many lines have to be drawn.
    Raises DrawingStopped, and OSError if the disk is full.
    """
    name, part = scans
    test_name, test_part = held_back_scans()
    wanted = wanted_lines(name, count, seed) | {held_back_series(test_name): TEST}
    missing = [to_draw(series, number) for series, number in wanted.items()]
    advance = begin(sum(missing)) if any(missing) else not_counted
    to_learn, held_out, test = (
        draw_lines(
            series,
            test_part if series.held_back else part,
            number,
            should_stop,
            partial(_after, sum(missing[:position]), advance),
        )
        for position, (series, number) in enumerate(wanted.items())
    )
    read = [Lines.joined(map(read_lines, paths)) for paths in (held_out, test)]
    return LineDataset(name, tuple(to_learn), count, corrected, times, *read)


def wanted_lines(scans: str, count: int, seed: int) -> dict[Series, int]:
    """The lines that a training learns from, and those that it holds out."""
    series = Series(drawn_folder(), named(scans), seed)
    return {series: count, replace(series, seed=seed + SEED_OFFSET): HELD_OUT}


def lines_to_draw(scans: str, count: int, seed: int) -> int:
    """How many lines have to be drawn for a training."""
    wanted = wanted_lines(scans, count, seed) | {held_back_series(scans): TEST}
    return sum(to_draw(series, number) for series, number in wanted.items())


def _after(begun: int, advance: Advance, work: float) -> Advance:
    """A Count for lines that are drawn after `begun` others."""
    return after(begun, advance)


def corrected_lines() -> Lines:
    """The accepted corrections of whole numbers, drawn on a pad or in pictures, as lines, oldest first.

    Pictures that had to be turned to be read are left out: their rows are not found as they were read.
    """
    numbers = NumberCorrection.objects.to_train_on().exclude(drawing__source__in=SAMPLES).order_by("pk")
    return _lines((_rows_of(number.drawing), number.text) for number in numbers.iterator())


def lines_of_sketches(written: Iterable[tuple[Sketch, str]]) -> Lines:
    """Sketches with what is written in them, as the reader receives their lines."""
    return _lines((_rows_of_sketch(sketch), text) for sketch, text in written)


def _lines(written: Iterable[tuple[Sequence[Row], str]]) -> Lines:
    """The rows of drawings with what is written in each drawing.

    Left out are drawings whose rows are not as many as the lines of their text, and those with characters that no
    reader knows.
    """
    lines = Lines([], [])
    for rows, spaced in written:
        texts = ["".join(line.split()) for line in spaced.splitlines()]
        if len(rows) == len(texts) and all(text and set(text) <= set(CHARACTERS) for text in texts):
            lines.images.extend(row.image() for row in rows)
            lines.texts.extend(texts)
    return lines


def _rows_of(drawing: Drawing) -> Sequence[Row]:
    """The rows of a drawing as the reader receives them; none of a picture that is gone or was turned."""
    if (sketch := whole_sketch(drawing)) is not None:
        return _rows_of_sketch(sketch)
    if drawing.turned or not drawing.has_file:
        return []
    limit = round(settings.PICTURE_MAX_MEGAPIXELS * 1e6)
    try:
        return read_picture(original_bytes(drawing), limit, page=drawing.page or 1).rows
    except (OSError, ClassifierError) as error:
        log.warning("The picture of drawing %s is not learnt from: %s", drawing.public_id, error)
        return []


def _rows_of_sketch(sketch: Sketch) -> Sequence[Row]:
    try:
        return rows_of_sketch(sketch)
    except NoInk:
        return []


def held_back_series(scans: str) -> Series:
    """The lines that every line reader is measured on, drawn with the test images of these digits."""
    return Series(drawn_folder(), named(scans), TEST_SEED, held_back=True)


def held_back_scans() -> tuple[str, Part]:
    """The test images of MNIST, if it is on this machine, or else of the generated digits."""
    try:
        name, arrays = MNIST, mnist.load_mnist(*mnist.configured(), names=mnist.TEST)
    except MnistUnavailable:
        name, arrays = GENERATED, mnist.read_generated()
    return name, (arrays["x_test"], arrays["y_test"])


def held_back_lines() -> Lines:
    """The lines of `held_back_series`, drawn the first time."""
    name, part = held_back_scans()
    return Lines.joined(map(read_lines, draw_lines(held_back_series(name), part, TEST)))
