"""The pictures of the robustness report: digits in every change and level, as preprocessing leaves them.

The digits are the drawings that ship and the first MNIST test images, if they are on this machine. They go through
the site's own preprocessing, so the report measures that too. The result does not depend on a model version: it is
stored in DATA_DIR until the preprocessing or the digits change.
"""

import gzip
import hashlib
import json
import logging
import os
import tempfile
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from classifier.digits.samples import mnist
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing import framing, pipeline
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import render

from ..reading import PreprocessedExample, Progress
from .changes import DIGIT, PAD, PEN, Plain, changed_picture, changed_sketch, enlarged_image, levels

log = logging.getLogger(__name__)

SKETCHES_FILE = mnist.GENERATED_FILE.parent / "generated_strokes.json.gz"
SKETCHES, IMAGES = 120, 80  # digits, at most
FORM = 1  # increase it when the changes make other pictures


@dataclass(frozen=True)
class Pictures:
    """Digits of one source at every level, as preprocessing leaves them."""

    labels: NDArray[np.uint8]  # (n,)
    places: list[tuple[str, float]]  # change and level of each row
    pixels: NDArray[np.uint8]  # (rows, n, 28, 28)
    counts: NDArray[np.uint8]  # (rows, n): how many digits were found there
    hints: list[list[dict[str, Any]]]

    def at(self, change: str, level: float) -> list[PreprocessedExample]:
        """Returns the digits at a level; none if the change needs strokes and the source has none."""
        if (change, level) not in self.places:
            return []
        row = self.places.index((change, level))
        return [self._example(row, number) for number in range(len(self.labels))]

    def _example(self, row: int, number: int) -> PreprocessedExample:
        label, count = str(self.labels[number]), self.counts[row, number]
        if count != 1:
            return PreprocessedExample(str(number), label, (), "several" if count else NoInk.code)
        digit = FoundDigit(self.pixels[row, number], (0, 0, PAD, PAD), self.hints[row][number])
        return PreprocessedExample(str(number), label, [digit])


def _preprocess(source: str, digit: Any, number: int, change: str, level: float) -> list[FoundDigit]:
    """Changes a digit and returns the digits that preprocessing finds. digit: strokes, or an MNIST image."""
    of_the_digit = {change: level} if change in asdict(Plain()) else {}
    how = Plain(**of_the_digit)
    try:
        if source == "sketches":
            sketch = changed_sketch(digit, number, how)
            if of_the_digit and number % 2 == 0:  # half as strokes, half as pictures
                return find_digits_in_sketch(sketch)
            ink = render(sketch)
        else:
            ink = enlarged_image(digit, number, how)
        rng = np.random.default_rng(number)
        return find_digits(changed_picture(ink, change, level, rng))
    except NoInk:
        return []


def make_pictures(source: str, progress: Progress | None = None) -> Pictures:
    """Changes every digit of a source in every way, which takes about half a minute."""
    digits, labels = _sketches() if source == "sketches" else _images()
    places = levels(drawn=source == "sketches")
    pixels = np.zeros((len(places), len(labels), framing.SIDE, framing.SIDE), np.uint8)
    counts = np.zeros(pixels.shape[:2], np.uint8)
    hints: list[list[dict[str, Any]]] = []
    for row, (change, level) in enumerate(places):
        hints.append([{} for _ in labels])
        for number, digit in enumerate(digits):
            digits_seen = _preprocess(source, digit, number, change, level)
            counts[row, number] = min(len(digits_seen), 255)
            if len(digits_seen) == 1:
                pixels[row, number], hints[row][number] = digits_seen[0].pixels, digits_seen[0].hints
        if progress:
            progress(row + 1, len(places))
    return Pictures(labels, places, pixels, counts, hints)


def _sketches() -> tuple[list[Any], NDArray[np.uint8]]:
    drawn = json.loads(gzip.decompress(SKETCHES_FILE.read_bytes()))[:SKETCHES]
    return [each["strokes"] for each in drawn], np.array([each["label"] for each in drawn], np.uint8)


def _images() -> tuple[list[Any], NDArray[np.uint8]]:
    folder = mnist.configured()[0]
    arrays = [np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ("x_test", "y_test")]
    images, labels = (np.array(array[:IMAGES]) for array in arrays)
    return list(images), labels


def sources() -> dict[str, str]:
    """Returns the available sources, each with a key that changes when its pictures would."""
    checksums = {"sketches": hashlib.sha256(SKETCHES_FILE.read_bytes()).hexdigest()}
    if all((mnist.configured()[0] / f"{name}.npy").exists() for name in mnist.TEST):
        checksums["mnist"] = mnist.SHA256["x_test"]
    spec = [FORM, pipeline.VERSION, PAD, DIGIT, PEN, SKETCHES, IMAGES, levels(drawn=True)]
    return {name: hashlib.sha256(json.dumps([*spec, of]).encode()).hexdigest()[:16] for name, of in checksums.items()}


def pictures_key() -> str:
    """Returns a key of all pictures in use; curves are compared only if their pictures are the same."""
    return "-".join(sources().values())


def all_pictures(progress: Progress | None = None) -> list[Pictures]:
    return [kept_pictures(name, key, progress) for name, key in sources().items()]


def kept_pictures(source: str, key: str, progress: Progress | None = None) -> Pictures:
    """Returns the pictures of a source from DATA_DIR, after making them if they are missing or damaged."""
    folder = Path(settings.DATA_DIR) / "robustness"
    path = folder / f"{source}-{key}.npz"
    try:
        return _load(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass
    made = make_pictures(source, progress)
    try:
        _save(made, path)
        for old in folder.glob(f"{source}-*.npz"):
            if old != path:
                old.unlink()
    except OSError as error:
        log.warning("The pictures of the robustness report cannot be stored: %s", error)
    return made


def _save(made: Pictures, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="draft-") as beside:
        draft = Path(beside) / "pictures.npz"
        text = np.frombuffer(json.dumps([made.places, made.hints]).encode(), np.uint8)
        np.savez_compressed(draft, labels=made.labels, pixels=made.pixels, counts=made.counts, words=text)
        os.replace(draft, path)


def _load(path: Path) -> Pictures:
    with np.load(path, allow_pickle=False) as file:
        places, hints = json.loads(file["words"].tobytes())
        places = [(change, level) for change, level in places]
        return Pictures(file["labels"], places, file["pixels"], file["counts"], hints)
