"""The lines of a labels.csv, as spreadsheets and editors save it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from classifier.recognition.classes import NOT_A_DIGIT_LABELS

from .names import decodings

LONGEST_NUMBER = 12  # digits of a label: more are not read as a number
SAMPLE = 100  # lines from which the divider is guessed
DIVIDERS = ",;\t|"
NAMES = ("filename", "file", "name", "path", "image", "picture", "member", "imagename", "filepath")
LABELS = ("label", "true_label", "truelabel", "digit", "number", "class", "value")

_NUMBER = re.compile(rf"\+?([0-9]{{1,{LONGEST_NUMBER}}})(?:[.,]0*)?")
_FORMULA = re.compile(r"'(?=[=+\-@])")  # with which this site writes a name that a spreadsheet would evaluate


class Line(NamedTuple):
    """A line of the table that is not empty."""

    number: int  # from 1
    name: str  # of the file, with / between folders
    text: str  # of the label, as written

    @property
    def label(self) -> str:
        """The label as digits, such as "7" or "2048"; empty if it is no whole number of at most LONGEST_NUMBER."""
        match = _NUMBER.fullmatch(self.text)
        return match[1] if match else ""

    @property
    def is_no_digit(self) -> bool:
        """Whether the label says that the picture is not a digit."""
        return self.text.lower() in NOT_A_DIGIT_LABELS


@dataclass(frozen=True)
class _Layout:
    divider: str
    name: int  # column
    label: int
    skipped: int  # lines before the first file


def lines_of(data: bytes) -> Iterator[Line]:
    """The lines of a CSV of file names and labels. Each line is parsed alone, so a stray quotation mark costs one line.

    Without a header, the first column is the name and the second the label.
    """
    texts = re.split(r"\r\n|\r|\n", _decoded(data))
    layout = _layout(texts)
    for number, text in enumerate(texts, 1):
        if number <= layout.skipped or not text.strip(layout.divider + " \t"):
            continue
        cells = _cells(text, layout.divider)
        name = cells[layout.name] if len(cells) > layout.name else ""
        label = cells[layout.label] if len(cells) > layout.label else ""
        yield Line(number, _FORMULA.sub("", name, count=1).replace("\\", "/").removeprefix("./"), label)


def _decoded(data: bytes) -> str:
    """The text of a file in UTF-8, in UTF-16 as Excel's “Unicode text”, or in a code page of Windows, DOS or macOS."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data[:4] and data.count(0, 0, 200) > 40:  # UTF-16 without its mark
        text = data.decode("utf-16-le" if data[1] == 0 else "utf-16-be", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = decodings(data, ("cp1252", "cp850", "mac_roman"))[0]
    return text.replace("\0", "")


def _layout(texts: list[str]) -> _Layout:
    """The divider and columns under which most of the first lines have a label."""
    first = 0
    dividers = DIVIDERS
    if texts and (marked := re.fullmatch(rf'"?sep=([{DIVIDERS}])"? *', texts[0], re.IGNORECASE)):  # for Excel
        first, dividers = 1, marked[1]
    layouts = [_columns(texts, first, divider) for divider in dividers]
    return max(layouts, key=lambda layout: _labelled(texts, layout))


def _columns(texts: list[str], first: int, divider: str) -> _Layout:
    at = next((at for at in range(first, len(texts)) if texts[at].strip()), first)
    words = [re.sub(r"[ \-]", "", cell.lower()) for cell in _cells(texts[at], divider)] if at < len(texts) else []
    name = next((words.index(word) for word in NAMES if word in words), None)
    label = next((words.index(word) for word in LABELS if word in words), None)
    if len(words) < 2 or (name is None and label is None):
        return _Layout(divider, 0, 1, first)
    if name is None:
        name = 0 if label else 1
    if label is None:
        label = 0 if name else 1
    return _Layout(divider, name, label, at + 1)


def _labelled(texts: list[str], layout: _Layout) -> int:
    """How many of the first lines have a label in this layout."""
    rows = (_cells(text, layout.divider) for text in islice(texts, layout.skipped, layout.skipped + SAMPLE))
    labels = [row[layout.label] for row in rows if len(row) > max(layout.name, layout.label)]
    return sum(1 + 2 * bool(_NUMBER.fullmatch(text) or text.lower() in NOT_A_DIGIT_LABELS) for text in labels)


def _cells(text: str, divider: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=divider), [])]
    except csv.Error:  # a cell of more than 128 KB
        return [text[:200].strip()]
