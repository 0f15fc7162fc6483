"""The pictures of the robustness report: digits moved, scaled, turned, blurred and so on."""

import gzip
import hashlib
import io
import json
import logging
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from classifier.digits.samples import mnist
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing import framing, pipeline
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import Sketch, render
from classifier.recognition.wording import percent

from .reading import Looked, Progress

log = logging.getLogger(__name__)

SKETCHES_FILE = mnist.GENERATED_FILE.parent / "generated_strokes.json.gz"
SKETCHES, IMAGES = 120, 80  # digits, at most
PAD = 280  # px
DIGIT = 160  # px of a digit's longer side, unless it is scaled
PEN = 0.1  # of it
FORM = 1  # goes up when the changes below make other pictures

Ink = NDArray[np.uint8]  # (PAD, PAD), 0 ground to 255 ink


@dataclass(frozen=True)
class Change:
    """One way in which digits are changed, from level to level."""

    name: str
    title: str  # for people
    axis: str
    levels: tuple[float, ...]
    shown: Callable[[float], str]
    drawn_only: bool = False  # it needs the pen's way


POLARITIES = ("dark on white", "white on black", "dark on grey", "light on grey")
CHANGES = (
    Change("shift", "Moved", "of the way to the edge", (0, 0.25, 0.5, 0.75, 1), lambda level: percent(level, 0)),
    Change("scale", "Scaled", "of its size", (0.35, 0.5, 0.7, 1, 1.2, 1.4), lambda level: f"{level:g}"),
    Change(
        "rotation",
        "Turned",
        "clockwise",
        (-30, -20, -10, 0, 10, 20, 30),
        lambda level: f"{level:+.0f}°" if level else "0°",
    ),
    Change(
        "pen",
        "Pen",
        "width, of the digit’s height",
        (0.03, 0.05, 0.07, 0.1, 0.14, 0.19, 0.25),
        lambda level: percent(level, 0),
        drawn_only=True,
    ),
    Change("contrast", "Contrast", "of black on white", (1, 0.5, 0.25, 0.15, 0.1), lambda level: percent(level, 0)),
    Change("noise", "Noise", "grey levels", (0, 15, 30, 45, 60), lambda level: f"{level:.0f}"),
    Change("blur", "Blur", "of the digit’s height", (0, 0.03, 0.06, 0.09, 0.12), lambda level: percent(level, 0)),
    Change("jpeg", "JPEG", "quality", (95, 60, 30, 15, 5, 2), lambda level: f"{level:.0f}"),
    Change("polarity", "Ink and paper", "", (0, 1, 2, 3), lambda level: POLARITIES[int(level)]),
)


@dataclass(frozen=True)
class Plain:
    """Where a digit is, how large and how turned, and what the pen is like: level 0 of everything."""

    shift: float = 0.0
    scale: float = 1.0
    rotation: float = 0.0  # degrees clockwise
    pen: float = PEN


def _towards(number: int) -> tuple[int, int]:
    """One of eight directions for each digit."""
    return ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))[number % 8]


def _sketch(strokes: list[list[list[float]]], number: int, how: Plain) -> Sketch:
    """A drawing in the middle of a pad, DIGIT px at its longer side, changed as told."""
    points = np.array([point[:2] for stroke in strokes for point in stroke], np.float64)
    low, size = points.min(0), np.ptp(points, 0)
    scale = DIGIT / max(float(size.max()), 1.0) * how.scale
    angle = np.radians(how.rotation)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    pen = how.pen * DIGIT * how.scale
    paths = [
        (np.array([point[:2] for point in stroke], np.float64) - low - size / 2) * scale @ turn for stroke in strokes
    ]
    whole = np.vstack(paths)
    low, high = whole.min(0), whole.max(0)
    room = np.maximum((PAD - (high - low) - pen) / 2, 0)
    place = PAD / 2 - (low + high) / 2 + how.shift * room * _towards(number)
    return Sketch([(path + place).round(2).tolist() for path in paths], PAD, PAD, pen)


def _enlarged(image: NDArray[np.uint8], number: int, how: Plain) -> Ink:
    """MNIST's 20 px as DIGIT px on a pad, changed as told; the pen is as it is."""
    side = round(framing.SIDE * DIGIT / framing.BOX * how.scale)
    large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    if how.rotation:
        large = large.rotate(-how.rotation, Image.Resampling.BICUBIC)
    left, top, right, bottom = large.getbbox() or (0, 0, side, side)
    digit = large.crop((left, top, right, bottom))
    x, y = (
        round((PAD - length) / 2 * (1 + how.shift * way))
        for length, way in zip(digit.size, _towards(number), strict=True)
    )
    pad = Image.new("L", (PAD, PAD))
    pad.paste(digit, (x, y))
    return np.asarray(pad)


def _picture(ink: Ink, change: str, level: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Dark ink on white paper as somebody's file holds it, changed as told: grey, 0 black to 255 white."""
    paper: NDArray[np.uint8] = 255 - ink
    if change == "contrast":
        paper = np.rint(255 - level * ink).astype(np.uint8)
    elif change == "noise":
        # Paper a little below white: noise goes both ways there.
        paper = np.clip(0.85 * paper + 20 + rng.normal(0, level, paper.shape), 0, 255).astype(np.uint8)
    elif change == "blur":
        paper = np.asarray(Image.fromarray(paper).filter(ImageFilter.GaussianBlur(level * DIGIT)))
    elif change == "jpeg":
        file = io.BytesIO()
        Image.fromarray(paper).save(file, "JPEG", quality=int(level))
        paper = np.asarray(Image.open(file).convert("L"))
    elif change == "polarity":
        ground, black = ((255, 0), (0, 255), (160, 25), (90, 230))[int(level)]
        paper = np.rint(ground + (black - ground) / 255 * ink.astype(np.float32)).astype(np.uint8)
    return paper


@dataclass(frozen=True)
class Pictures:
    """Digits of one source at every level, as preprocessing leaves them."""

    labels: NDArray[np.uint8]  # (n,)
    places: list[tuple[str, float]]  # change and level of each row
    pixels: NDArray[np.uint8]  # (rows, n, 28, 28)
    counts: NDArray[np.uint8]  # (rows, n): how many digits were found there
    hints: list[list[dict[str, Any]]]

    def at(self, change: str, level: float) -> list[Looked]:
        """What was found at a level; nothing where the digit needs more than this source knows."""
        if (change, level) not in self.places:
            return []
        row = self.places.index((change, level))
        return [self._looked(row, number) for number in range(len(self.labels))]

    def _looked(self, row: int, number: int) -> Looked:
        label, count = str(self.labels[number]), self.counts[row, number]
        if count != 1:
            return Looked(str(number), label, (), "several" if count else NoInk.code)
        found = FoundDigit(self.pixels[row, number], (0, 0, PAD, PAD), self.hints[row][number])
        return Looked(str(number), label, [found])


def levels(drawn: bool) -> list[tuple[str, float]]:
    return [(each.name, level) for each in CHANGES if drawn or not each.drawn_only for level in each.levels]


def _found(source: str, digit: Any, number: int, change: str, level: float) -> list[FoundDigit]:
    """What preprocessing finds of one digit at one level. digit: strokes, or one of MNIST's images."""
    of_the_digit = {change: level} if change in asdict(Plain()) else {}
    how = Plain(**of_the_digit)
    try:
        if source == "sketches":
            sketch = _sketch(digit, number, how)
            if of_the_digit and number % 2 == 0:  # every second one as the pad sends it, the others as pictures of it
                return find_digits_in_sketch(sketch)
            ink = render(sketch)
        else:
            ink = _enlarged(digit, number, how)
        rng = np.random.default_rng(number)
        return find_digits(_picture(ink, change, level, rng))
    except NoInk:
        return []


def make_pictures(source: str, progress: Progress | None = None) -> Pictures:
    """Change every digit of a source in every way: some half a minute of work."""
    digits, labels = _sketches() if source == "sketches" else _images()
    places = levels(drawn=source == "sketches")
    pixels = np.zeros((len(places), len(labels), framing.SIDE, framing.SIDE), np.uint8)
    counts = np.zeros(pixels.shape[:2], np.uint8)
    hints: list[list[dict[str, Any]]] = []
    for row, (change, level) in enumerate(places):
        hints.append([{} for _ in labels])
        for number, digit in enumerate(digits):
            found = _found(source, digit, number, change, level)
            counts[row, number] = min(len(found), 255)
            if len(found) == 1:
                pixels[row, number], hints[row][number] = found[0].pixels, found[0].hints
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
    """The sources that can be had now, each with a key that changes when its pictures would."""
    found = {"sketches": hashlib.sha256(SKETCHES_FILE.read_bytes()).hexdigest()}
    if all((mnist.configured()[0] / f"{name}.npy").exists() for name in mnist.TEST):
        found["mnist"] = mnist.SHA256["x_test"]
    spec = [FORM, pipeline.VERSION, PAD, DIGIT, PEN, SKETCHES, IMAGES, levels(drawn=True)]
    return {name: hashlib.sha256(json.dumps([*spec, of]).encode()).hexdigest()[:16] for name, of in found.items()}


def pictures_key() -> str:
    """Of all pictures that curves are measured on now: curves are compared on the same ones or not at all."""
    return "-".join(sources().values())


def all_pictures(progress: Progress | None = None) -> list[Pictures]:
    return [kept_pictures(name, key, progress) for name, key in sources().items()]


def kept_pictures(source: str, key: str, progress: Progress | None = None) -> Pictures:
    """The pictures of a source from DATA_DIR, made and kept there when they are not."""
    folder = Path(settings.DATA_DIR) / "robustness"
    path = folder / f"{source}-{key}.npz"
    try:
        return _load(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass  # not made yet, or damaged
    made = make_pictures(source, progress)
    try:
        _save(made, path)
        for old in folder.glob(f"{source}-*.npz"):
            if old != path:
                old.unlink()
    except OSError as error:
        log.warning("The pictures for robustness cannot be kept: %s", error)
    return made


def _save(made: Pictures, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="making-") as beside:
        draft = Path(beside) / "pictures.npz"
        words = np.frombuffer(json.dumps([made.places, made.hints]).encode(), np.uint8)
        np.savez_compressed(draft, labels=made.labels, pixels=made.pixels, counts=made.counts, words=words)
        os.replace(draft, path)


def _load(path: Path) -> Pictures:
    with np.load(path, allow_pickle=False) as file:
        places, hints = json.loads(file["words"].tobytes())
        places = [(change, level) for change, level in places]
        return Pictures(file["labels"], places, file["pixels"], file["counts"], hints)


@cache
def change_named(name: str) -> Change:
    return next(change for change in CHANGES if change.name == name)
