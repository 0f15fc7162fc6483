"""Labelled sets on disk, in one of these layouts:

    digits/0/*.png … digits/9/*.png      folders named after the label of their pictures
    digits/labels.csv                    the columns filename and label, beside the pictures
    strokes.jsonl, strokes.jsonl.gz      on each line an object {"label", "strokes", optional "size", optional "pen"}
    digits.npz                           MNIST's layout: x_test and y_test, else x_train and y_train

A label is a figure, the figures of a number ("47"), or `none` or `not_a_digit` for an outlier.
"""

import csv
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from .examples import Example, LabelledSet, SetUnreadable
from .layouts import of_arrays, of_folders, of_lines, of_table

MOST_EXAMPLES = 200_000

LAYOUTS = (
    "A set is a folder with folders named 0 to 9 (and none), a folder with labels.csv (filename,label), "
    "a .jsonl or .jsonl.gz file of strokes, or an .npz file in MNIST's layout."
)


def read_examples(path: Path) -> LabelledSet:
    """The labelled set at a path, in any of the layouts. Picture files are not opened yet.

    Raises SetUnreadable with the reason; an empty set is unreadable too.
    """
    try:
        examples = list(islice(_read(path), MOST_EXAMPLES + 1))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise SetUnreadable(f"{path} cannot be read: {error}.") from error
    if len(examples) > MOST_EXAMPLES:
        raise SetUnreadable(f"{path} has more than {MOST_EXAMPLES:,} examples.")
    if not examples:
        raise SetUnreadable(f"{path} contains no examples. {LAYOUTS}")
    return LabelledSet(examples)


def _read(path: Path) -> Iterator[Example]:
    if path.is_dir():
        return of_table(path) if (path / "labels.csv").exists() else of_folders(path)
    if not path.exists():
        raise SetUnreadable(f"{path} does not exist. {LAYOUTS}")
    if path.suffix == ".npz":
        return of_arrays(path)
    if path.name.endswith((".jsonl", ".jsonl.gz", ".json", ".json.gz")):
        return of_lines(path)
    raise SetUnreadable(f"{path} has none of the layouts that can be read. {LAYOUTS}")
