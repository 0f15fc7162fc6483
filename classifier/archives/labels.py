"""Labels of the pictures in an archive, from labels.csv or from folders named 0 to 9."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from classifier.errors import ArchiveRejected
from classifier.recognition.classes import NOT_A_DIGIT_LABELS

from .directory import entries, find_contents
from .members import unpack
from .names import fingerprint
from .rejections import REASONS, MemberRejected

LABELS_AT_MOST = 16 * 2**20  # bytes of labels.csv


@dataclass(frozen=True)
class Labels:
    """The n labels of a labels.csv, in nine bytes each."""

    names: NDArray[np.uint64]  # (n,), fingerprints in ascending order
    labels: NDArray[np.uint8]  # (n,), 0 to 9
    base: str  # its folder, with / at the end; empty at the top
    misread: int = 0  # lines without a valid label

    def of(self, path: str) -> int | None:
        """The label of a member, by its path from labels.csv, its whole path or its name."""
        for name in (path.removeprefix(self.base), path, path.rpartition("/")[2]):
            wanted = np.uint64(fingerprint(name))
            at = int(np.searchsorted(self.names, wanted))
            if at < len(self.names) and self.names[at] == wanted:
                return int(self.labels[at])
        return None


def label_of_folder(path: str) -> int | None:
    """The label of a file in a folder named 0 to 9."""
    folder = path.rpartition("/")[0].rpartition("/")[2]
    return int(folder) if len(folder) == 1 and folder in "0123456789" else None


def read_labels(file: BinaryIO, at: int) -> Labels:
    """Reads the labels.csv whose entry is at `at`. Raises ArchiveRejected if it cannot be read."""
    entry = next(entries(file, find_contents(file), at, LABELS_AT_MOST))
    if entry.rejection and entry.rejection != "empty":
        raise ArchiveRejected(f"{entry.name} cannot be read. {REASONS[entry.rejection]}", "labels_unreadable")
    try:
        data = unpack(file, entry.where)
    except MemberRejected:
        raise ArchiveRejected(f"{entry.name} cannot be read. {REASONS['damaged']}", "labels_unreadable") from None
    return parse_labels(data, entry.path.rpartition("/")[0])


def parse_labels(data: bytes, folder: str = "") -> Labels:
    """Parses a CSV of file names and labels. Without a header, the first column is the name, the second the label."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    lines = io.StringIO(text.replace("\0", ""), newline="")
    sample = text[:1000]
    divider = max(",;\t", key=sample.count)
    names, labels, misread = [], [], 0
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=divider)):
            if number == 0:
                first, second, is_header = _columns(row)
                if is_header:
                    continue
            if not any(cell.strip() for cell in row):
                continue
            label = row[second].strip() if len(row) > max(first, second) else ""
            if label in NOT_A_DIGIT_LABELS:
                continue
            if len(label) != 1 or label not in "0123456789":
                misread += 1
                continue
            name = row[first].strip().replace("\\", "/").removeprefix("./")
            names.append(fingerprint(name))
            labels.append(int(label))
    except csv.Error:
        misread += 1
    prints = np.array(names, np.uint64)
    order = np.argsort(prints, kind="stable")
    return Labels(prints[order], np.array(labels, np.uint8)[order], f"{folder}/" if folder else "", misread)


def _columns(row: list[str]) -> tuple[int, int, bool]:
    """The columns of the name and of the label, and whether this row is a header."""
    words = [cell.strip().lower() for cell in row]
    name = _first_of(words, ("filename", "file", "name", "path", "image", "picture", "member"))
    label = _first_of(words, ("label", "true_label", "digit", "class"))
    if name is None or label is None:
        return 0, 1, False
    return name, label, True


def _first_of(words: list[str], wanted: Iterable[str]) -> int | None:
    return next((words.index(word) for word in wanted if word in words), None)
