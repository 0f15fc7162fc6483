"""Sets of labelled examples as they lie on somebody's disk: folders of pictures, strokes, arrays.

    digits/0/*.png … digits/9/*.png      folders named after what is written (`none` or `not_a_digit`: no digit)
    digits/labels.csv                    with the columns filename and label, beside the pictures
    strokes.jsonl, strokes.jsonl.gz      an object a line: {"label", "strokes", optional "size", optional "pen"}
    digits.npz                           MNIST's layout: x_test and y_test, else x_train and y_train

A label is one figure, several for a number ("47"), or `none` or `not_a_digit`.
"""

import csv
import gzip
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.classes import NOT_A_DIGIT_LABELS

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
LONGEST_LABEL = 12
LONGEST_LINE = 16 * 2**20  # bytes of one drawing, or of a whole list of them
MOST_EXAMPLES = 200_000
NPY_HEAD = 128  # bytes of an .npy file of labels that has none
LARGEST_ARRAY = 2**29  # bytes that one array of an .npz may unpack to
PAD, DRAWN, PEN = 280, 200, 18.0  # px: where strokes without a size are put, how large, and with what pen

LAYOUTS = (
    "A set is a folder with folders named 0 to 9 (and none), a folder with labels.csv (filename,label), "
    "a .jsonl or .jsonl.gz file of strokes, or an .npz file as MNIST's."
)


class SetUnreadable(Exception):
    """The message is for whoever named the set."""


@dataclass(frozen=True)
class Strokes:
    """A drawing as a request would send it, not checked yet."""

    strokes: Any
    size: Any
    pen: Any


Content = Path | Strokes | NDArray[np.uint8]


@dataclass(frozen=True)
class Example:
    """One of a set: a picture file, a drawing, or an array of shape (height, width), 0 ground to 255 ink."""

    name: str
    label: str  # the figures written; empty: no digit
    content: Content


@dataclass(frozen=True)
class LabelledSet:
    """Examples in the order they lie there."""

    examples: Sequence[Example]

    @cached_property
    def sha256(self) -> str:
        """Of names, labels and contents. Raises SetUnreadable."""
        digest = hashlib.sha256()
        for each in self.examples:
            digest.update(f"{each.name}\0{each.label}\0".encode())
            digest.update(_bytes(each.content))
        return digest.hexdigest()

    def spread(self, limit: int | None) -> "LabelledSet":
        """At most so many of them, evenly over the whole set."""
        count = len(self.examples)
        if limit is None or limit >= count:
            return self
        return LabelledSet([self.examples[number * count // limit] for number in range(limit)])


def _bytes(content: Content) -> bytes:
    if isinstance(content, Path):
        try:
            return hashlib.sha256(content.read_bytes()).digest()
        except OSError as error:
            raise SetUnreadable(f"{content} cannot be read: {error.strerror}.") from error
    if isinstance(content, Strokes):
        return json.dumps([content.strokes, content.size, content.pen]).encode()
    return content.tobytes()


def read_examples(path: Path) -> LabelledSet:
    """The set at a path, whichever of the layouts it has; pictures are not opened yet.

    Raises SetUnreadable with what is wrong, also for a set with nothing in it.
    """
    try:
        if path.is_dir():
            examples = _of_table(path) if (path / "labels.csv").exists() else _of_folders(path)
        elif not path.exists():
            raise SetUnreadable(f"There is no {path}. {LAYOUTS}")
        elif path.suffix == ".npz":
            examples = _of_arrays(path)
        elif path.name.endswith((".jsonl", ".jsonl.gz", ".json", ".json.gz")):
            examples = _of_lines(path)
        else:
            raise SetUnreadable(f"{path} is none of the layouts that can be read. {LAYOUTS}")
        found = list(islice(examples, MOST_EXAMPLES + 1))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise SetUnreadable(f"{path} cannot be read: {error}.") from error
    if len(found) > MOST_EXAMPLES:
        raise SetUnreadable(f"{path} has more than {MOST_EXAMPLES:,} examples.")
    if not found:
        raise SetUnreadable(f"There is nothing to read in {path}. {LAYOUTS}")
    return LabelledSet(found)


def read_label(given: Any, where: str) -> str:
    """A label as an Example has it. Raises SetUnreadable."""
    text = "" if isinstance(given, bool) or given is None else str(given).strip()
    if text in NOT_A_DIGIT_LABELS:
        return ""
    if text.isascii() and text.isdecimal() and len(text) <= LONGEST_LABEL:
        return text
    raise SetUnreadable(
        f"{where}: the label {str(given)[:40]!r} is neither figures nor {' or '.join(NOT_A_DIGIT_LABELS)}."
    )


def _of_folders(path: Path) -> Iterator[Example]:
    for folder in sorted(path.iterdir()):
        if not folder.is_dir() or not _is_label(folder.name):
            continue
        for file in sorted(folder.iterdir()):
            if file.is_file() and file.suffix.lower() in SUFFIXES:
                yield Example(f"{folder.name}/{file.name}", read_label(folder.name, str(folder)), file)


def _is_label(name: str) -> bool:
    return name in NOT_A_DIGIT_LABELS or (name.isascii() and name.isdecimal() and len(name) <= LONGEST_LABEL)


def _of_table(path: Path) -> Iterator[Example]:
    table = path / "labels.csv"
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not {"filename", "label"} <= set(rows.fieldnames or ()):
            raise SetUnreadable(f"{table} must begin with a line that names its columns: filename,label.")
        for number, row in enumerate(rows, start=2):
            name = row["filename"] or ""
            picture = path / name
            if not picture.resolve().is_relative_to(path.resolve()) or not picture.is_file():
                raise SetUnreadable(f"{table}, line {number}: there is no file {name[:80]!r} in this folder.")
            yield Example(name, read_label(row["label"], f"{table}, line {number}"), picture)


def _of_lines(path: Path) -> Iterator[Example]:
    """An object a line; a line may also be a list of them, as the drawings that ship are."""
    with path.open("rb") as plain:
        file: BinaryIO = gzip.GzipFile(fileobj=plain) if path.suffix == ".gz" else plain  # type: ignore[assignment]
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            where = f"{path}, line {number}"
            if len(line) > LONGEST_LINE:
                raise SetUnreadable(f"{where} is longer than {LONGEST_LINE / 2**20:.0f} MB.")
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                raise SetUnreadable(f"{where} is no JSON that can be read.") from None
            several = isinstance(found, list)
            for at, each in enumerate(found if several else [found]):
                yield _drawing(
                    each, f"{where}.{at}" if several else where, f"{number}.{at}" if several else f"{number}"
                )


def _drawing(found: Any, where: str, number: str) -> Example:
    if not isinstance(found, dict) or "label" not in found or "strokes" not in found:
        raise SetUnreadable(f"{where} must be an object with label and strokes.")
    label = read_label(found["label"], where)
    strokes, size, pen = found["strokes"], found.get("size"), found.get("pen")
    if size is None:
        return Example(f"line {number}", label, on_a_pad(strokes, pen))
    if pen is None:
        pen = _default_pen(size)
    return Example(f"line {number}", label, Strokes(strokes, size, pen))


def _default_pen(size: Any) -> float:
    try:
        return float(PEN * min(size) / PAD)
    except (TypeError, ValueError, OverflowError):
        return PEN  # the size makes no sense, and whoever checks it says so


def on_a_pad(strokes: Any, pen: Any = None) -> Strokes:
    """Strokes in coordinates of their own, scaled to DRAWN px in the middle of a pad; a pen of theirs is scaled too.

    Strokes that are no strokes are left for the check that every request's pass.
    """
    try:
        points = np.array([point[:2] for stroke in strokes for point in stroke], np.float64).reshape(-1, 2)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError):
        return Strokes(strokes, [PAD, PAD], PEN)
    if not len(points) or not np.isfinite(points).all():
        return Strokes(strokes, [PAD, PAD], PEN)
    low, high = points.min(0), points.max(0)
    scale = DRAWN / max(float((high - low).max()), 1e-9) if (high > low).any() else 1.0
    middle_x, middle_y = ((low + high) / 2).tolist()

    def moved(point: list[Any]) -> list[Any]:
        x, y = ((point[0] - middle_x) * scale + PAD / 2, (point[1] - middle_y) * scale + PAD / 2)
        return [round(x, 2), round(y, 2), *point[2:]]

    width = PEN
    if isinstance(pen, int | float) and not isinstance(pen, bool):
        width = float(np.clip(pen * scale, 0.5, PAD / 2))
    return Strokes([[moved(point) for point in stroke] for stroke in strokes], [PAD, PAD], width)


def _of_arrays(path: Path) -> Iterator[Example]:
    """Pictures as MNIST has them: light ink on dark ground, which is found out when they are read."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
        there = [part for part in ("test", "train") if {f"x_{part}.npy", f"y_{part}.npy"} <= sizes.keys()]
        # A person's exported corrections have no test images.
        part = next((part for part in there if sizes[f"y_{part}.npy"] > NPY_HEAD), next(iter(there), None))
        if part is None:
            raise SetUnreadable(f"{path} has neither x_test and y_test nor x_train and y_train.")
        if max(sizes[f"x_{part}.npy"], sizes[f"y_{part}.npy"]) > LARGEST_ARRAY:
            raise SetUnreadable(f"{path} is larger than {LARGEST_ARRAY / 2**20:.0f} MB unpacked.")
        with np.load(path, allow_pickle=False) as file:
            images, labels = file[f"x_{part}"], file[f"y_{part}"]
    except (ValueError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile) as error:
        raise SetUnreadable(f"{path} cannot be read as an .npz file: {error}.") from error
    if images.ndim != 3 or images.dtype != np.uint8 or labels.shape != images.shape[:1] or 0 in images.shape:
        raise SetUnreadable(f"{path}: the images must have shape (n, height, width), uint8, with n labels.")
    for number, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        yield Example(f"{number}", read_label(label, f"{path}, image {number}"), image)
