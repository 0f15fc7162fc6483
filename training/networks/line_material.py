"""Evidence about generated lines, words and outliers, for calibrating a line network.

They are drawn as people send them, on a pad or as pictures, and read by the code that serves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.errors import NoInk
from classifier.recognition.lines.judging import digits_of, judge_row
from classifier.recognition.lines.picture_rows import rows_of_picture
from classifier.recognition.lines.reading import DigitNetwork, LineNetwork, read_row
from classifier.recognition.lines.rows import Row
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.arrays import Grey
from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.lines.scans import Scans
from training.synthesis.lines.sending import send_line
from training.synthesis.outliers.kinds import KINDS, endless_outliers
from training.synthesis.steps import Advance, not_counted

WORDS, OUTLIERS = 0.2, 0.2  # for each number


@dataclass(frozen=True)
class LineMaterial:
    """Evidence about n rows, and what they show."""

    items: NDArray[np.float64]  # (n, m)
    is_number: NDArray[np.bool_]  # (n,)
    is_right: NDArray[np.bool_]  # (n,), of a number: whether all its digits are read correctly
    is_drawn: NDArray[np.bool_]  # (n,), whether its strokes are known; else it is in a picture
    is_agreed: NDArray[np.bool_]  # (n,), whether both networks read the same number there


def gather_lines(
    line_network: LineNetwork,
    digit_network: DigitNetwork,
    scans: Scans,
    count: int,
    seed: int,
    advance: Advance = not_counted,
) -> LineMaterial:
    """Draws and reads `count` numbers, and words and outliers beside them.

    scans: digits that people wrote and that neither network has learnt. advance: receives the share done.
    """
    rng = np.random.default_rng(seed)
    words, outliers = round(WORDS * count), round(OUTLIERS * count)
    kinds = [
        (send_line(rng, scans) for _ in range(count)),
        (send_line(rng, scans, is_word=True) for _ in range(words)),
    ]
    contents = ((digits_of(sent.text), sent.content) for kind in kinds for sent in kind)
    judged = []
    for done, (number, content) in enumerate((*contents, *islice(_outliers(rng), outliers))):
        try:
            row = _rows(content)[0]
        except NoInk:
            continue
        reading = judge_row(read_row(row, line_network, digit_network), None)
        is_right = number != "" and reading.number == number
        is_agreed = reading.reason == "close"  # as it is without a calibration
        judged.append((reading.evidence, number != "", is_right, row.pen is not None, is_agreed))
        advance(done / (count + words + outliers))
    return LineMaterial(*map(np.array, zip(*judged, strict=True)))


def _outliers(rng: np.random.Generator) -> Iterator[tuple[str, Sketch | Grey]]:
    """Drawings and pictures without a number."""
    for kind, content in endless_outliers(rng, held_back=False):
        if KINDS[kind].group != "two digits":
            yield "", content


def _rows(content: Sketch | Grey) -> list[Row]:
    return rows_of_sketch(content) if isinstance(content, Sketch) else rows_of_picture(content)
