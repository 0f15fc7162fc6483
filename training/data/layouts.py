"""The layouts of a labelled set: folders, a table beside pictures, lines of strokes, arrays. See `labelled_sets`."""

import csv
import gzip
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .examples import Example, SetUnreadable, Strokes, is_label, read_label

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
LONGEST_LINE = 16 * 2**20  # bytes of a line of strokes
NPY_HEAD = 128  # bytes of an .npy file without any label
LARGEST_ARRAY = 2**29  # bytes that one array of an .npz file may unpack to
PAD, DRAWN, PEN = 280, 200, 18.0  # px: the pad for strokes without a size, their size on it, and their pen


def of_folders(path: Path) -> Iterator[Example]:
    """The pictures in folders named after their label."""
    for folder in sorted(path.iterdir()):
        if not folder.is_dir() or not is_label(folder.name):
            continue
        for file in sorted(folder.iterdir()):
            if file.is_file() and file.suffix.lower() in SUFFIXES:
                yield Example(f"{folder.name}/{file.name}", read_label(folder.name, str(folder)), file)


def of_table(path: Path) -> Iterator[Example]:
    """The pictures that the folder's labels.csv lists."""
    table = path / "labels.csv"
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not {"filename", "label"} <= set(rows.fieldnames or ()):
            raise SetUnreadable(f"The first line of {table} must name its columns: filename,label.")
        for number, row in enumerate(rows, start=2):
            name = row["filename"] or ""
            picture = path / name
            if not picture.resolve().is_relative_to(path.resolve()) or not picture.is_file():
                raise SetUnreadable(f"{table}, line {number}: there is no file {name[:80]!r} in this folder.")
            yield Example(name, read_label(row["label"], f"{table}, line {number}"), picture)


def of_lines(path: Path) -> Iterator[Example]:
    """The drawings of a file with a JSON object, or a list of objects, on each line."""
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            raise SetUnreadable(f"{where} is not valid JSON.") from None
        if isinstance(value, list):
            for index, drawing in enumerate(value):
                yield _drawing(drawing, f"{where}.{index}", f"{number}.{index}")
        else:
            yield _drawing(value, where, f"{number}")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yields the lines that are not blank, with their numbers from 1."""
    with path.open("rb") as plain:
        file: BinaryIO = gzip.GzipFile(fileobj=plain) if path.suffix == ".gz" else plain  # type: ignore[assignment]
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise SetUnreadable(f"{path}, line {number} is longer than {LONGEST_LINE / 2**20:.0f} MB.")
            if line.strip():
                yield number, line


def _drawing(value: Any, where: str, number: str) -> Example:
    if not isinstance(value, dict) or "label" not in value or "strokes" not in value:
        raise SetUnreadable(f"{where} must be an object with label and strokes.")
    label = read_label(value["label"], where)
    strokes, size, pen = value["strokes"], value.get("size"), value.get("pen")
    if size is None:
        return Example(f"line {number}", label, on_a_pad(strokes, pen))
    if pen is None:
        pen = _default_pen(size)
    return Example(f"line {number}", label, Strokes(strokes, size, pen))


def _default_pen(size: Any) -> float:
    try:
        return float(PEN * min(size) / PAD)
    except (TypeError, ValueError, OverflowError):
        return PEN  # an invalid size is refused later, as in a request


def on_a_pad(strokes: Any, pen: Any = None) -> Strokes:
    """Strokes in arbitrary coordinates, scaled to DRAWN px in the middle of a pad. A given pen is scaled too.

    Invalid strokes are returned unchanged; they are refused later, as in a request.
    """
    points = _points(strokes)
    if points is None:
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


def _points(strokes: Any) -> NDArray[np.float64] | None:
    """All points of the strokes, shape (n, 2); None if the strokes are empty or invalid."""
    try:
        points = np.array([point[:2] for stroke in strokes for point in stroke], np.float64).reshape(-1, 2)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError):
        return None
    return points if len(points) and np.isfinite(points).all() else None


def of_arrays(path: Path) -> Iterator[Example]:
    """The images of an .npz file in MNIST's layout."""
    images, labels = _read_arrays(path)
    if images.ndim != 3 or images.dtype != np.uint8 or labels.shape != images.shape[:1] or 0 in images.shape:
        raise SetUnreadable(f"{path}: the images must have shape (n, height, width), uint8, with n labels.")
    for number, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        yield Example(f"{number}", read_label(label, f"{path}, image {number}"), image)


def _read_arrays(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:  # Any: of_arrays checks the type
    """The test images and their labels, or the training images where there are no test images."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
        present = [part for part in ("test", "train") if {f"x_{part}.npy", f"y_{part}.npy"} <= sizes.keys()]
        # The test arrays of exported corrections are empty.
        part = next((part for part in present if sizes[f"y_{part}.npy"] > NPY_HEAD), next(iter(present), None))
        if part is None:
            raise SetUnreadable(f"{path} has neither x_test and y_test nor x_train and y_train.")
        if max(sizes[f"x_{part}.npy"], sizes[f"y_{part}.npy"]) > LARGEST_ARRAY:
            raise SetUnreadable(f"{path} is larger than {LARGEST_ARRAY / 2**20:.0f} MB unpacked.")
        with np.load(path, allow_pickle=False) as file:
            return file[f"x_{part}"], file[f"y_{part}"]
    except (ValueError, KeyError, RuntimeError, MemoryError, zipfile.BadZipFile) as error:
        raise SetUnreadable(f"{path} cannot be read as an .npz file: {error}.") from error
