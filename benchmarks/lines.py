"""How well numbers are read: `python -m benchmarks.lines SET --lines FILE [--metadata FILE] [--parts]`.

SET holds labelled strokes or pictures of numbers, in a layout that `manage.py evaluate` reads; FILE is the `.tflite` of
a line network, and the metadata have its calibration. Each example passes the code that serves, without the site.
Prints the share of whole numbers read correctly, by their digits; the share of sure answers, and of these the correct
ones; and the processor's time. --parts reads the set again without each part of the reader.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import classifier
from classifier.recognition.calibration import Calibration
from classifier.recognition.errors import NoInk
from classifier.recognition.inference import Network
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.lines.judging import NumberVerdict, Reading, judge_row
from classifier.recognition.lines.picture_rows import rows_of_picture
from classifier.recognition.lines.reading import METHOD, DigitAnswer, DigitNetwork, Method, read_row
from classifier.recognition.lines.rows import Row
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.greyscale import to_grey
from classifier.recognition.preprocessing.pipeline import FoundDigit
from classifier.recognition.preprocessing.strokes import parse_sketch
from classifier.recognition.verdict import judge_rows
from training.data.examples import Example, Strokes
from training.data.labelled_sets import read_examples

SHIPPED = Path(classifier.__file__).parent / "bundled" / "deeper_cnn"
MISTAKES = 30  # printed at most
PARTS = {
    "without the digit network": Method(trust=0.0, most_cut=1, asks_back=False),
    "one look at the row": Method(looks=METHOD.looks[:1]),
    "first text cut alone": Method(most_cut=1),
    "without asking back": Method(asks_back=False),
}


@dataclass(frozen=True)
class Outcome:
    """An example and the readings of its rows."""

    name: str
    label: str
    readings: list[Reading]

    @property
    def number(self) -> str:
        """The digits of all rows; of refused ones none."""
        rows = [each.number for each in self.readings if each.verdict != NumberVerdict.NOT_A_NUMBER]
        return " ".join(rows)

    @property
    def is_right(self) -> bool:
        return self.number == self.label

    @property
    def is_sure(self) -> bool:
        return bool(self.readings) and all(each.verdict == NumberVerdict.NUMBER for each in self.readings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--lines", type=Path, required=True, help="the .tflite of the line network")
    parser.add_argument("--metadata", type=Path, help="JSON with its calibration")
    parser.add_argument("--digits", type=Path, default=SHIPPED, help="the folder of the digit network")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--parts", action="store_true")
    options = parser.parse_args()
    stored = json.loads(options.metadata.read_text())["calibration"] if options.metadata else None
    calibration = LineCalibration.of(stored)
    lines, digits = LineNetwork.from_file(options.lines), digit_network(options.digits)
    rows = [(example, rows_of(example)) for example in read_examples(options.set).spread(options.limit).examples]
    started = time.process_time()
    outcomes = read(rows, lines.logits, digits, calibration, METHOD)
    print_figures(outcomes, (time.process_time() - started) * 1000 / len(rows), is_calibrated=calibration is not None)
    for name, method in PARTS.items() if options.parts else ():
        again = read(rows, lines.logits, digits, None, method)
        right = [outcome.is_right for outcome in again if outcome.label]
        print(f"{name:40} {np.mean(right):7.1%}")


def digit_network(folder: Path) -> DigitNetwork:
    """The network in a folder, with its calibration."""
    network = Network.from_file(folder / "mnist_cnn_model.tflite")
    calibration = Calibration.of(json.loads((folder / "metadata.json").read_text())["calibration"])

    def answer(digits: list[FoundDigit]) -> list[DigitAnswer]:
        pixels = np.stack([digit.pixels for digit in digits])
        answers = network.answer(pixels)
        hints = [digit.hints for digit in digits]
        judgements = judge_rows(answers.logits, answers.features, pixels, hints, calibration)
        return [DigitAnswer(*pair) for pair in zip(judgements, answers.logits.tolist(), strict=True)]

    return answer


def rows_of(example: Example) -> list[Row]:
    """The rows of an example; none without ink."""
    content = example.content
    try:
        if isinstance(content, Strokes):
            return rows_of_sketch(parse_sketch(content.strokes, content.size, content.pen))
        if isinstance(content, Path):
            with Image.open(content) as image:
                return rows_of_picture(to_grey(image))
        return rows_of_picture(content)
    except NoInk:
        return []


def read(
    rows: list[tuple[Example, list[Row]]],
    lines: Callable,
    digits: DigitNetwork,
    calibration: LineCalibration | None,
    method: Method,
) -> list[Outcome]:
    return [
        Outcome(
            example.name,
            example.label,
            [judge_row(read_row(row, lines, digits, method), calibration) for row in example_rows],
        )
        for example, example_rows in rows
    ]


def print_figures(outcomes: list[Outcome], elapsed_ms: float, *, is_calibrated: bool) -> None:
    others = [outcome for outcome in outcomes if not outcome.label]
    if others:
        print(f"{'no numbers':40} {len(others):7,}")
        print(f"{'answered as a number':40} {np.mean([outcome.number.strip() != '' for outcome in others]):7.1%}")
    outcomes = [outcome for outcome in outcomes if outcome.label]
    if not outcomes:
        return
    right = np.array([outcome.is_right for outcome in outcomes])
    print(f"{'numbers':40} {len(outcomes):7,}")
    print(f"{'read correctly':40} {right.mean():7.1%}")
    if is_calibrated:
        sure = np.array([outcome.is_sure for outcome in outcomes])
        refused = [not outcome.number.strip() for outcome in outcomes]
        print(f"{'sure':40} {sure.mean():7.1%}")
        print(f"{'of these correct':40} {right[sure].mean() if sure.any() else 0:7.1%}")
        print(f"{'refused':40} {np.mean(refused):7.1%}")
    print(f"{'processor time for each, ms':40} {elapsed_ms:7.1f}")
    for outcome in [outcome for outcome in outcomes if not outcome.is_right][:MISTAKES]:
        said = ", ".join(f"{each.text} ({each.verdict}, {each.confidence:.0%})" for each in outcome.readings)
        print(f"  {outcome.name:30} {outcome.label} → {said}")


if __name__ == "__main__":
    main()
