"""How well fields of sheets are read: `python -m benchmarks.sheets.reading [--pages N] [--seed N] [--real PATH …]`.

Draws filled-in pages with other seeds than `manage.py calibrate_sheets` does, reads them with the networks and the
promise that ship, and prints for each sort of field the share of fields right before anybody looks, and for several
tolerances the wrong values among those taken unseen, the share left to people, and how many keys these press, compared
with typing all values. --real: labelled sets, in layouts that `manage.py evaluate` reads; single digits are put into
boxes, numbers onto lines.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import classifier
from classifier.recognition.calibration import Calibration
from classifier.recognition.errors import NoInk
from classifier.recognition.inference import Network
from classifier.recognition.lines.calibration import LineCalibration
from classifier.recognition.lines.inference import LineNetwork
from classifier.recognition.preprocessing.background import find_ink
from classifier.recognition.preprocessing.framing import ink_box
from classifier.recognition.preprocessing.greyscale import to_grey
from classifier.recognition.preprocessing.strokes import parse_sketch, render
from classifier.sheets.fields.description import Kind, Rules
from classifier.sheets.reading.fields import FieldReader
from classifier.sheets.reading.promise import Promise
from training.data.examples import Example, Strokes
from training.data.labelled_sets import read_examples
from training.evaluation.sheets.outcomes import Outcome, outcomes, outcomes_of
from training.synthesis.lines.scans import Scans
from training.synthesis.sheets.forms import Form, draw_form
from training.synthesis.sheets.pages import FilledPage, scan

BUNDLED = Path(classifier.__file__).parent / "bundled"
TOLERANCES = (100, 200, 500, 1000)
SEED = 7_000_000
PAGES = {Kind.BOXES: 1.0, Kind.LINE: 1.0, Kind.CHECK: 0.2}  # of --pages
CHECKED_ONE_IN = 100  # as sheets.models.values has it, which needs Django
PEN = 0.09  # of the height of what is written: the pen that strokes are drawn with
Ink = NDArray[np.uint8]  # (height, width), 0 nothing to 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100, help="of each kind; a page has twelve fields")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--mnist", type=Path, help="mnist.npz, whose test images are written into half of the pages")
    parser.add_argument("--real", type=Path, action="append", default=[], help="a labelled set of handwriting")
    options = parser.parse_args()
    reader, scans = bundled_reader(), scans_of(options.mnist)
    read: list[Outcome] = []
    for kind, share in PAGES.items():
        read += outcomes(reader, kind, max(1, round(share * options.pages)), options.seed, scans)
    print_figures("generated", read)
    for path in options.real:
        pages = real_pages(path, options.pages, np.random.default_rng(options.seed))
        print_figures(
            path.name, [each for number, page in enumerate(pages) for each in outcomes_of(reader, page, number)]
        )


def bundled_reader(promise: Promise | None = None) -> FieldReader:
    """A reader with the networks that ship. promise: by default the one that ships."""
    digit, line = BUNDLED / "deeper_cnn", BUNDLED / "line_reader"
    return FieldReader(
        LineNetwork.from_file(line / "line_reader_model.tflite"),
        Network.from_file(digit / "mnist_cnn_model.tflite"),
        LineCalibration.of(json.loads((line / "metadata.json").read_text())["calibration"]),
        Calibration.of(json.loads((digit / "metadata.json").read_text())["calibration"]),
        promise,
    )


def scans_of(path: Path | None) -> Scans:
    """MNIST's test images, or without its file the generated digits that ship."""
    file = np.load(path or BUNDLED.parent / "data" / "generated_digits.npz")
    return Scans(file["x_test"], file["y_test"])


def print_figures(name: str, read: Sequence[Outcome]) -> None:
    promise = Promise.bundled()
    print(f"\n{name}")
    heads = "".join(f" | 1 in {each:<5} left  keys" for each in TOLERANCES)
    print(f"{'':12} {'fields':>7} {'right':>7} {'ms':>6}{heads}")
    for sort in sorted({each.sort for each in read}):
        own = [each for each in read if each.sort == sort]
        risks = np.array([promise.risk_of(sort, promise.confidence_of(sort, each.read)) for each in own])
        right = np.array([each.is_right for each in own])
        readable = np.array([each.truth is not None for each in own])
        cells = []
        for one_in in TOLERANCES:
            taken = risks <= 1 / one_in
            wrong = f"{(~right[taken]).sum()}/{taken.sum()}"
            keys = keystrokes(own, taken) / keystrokes(own, None)
            cells.append(f" | {wrong:>10} {1 - taken.mean():5.1%} {keys:5.1%}")
        took = np.mean([each.took_ms for each in own])
        print(f"{sort:12} {len(own):7,} {right[readable].mean():7.2%} {took:6.1f}{''.join(cells)}")


def keystrokes(outcomes: Sequence[Outcome], taken: NDArray[np.bool_] | None) -> float:
    """The keys that people press on the page that asks them; without `taken`, to type all values.

    A value is typed digit by digit and ended with one key. One key accepts what is read, or leaves a field empty.
    Of the values that are taken unseen, one in CHECKED_ONE_IN is asked about as well.
    """
    keys = 0.0
    for number, each in enumerate(outcomes):
        typed = len(each.truth or "") + 1
        if taken is None:
            keys += typed
        else:
            keys += (1 if each.is_right else typed) * (1 / CHECKED_ONE_IN if taken[number] else 1)
    return keys


def real_pages(path: Path, count: int, rng: np.random.Generator) -> Iterator[FilledPage]:
    """Pages with the handwriting of a labelled set."""
    inks: dict[str, list[Ink]] = {}
    for example in read_examples(path).examples:
        ink = ink_of(example)
        if ink is not None and example.label.isdecimal():
            inks.setdefault(example.label, []).append(ink)
    if all(len(label) == 1 for label in inks):
        for _ in range(count):
            yield _in_boxes(inks, rng)
        return
    numbers = [(label, ink) for label, each in inks.items() for ink in each]
    for _ in range(max(1, min(count, 2 * len(numbers) // 12))):
        yield _on_lines(numbers, rng)


def ink_of(example: Example) -> Ink | None:
    """The ink of an example, cropped; None without ink."""
    content = example.content
    if isinstance(content, Strokes):
        heights = [point[1] for stroke in content.strokes for point in stroke]
        pen = max(1.0, PEN * (max(heights) - min(heights)))
        levels = render(parse_sketch(content.strokes, content.size, pen))
    else:
        grey = to_grey(Image.open(content)) if isinstance(content, Path) else content
        try:
            found = find_ink(grey)
        except NoInk:
            return None
        levels = np.clip(np.where(found.ink > 3 * found.noise, found.ink, 0) * (255 / found.peak), 0, 255).astype(
            np.uint8
        )
    if not levels.any():
        return None
    left, top, right, bottom = ink_box(levels)
    return levels[top:bottom, left:right]


def _in_boxes(inks: dict[str, list[Ink]], rng: np.random.Generator) -> FilledPage:
    form = draw_form(Kind.BOXES, rng)
    page = np.zeros(form.printing.shape, np.uint8)
    size, care = rng.uniform(0.5, 0.85), rng.uniform(0.02, 0.07)
    for field, (x, y, across, down), text in zip(form.fields, form.places, form.texts, strict=True):
        cell, digits = across / field.cells, text.replace(".", "")
        for number, digit in enumerate(digits):
            own = inks[digit][int(rng.integers(len(inks[digit])))]
            off = rng.normal(0, care, 2) * [cell, down]
            _put(page, own, (x + (number + 0.5) * cell + off[0], y + down / 2 + off[1]), size * down, 1.05 * cell)
    return scan(form, page, list(form.texts), rng)


def _on_lines(numbers: Sequence[tuple[str, Ink]], rng: np.random.Generator) -> FilledPage:
    form = draw_form(Kind.LINE, rng)
    page, truths, fields = np.zeros(form.printing.shape, np.uint8), [], []
    is_counted = rng.random() < 0.5
    for field, (x, y, across, down) in zip(form.fields, form.places, strict=True):
        label, own = numbers[int(rng.integers(len(numbers)))]
        wide = min(across * 0.97, own.shape[1] * 0.8 * down / own.shape[0])
        _put(
            page, own, (x + rng.uniform(0.02, 1) * (across - wide) + wide / 2, y + down / 2), 0.8 * down, 0.97 * across
        )
        truths.append(label)
        fields.append(replace(field, rules=Rules(len(label), len(label)) if is_counted else Rules(1, 10)))
    return scan(Form(form.printing, fields, form.places, truths), page, list(truths), rng)


def _put(page: Ink, ink: Ink, middle: tuple[float, float], height: float, widest: float) -> None:
    scale = min(height / ink.shape[0], widest / ink.shape[1])
    shape = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
    drawn = np.asarray(Image.fromarray(ink).resize(shape, Image.Resampling.BICUBIC))
    left, top = max(0, round(middle[0] - shape[0] / 2)), max(0, round(middle[1] - shape[1] / 2))
    part = page[top : top + shape[1], left : left + shape[0]]
    np.maximum(part, drawn[: part.shape[0], : part.shape[1]], out=part)


if __name__ == "__main__":
    main()
