"""Labels of the pictures in an archive, from labels.csv or from folders named 0 to 9."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.errors import ArchiveRejected

from .directory import Entry, entries, find_contents
from .label_table import Line, lines_of
from .members import unpack
from .names import fingerprint, loose_fingerprint
from .rejections import REASONS, MemberRejected

LABELS_AT_MOST = 16 * 2**20  # bytes of labels.csv
WAYS = 3  # in which labels.csv may name a file: by its path from there, by its whole path, by its name
READINGS = 3  # of a name at most

# Code: the sentence for people about what was not used. Codes are stored and stay; all begin with "label".
PROBLEMS = {
    "label_unreadable": "Line {line} of labels.csv has “{text}” as its label, which is not a whole number.",
    "label_no_digit": "Line {line} of labels.csv says “{text}”: not a digit. Such labels are not compared.",
    "label_without_file": "Line {line} of labels.csv gives it the label “{text}”, but it is not in the archive.",
    "label_repeated": "Line {line} of labels.csv labels this file again, with “{text}”. The first label counts.",
    "label_missing": "labels.csv has no label for this file.",
    "labels_file_unused": "Only the labels.csv in the highest folder is read, so this one was not used.",
}


class Problem(NamedTuple):
    """A label that was not used, or a file without one."""

    code: str  # of PROBLEMS
    name: str  # of the file
    sentence: str


@dataclass(frozen=True)
class LabelTable:
    """The n lines of a labels.csv, in 24 bytes each, and its content."""

    data: bytes
    base: str  # its folder, with / at the end; empty at the top
    at: int  # Entry.at of it
    names: NDArray[np.uint64]  # (n,), fingerprints
    loose_names: NDArray[np.uint64]  # (n,), fingerprints that do not tell upper from lower case
    codes: NDArray[np.int64]  # (n,), see code_of

    @classmethod
    def parsed(cls, data: bytes, path: str = "labels.csv", at: int = 0) -> "LabelTable":
        """path: of the labels.csv in the archive."""
        names, loose, codes = array("Q"), array("Q"), array("q")
        for line in lines_of(data):
            names.append(fingerprint(line.name))
            loose.append(loose_fingerprint(line.name))
            codes.append(code_of(line.label))
        base = path[: path.rfind("/") + 1]
        arrays = np.array(names, np.uint64), np.array(loose, np.uint64), np.array(codes, np.int64)
        return cls(data, base, at, *arrays)


@dataclass(frozen=True)
class Labels:
    """The labels of the n files of an archive with a labels.csv, and what became of its lines."""

    places: NDArray[np.int64]  # (n,), Entry.at of each file, ascending
    codes: NDArray[np.int64]  # (n,), see code_of
    is_named: NDArray[np.bool_]  # (n,), whether a line names the file, also without a usable label
    is_used: NDArray[np.bool_]  # (lines,), whether the line's label counts for a file
    is_there: NDArray[np.bool_]  # (lines,), whether the archive has the line's file

    def of(self, at: int) -> str:
        """The label of the file at `at`, as digits; empty without one."""
        place = int(np.searchsorted(self.places, at))
        return label_of(int(self.codes[place])) if place < len(self.places) and self.places[place] == at else ""


def code_of(label: str) -> int:
    """A label of digits as a number that keeps its leading zeros; 0 for an empty one."""
    return int(f"1{label}") if label else 0


def label_of(code: int) -> str:
    """The inverse of `code_of`."""
    return str(code)[1:] if code else ""


def label_of_folder(path: str) -> str:
    """The label of a file in a folder named 0 to 9; empty elsewhere."""
    folder = path.rpartition("/")[0].rpartition("/")[2]
    return folder if len(folder) == 1 and folder in "0123456789" else ""


def read_table(file: BinaryIO, at: int) -> LabelTable:
    """Reads the labels.csv whose entry is at `at`. Raises ArchiveRejected if it cannot be read."""
    entry = next(entries(file, find_contents(file), at, LABELS_AT_MOST))
    if entry.rejection and entry.rejection != "empty":
        raise ArchiveRejected(f"{entry.name} cannot be read. {REASONS[entry.rejection]}", "labels_unreadable")
    try:
        data = unpack(file, entry.where)
    except MemberRejected:
        raise ArchiveRejected(f"{entry.name} cannot be read. {REASONS['damaged']}", "labels_unreadable") from None
    return LabelTable.parsed(data, entry.path, at)


def match(file: BinaryIO, table: LabelTable) -> Labels:
    """Finds the file of each line. Names that differ in case only match if no file has the very name.

    Raises ArchiveRejected.
    """
    base = table.base.casefold()
    places, folders, exact, loose = array("q"), array("q"), array("Q"), array("Q")
    for entry in entries(file, find_contents(file)):
        if entry.is_file:
            places.append(entry.at)
            folders.append(code_of(label_of_folder(entry.path)))
            exact.extend(_ways(entry.path, table.base))
            ways = [_ways(reading.casefold(), base) for reading in entry.readings]
            for number in range(READINGS):
                loose.extend(ways[min(number, len(ways) - 1)])
    is_used, is_there = np.zeros(len(table.codes), bool), np.zeros(len(table.codes), bool)
    line = _lines_of_files(table.names, np.array(exact, np.uint64).reshape(-1, WAYS), table.codes > 0, is_there)
    is_used[line[line >= 0]] = True
    wanted = np.array(loose, np.uint64).reshape(-1, WAYS * READINGS)
    other = _lines_of_files(table.loose_names, wanted, (table.codes > 0) & ~is_used, is_there)
    is_free = (other >= 0) & ~is_used[other] & (line < 0) if len(is_used) else np.zeros(len(line), bool)
    line[is_free] = other[is_free]
    is_used[line[line >= 0]] = True
    codes = np.where(line >= 0, table.codes[line] if len(table.codes) else 0, 0)
    codes = np.where(codes > 0, codes, np.array(folders, np.int64))
    return Labels(np.array(places, np.int64), codes, line >= 0, is_used, is_there)


def _ways(path: str, base: str) -> tuple[int, int, int]:
    whole = fingerprint(path)
    last = path.rpartition("/")[2]
    below = fingerprint(path.removeprefix(base)) if base and path.startswith(base) else whole
    return below, whole, fingerprint(last) if last != path else whole


def _lines_of_files(
    names: NDArray[np.uint64], wanted: NDArray[np.uint64], is_better: NDArray[np.bool_], is_there: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The line that names each file, by the first of its `wanted` fingerprints that a line has; -1 without one.

    names: (lines,); wanted: (files, ways). is_better: lines preferred to others of the same name; then the first one.
    Marks in `is_there` the lines whose file was found.
    """
    if not len(names) or not len(wanted):
        return np.full(len(wanted), -1)
    order = np.lexsort((~is_better, names))  # stable
    known, first, group = np.unique(names[order], return_index=True, return_inverse=True)
    place = np.searchsorted(known, wanted).clip(0, len(known) - 1)  # (files, ways)
    is_known = known[place] == wanted
    is_found = np.zeros(len(known), bool)
    is_found[place[is_known]] = True
    is_there[order] |= is_found[group]
    way = is_known.argmax(1)
    line = order[first[place[np.arange(len(wanted)), way]]]
    line_of_each: NDArray[np.intp] = np.where(is_known.any(1), line, -1)
    return line_of_each


def problems(file: BinaryIO, table: LabelTable, labels: Labels) -> Iterator[Problem]:
    """The lines that give no file its label, the files that no line names, and other files called labels.csv."""
    for number, line in enumerate(lines_of(table.data)):
        if code := _problem_of(line, bool(labels.is_used[number]), bool(labels.is_there[number])):
            yield Problem(code, line.name, PROBLEMS[code].format(line=line.number, text=line.text[:40]))
    is_labelled = dict(zip(labels.places.tolist(), (labels.is_named | (labels.codes > 0)).tolist(), strict=True))
    for entry in entries(file, find_contents(file)):
        if code := _problem_of_entry(entry, is_labelled, table.at):
            yield Problem(code, entry.name, PROBLEMS[code])


def _problem_of(line: Line, is_used: bool, is_there: bool) -> str:
    if line.is_no_digit:
        return "label_no_digit"
    if not line.label:
        return "label_unreadable"
    if not is_there:
        return "label_without_file"
    return "" if is_used else "label_repeated"


def _problem_of_entry(entry: Entry, is_labelled: dict[Any, bool], table_at: int) -> str:
    if entry.is_labels:
        return "" if entry.at == table_at else "labels_file_unused"
    return "label_missing" if entry.is_file and not is_labelled[entry.at] else ""
