"""Labelled examples: pictures, drawings and arrays with what is written in them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.classes import NOT_A_DIGIT_LABELS

LONGEST_LABEL = 12  # figures


class SetUnreadable(Exception):
    """A labelled set cannot be read; the message is for the person who named it."""


@dataclass(frozen=True)
class Strokes:
    """A drawing as a request would send it, not validated yet."""

    strokes: Any
    size: Any
    pen: Any


Content = Path | Strokes | NDArray[np.uint8]


@dataclass(frozen=True)
class Example:
    """A picture file, a drawing, or an array of shape (height, width), 0 background to 255 ink, with its label."""

    name: str
    label: str  # the figures written; empty if it is not a digit
    content: Content


@dataclass(frozen=True)
class LabelledSet:
    """Examples in the order of their file or folder."""

    examples: Sequence[Example]

    @cached_property
    def sha256(self) -> str:
        """The checksum of all names, labels and contents. Raises SetUnreadable."""
        digest = hashlib.sha256()
        for example in self.examples:
            digest.update(f"{example.name}\0{example.label}\0".encode())
            digest.update(_bytes(example.content))
        return digest.hexdigest()

    def spread(self, limit: int | None) -> Self:
        """At most `limit` examples, evenly spread over the whole set."""
        count = len(self.examples)
        if limit is None or limit >= count:
            return self
        return type(self)([self.examples[number * count // limit] for number in range(limit)])


def _bytes(content: Content) -> bytes:
    if isinstance(content, Path):
        try:
            return hashlib.sha256(content.read_bytes()).digest()
        except OSError as error:
            raise SetUnreadable(f"{content} cannot be read: {error.strerror}.") from error
    if isinstance(content, Strokes):
        return json.dumps([content.strokes, content.size, content.pen]).encode()
    return content.tobytes()


def is_label(text: str) -> bool:
    """Whether a text is a label: figures, `none` or `not_a_digit`."""
    return text in NOT_A_DIGIT_LABELS or (text.isascii() and text.isdecimal() and len(text) <= LONGEST_LABEL)


def read_label(value: Any, where: str) -> str:
    """The label of an Example from a value in a file. Raises SetUnreadable, which names `where`."""
    text = "" if isinstance(value, bool) or value is None else str(value).strip()
    if not is_label(text):
        labels = " or ".join(NOT_A_DIGIT_LABELS)
        raise SetUnreadable(f"{where}: the label {str(value)[:40]!r} is neither figures nor {labels}.")
    return "" if text in NOT_A_DIGIT_LABELS else text
