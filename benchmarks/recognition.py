"""How long recognising takes, without HTTP, database and queue: part of `make bench`.

Preprocessing of drawings and of a photograph, and each bundled network with its verdict, one image at a time.
"""

import hashlib
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
from PIL import Image

import classifier
from benchmarks.decoding import MEGAPIXELS, photograph
from benchmarks.workloads import PAD, PEN, drawn_digits
from classifier.decoding.client import read_picture, start_decoder
from classifier.recognition.calibration import Calibration
from classifier.recognition.inference import Network
from classifier.recognition.preprocessing.greyscale import to_grey
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch, parse_sketch, render
from classifier.recognition.verdict import judge

TWELVE_MEGAPIXELS = 3464  # px a side
TIMES = 60
NETWORK = "mnist_cnn_model.tflite"
Row = tuple[str, Callable[[], object], str]


def main() -> None:
    start_decoder()
    print(f"{'Preprocessing (ms)':38} {'median':>8} {'p95':>8}")
    for row in preprocessing():
        print(timed(*row), flush=True)
    print(f"\n{'One image (ms)':38} {'median':>8} {'p95':>8}")
    for row in networks():
        print(timed(*row), flush=True)


def timed(name: str, work: Callable[[], object], target: str = "") -> str:
    """A row of the table."""
    work()
    took = [timed_ms(work) for _ in range(TIMES)]
    return f"{name:38} {median(took):8.2f} {quantiles(took, n=20)[-1]:8.2f}   {target}".rstrip()


def timed_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def preprocessing() -> Iterator[Row]:
    sketch = parse_sketch(drawn_digits()[0]["strokes"], PAD, PEN)
    drawing = 255 - render(sketch)
    yield "strokes on a 280×280 pad", lambda: find_digits_in_sketch(sketch), "(aimed at: under 2)"
    yield "the same as a 280×280 picture", lambda: find_digits(drawing), "(aimed at: under 2)"
    number = two_digits()
    yield "two digits on a pad", lambda: find_digits_in_sketch(number), ""
    yield "the pad drawn for the history", lambda: render(sketch), ""
    photo = grainy(photograph(TWELVE_MEGAPIXELS))
    grey = to_grey(photo.reduce(TWELVE_MEGAPIXELS // 640))
    yield "photograph, after decoding", lambda: find_digits(grey), ""
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=90)
    data, most = file.getvalue(), round(MEGAPIXELS * 1e6)
    yield "12-megapixel JPEG, in the child", lambda: read_picture(data, most), "(aimed at: under 400)"


def grainy(image: Image.Image) -> Image.Image:
    """As a camera's sensor leaves it."""
    grain = np.random.default_rng(1).normal(0, 6, (image.height, image.width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(image, np.float32) + grain, 0, 255).astype(np.uint8))


def two_digits() -> Sketch:
    """Two drawings beside each other, each half as wide."""
    halves = [
        [[[x / 2 + place, *rest] for x, *rest in stroke] for stroke in digit["strokes"]]
        for place, digit in zip((0, PAD[0] / 2), drawn_digits(), strict=False)
    ]
    return parse_sketch(halves[0] + halves[1], PAD, PEN / 2)


def networks() -> Iterator[Row]:
    """Each bundled network alone, and with its verdict."""
    digits = [find_digits_in_sketch(parse_sketch(digit["strokes"], PAD, PEN))[0] for digit in drawn_digits()]
    for folder in sorted(
        path.parent for path in (Path(classifier.__file__).parent / "bundled").glob("*/metadata.json")
    ):
        content = (folder / NETWORK).read_bytes()
        network = Network(content, hashlib.sha256(content).hexdigest())
        calibration = Calibration.of(json.loads((folder / "metadata.json").read_text()).get("calibration"))
        yield f"{folder.name}", _answering(network, digits), "(aimed at: under 1)"
        yield f"{folder.name} with its verdict", _judging(network, digits, calibration), ""


def _answering(network: Network, digits: list[FoundDigit]) -> Callable[[], object]:
    turn = iter(range(10**9))
    return lambda: network.answer(digits[next(turn) % len(digits)].pixels[np.newaxis])


def _judging(network: Network, digits: list[FoundDigit], calibration: Calibration | None) -> Callable[[], object]:
    turn = iter(range(10**9))

    def once() -> Any:
        digit = digits[next(turn) % len(digits)]
        answer = network.answer(digit.pixels[np.newaxis])
        return judge(answer.logits[0], answer.features[0], digit.pixels, digit.hints, calibration)

    return once


if __name__ == "__main__":
    main()
