"""Fills a page in: numbers in a hand that is kept for measuring, marks in check boxes, some fields left empty."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from classifier.sheets.fields.description import Field, Kind, Rules
from training.synthesis.lines.composition import Line, Writer, compose
from training.synthesis.lines.ingredients import Ingredient
from training.synthesis.lines.inking import ink_of
from training.synthesis.lines.scans import Scans

from .drawing import PER_MM, Form, Grey

Rng = np.random.Generator
Ink = NDArray[np.float64]  # (height, width), 0 paper to 1 ink
EMPTY = 0.08  # share of the fields that are left empty
PENS = 0.25, 0.9  # mm
MARKED = 0.5  # share of the check boxes
AS_PICTURES = frozenset({Ingredient.TRACED})  # strokes recovered from a digit may show another


@dataclass(frozen=True)
class Filled:
    """A page as it lies on the table."""

    grey: NDArray[np.uint8]  # with 300 dpi
    number: int  # of the form's pages, from 1
    values: dict[str, str]  # what is written, by the field's key: "" for an empty field, "x" for a marked check box


def filled(form: Form, number: int, seed: int, scans: Scans | None = None) -> Filled:
    """Fills a page of a form in. scans: digits that people wrote and no network has learnt from; else drawn ones."""
    rng = np.random.default_rng([20_261_130, seed])
    fields = form.description.on_page(number)
    values = {field.key: value_for(field, rng) for field in fields}
    return Filled(written_on(form.pages[number - 1], fields, values, seed, scans), number, values)


def written_on(page: Grey, fields: list[Field], values: dict[str, str], seed: int, scans: Scans | None = None) -> Grey:
    """A page with these values in its fields, in one hand. page: with 300 dpi."""
    rng = np.random.default_rng([20_261_201, seed])
    paper, shade = page.astype(np.float64), rng.uniform(0.55, 0.95)
    writer = Writer(rng, scans, True, AS_PICTURES)
    writer.pen = float(np.exp(rng.uniform(*np.log(PENS))) * PER_MM)
    for field in fields:
        place = tuple(round(share * paper.shape[axis % 2 == 0]) for axis, share in enumerate(field.box))
        for ink, x, y in _written(values[field.key], field, place, writer, rng, scans):
            _put(paper, ink * shade, x, y)
    return np.clip(paper, 0, 255).astype(np.uint8)


def value_for(field: Field, rng: Rng) -> str:
    """A value that the field's rules allow, or nothing."""
    if field.kind is Kind.CHECK:
        return "x" if rng.random() < MARKED else ""
    if rng.random() < EMPTY and not field.rules.is_required:
        return ""
    return _number(field.rules, rng)


def _number(rules: Rules, rng: Rng) -> str:
    if rules.allowed:
        return str(rng.choice(rules.allowed))
    if rules.lowest is not None and rules.highest is not None:
        return f"{rng.uniform(rules.lowest, rules.highest):.{rules.decimals}f}"
    row = "".join(map(str, rng.integers(0, 10, int(rng.integers(rules.digits_from, rules.digits_to + 1)))))
    return f"{row[: -rules.decimals] or '0'}.{row[-rules.decimals :]}" if rules.decimals else row


def _written(value, field, place, writer, rng, scans):
    """Yields pieces of ink and the px of their left top corners."""
    left, top, width, height = place
    if not value:
        return
    if field.kind is Kind.CHECK:
        side = min(width, height)
        yield _cross(side, rng), left + width // 2 - side, top + height // 2 - side
    elif field.kind is Kind.BOXES:
        cell = width / field.cells
        start = field.cells - len(value) if rng.random() < 0.5 else 0
        for position, digit in enumerate(value.replace(".", ""), start):
            line = Line(digit, [replace(writer.write(digit, 0.0), x=0.0, y=0.0)], writer.pen)
            ink = _fitting(line, height * rng.uniform(0.6, 0.8), cell * 0.95)
            x = left + (position + 0.5) * cell - ink.shape[1] / 2 + rng.normal(0, 0.05) * cell
            yield ink, round(x), round(top + (height - ink.shape[0]) / 2 + rng.normal(0, 0.05) * height)
    else:
        line = replace(compose(value, rng, scans, held_back=True, without=AS_PICTURES), pen=writer.pen)
        ink = _fitting(line, height * rng.uniform(0.5, 0.75), width * 0.95)
        room = max(0, width - ink.shape[1])
        yield (
            ink,
            round(left + room * rng.uniform(0.02, 0.6)),
            round(top + (height - ink.shape[0]) * rng.uniform(0.4, 1)),
        )


def _fitting(line: Line, height: float, most_wide: float) -> Ink:
    """The ink of a line whose digits are `height` px high, or smaller if it would be too wide. Its pen is in px."""
    ink, _ = ink_of(replace(line, pen=line.pen / height), height, 2)
    if ink.shape[1] > most_wide:
        height *= most_wide / ink.shape[1]
        ink, _ = ink_of(replace(line, pen=line.pen / height), height, 2)
    return ink / 255


def _cross(side: int, rng: Rng) -> Ink:
    """A cross or a tick, on a square of twice the side of the box."""
    canvas = Image.new("L", (2 * side, 2 * side))
    ink = np.asarray(canvas, np.uint8).copy()
    wide = max(2, round(rng.uniform(0.3, 0.8) * PER_MM))
    low, high = side * (0.5 + rng.uniform(-0.1, 0.25, 2)), side * (1.5 + rng.uniform(-0.25, 0.1, 2))
    corners = [(low[0], low[1]), (high[0], high[1])], [(low[0], high[1]), (high[0], low[1])]
    if rng.random() < 0.3:
        knee = (side * rng.uniform(0.8, 1), high[1])
        corners = [(low[0], side), knee], [knee, (high[0] + side * 0.2, low[1])]
    for start, end in corners:
        for share in np.linspace(0, 1, 2 * side):
            x, y = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
            ink[max(0, y - wide // 2) : y + wide // 2 + 1, max(0, x - wide // 2) : x + wide // 2 + 1] = 255
    return ink / 255


def _put(paper: NDArray[np.float64], ink: Ink, x: int, y: int) -> None:
    """Darkens the paper; what lies beyond it is lost."""
    top, left = max(0, y), max(0, x)
    part = paper[top : y + ink.shape[0], left : x + ink.shape[1]]
    part *= 1 - ink[top - y : top - y + part.shape[0], left - x : left - x + part.shape[1]]
