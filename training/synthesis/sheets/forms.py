"""An empty form: where its fields are, what may stand in each, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.checksums import holds
from classifier.sheets.fields.description import Box, Field, Kind, Rules
from classifier.sheets.fields.rules import pointed

Rng = np.random.Generator
Rectangle = tuple[int, int, int, int]  # left, top, width, height, px

WIDTH = 1654  # px of A4 at imaging.REFERENCE_SIDE
ROWS = 6  # of fields
COLUMNS = {Kind.BOXES: 2, Kind.LINE: 2, Kind.CHECK: 8}
RULED = 0.3  # share of the fields of numbers that have a list or a checksum
TABLE = 0.25  # share of the forms whose fields touch those above and below
EMPTY = 0.2  # share of the other fields
LISTED = 40, 400  # values of a list, least and most


@dataclass(frozen=True)
class Form:
    """A printed form and what is to be written in it."""

    printing: NDArray[np.float32]  # (height, width), 0 paper to 1 black
    fields: list[Field]
    places: list[Rectangle]  # of the fields as printed; Field.box is as a person has drawn it
    texts: list[str]  # that a writer wants to write; "x" or empty for a check box


def draw_form(kind: Kind, rng: Rng) -> Form:
    """A form with fields of one kind. The same state of `rng` draws the same form."""
    unit = float(np.exp(rng.uniform(np.log(40), np.log(74))))  # px: the height of a box, 5 to 9 mm
    is_table = bool(rng.random() < TABLE)
    pitch = round(unit) if is_table else round(unit * rng.uniform(1.25, 2.2))
    shape = (2 * pitch + ROWS * pitch, WIDTH)
    canvas = np.zeros(shape, np.uint8)
    style = _Style.sample(kind, rng)
    fields, places, texts = [], [], []
    for number, (x, y) in enumerate(_corners(COLUMNS[kind], pitch)):
        rules, text, cells = _wanted(kind, style, rng)
        across = round(unit * rng.uniform(0.45, 0.6)) * cells if kind is Kind.CHECK else style.width(unit, cells)
        place = (x, y, across, across if kind is Kind.CHECK else round(unit))
        _print(canvas, place, cells, style)
        if style.has_labels and not is_table:
            at = (place[0], place[1] - round(0.12 * unit))
            cv2.putText(canvas, f"{number + 1}. {'nrst'[number % 4]}", at, 0, 0.5, style.level, 1, cv2.LINE_AA)
        fields.append(Field(f"f{number}", f"F{number}", 1, _drawn(place, shape, style, rng), kind, cells, rules))
        places.append(place)
        texts.append(text)
    return Form((canvas / np.float32(255)).astype(np.float32), fields, places, texts)


def _corners(columns: int, pitch: int) -> Iterator[tuple[int, int]]:
    for row in range(ROWS):
        for column in range(columns):
            yield 70 + column * ((WIDTH - 100) // columns), pitch + row * pitch


@dataclass(frozen=True)
class _Style:
    """How a form is printed, and how carefully its fields were drawn."""

    frame: str  # of the fields
    level: int  # of the print, 255 black
    thickness: int  # px
    cells: int
    cell: float  # width of a cell in heights
    room: float  # width of a line in heights
    has_labels: bool
    is_counted: bool  # whether all numbers have one count of digits
    carelessness: float  # px, of the rectangle that a person drew

    @classmethod
    def sample(cls, kind: Kind, rng: Rng) -> _Style:
        frames = {
            Kind.BOXES: ["boxes", "boxes", "comb", "apart"],
            Kind.LINE: ["rule", "rule", "box", "dots", "plain"],
            Kind.CHECK: ["box"],
        }
        return cls(
            frame=str(rng.choice(frames[kind])),
            level=int(rng.uniform(80, 256)),
            thickness=int(rng.integers(1, 4)),
            cells=int(rng.integers(2, 9)) if kind is Kind.BOXES else 0,
            cell=rng.uniform(0.7, 1.05),
            room=rng.uniform(7, 9.5),
            has_labels=rng.random() < 0.5,
            is_counted=rng.random() < 0.6,
            carelessness=rng.uniform(0, 2.5),
        )

    def width(self, unit: float, cells: int) -> int:
        return round(unit * self.cell) * cells if cells else round(unit * self.room)


def _drawn(place: Rectangle, shape: tuple[int, int], style: _Style, rng: Rng) -> Box:
    """The rectangle of a field as a person draws it, as shares of the page."""
    x, y, across, down = place
    off = rng.normal(0, style.carelessness, 4).clip(-4, 4)
    left, top = max(0.0, x + off[0]), max(0.0, y + off[1])
    return (
        float(left / shape[1]),
        float(top / shape[0]),
        float((x + across + off[2] - left) / shape[1]),
        float((y + down + off[3] - top) / shape[0]),
    )


def _print(canvas: NDArray[np.uint8], place: Rectangle, cells: int, style: _Style) -> None:
    x, y, across, down = place
    level, width = style.level, style.thickness
    if style.frame in ("boxes", "box"):
        cv2.rectangle(canvas, (x, y), (x + across, y + down), level, width)
    if style.frame == "boxes":
        for edge in range(1, cells):
            at = x + edge * across // cells
            cv2.line(canvas, (at, y), (at, y + down), level, width)
    elif style.frame == "comb":
        cv2.line(canvas, (x, y + down), (x + across, y + down), level, width)
        for edge in range(cells + 1):
            at = x + edge * across // cells
            cv2.line(canvas, (at, y + down - down // 4), (at, y + down), level, width)
    elif style.frame == "apart":
        gap = max(2, across // cells // 10)
        for edge in range(cells):
            left, right = x + edge * across // cells + gap, x + (edge + 1) * across // cells - gap
            cv2.rectangle(canvas, (left, y), (right, y + down), level, width)
    elif style.frame == "rule":
        cv2.line(canvas, (x, y + down - down // 6), (x + across, y + down - down // 6), level, width)
    elif style.frame == "dots":
        for at in range(x, x + across, 8):
            cv2.circle(canvas, (at, y + down - down // 6), 1, level, -1)


def _wanted(kind: Kind, style: _Style, rng: Rng) -> tuple[Rules, str, int]:
    """What may stand in a field, what is to be written in it, and how many boxes it has."""
    if kind is Kind.CHECK:
        return Rules(), "x" if rng.random() < 0.5 else "", 1
    most = style.cells or int(rng.choice([3, 4, 5, 6, 8], p=[0.2, 0.25, 0.25, 0.2, 0.1]))
    least = most if style.is_counted else max(1, most - int(rng.integers(1, 4)))
    decimals = int(rng.integers(1, 3)) if most > 3 and rng.random() < 0.15 else 0
    least = max(least, decimals + 1)
    count = int(rng.integers(least, most + 1))
    rules = Rules(least, most, decimals)
    text = "".join(map(str, rng.integers(0, 10, count).tolist()))
    if rng.random() < RULED and count > 2:
        if rng.random() < 0.5:
            name = str(rng.choice(["luhn", "mod11", "gtin"]))
            found = [text[:-1] + str(digit) for digit in range(10) if holds(name, text[:-1] + str(digit))]
            if found:
                text, rules = found[0], Rules(least, most, decimals, checksum=name)
        else:
            listed = {pointed(text, decimals)}
            for _ in range(min(int(rng.integers(*LISTED)), 10**count // 4)):
                listed.add(pointed("".join(map(str, rng.integers(0, 10, count).tolist())), decimals))
            rules = Rules(count, count, decimals, allowed=tuple(sorted(listed)))
    elif rng.random() < EMPTY:
        text = ""
    return rules, pointed(text, decimals), style.cells
