"""Writing in the fields of a form: one hand, one pen, and what goes wrong when people fill in forms.

Digits that people wrote come as their pictures. Strokes recovered from these may have lost a loop or a bar, and a digit
that shows another than its label is no measure.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Field, Kind
from training.synthesis.lines.composition import Line, Writer, compose
from training.synthesis.lines.ingredients import Ingredient
from training.synthesis.lines.inking import ink_of
from training.synthesis.lines.scans import Scans

from .forms import Form, Rectangle

Rng = np.random.Generator
Ink = NDArray[np.uint8]  # (height, width), 0 nothing to 255 full ink

ODD = 0.15  # share of the hands with forms of digits that no network has learnt
TOUCHING = 0.2  # share of the free numbers whose digits may touch or be joined
CROSSED_OUT = 0.008  # share of the fields in which something is crossed out and no number is left
CORRECTED = 0.006  # in which the right digit is written over another
STRANGE = 0.004  # in which a letter or sign stands instead of a digit
FAINTER = 0.01  # in which the pen hardly writes


class Filler:
    """A person who fills in a form."""

    def __init__(self, rng: Rng, scans: Scans | None) -> None:
        self._rng, self._scans = rng, scans
        self._is_odd = bool(rng.random() < ODD)
        self._hand = Writer(rng, scans, held_back=self._is_odd, without={Ingredient.TRACED})
        self._size = rng.uniform(0.5, 0.9)  # of a box's height
        self._care = rng.uniform(0.02, 0.09)  # standard deviation of the place of a digit, in boxes
        self._off = rng.normal(0, 0.05, 2)
        self._from_right = rng.random() < 0.5  # where a short number stands

    def fill(self, form: Form) -> tuple[Ink, list[str | None]]:
        """The ink of a filled-in form, and what is right in each field: None if no text is."""
        ink = np.zeros(form.printing.shape, np.uint8)
        truths: list[str | None] = []
        for field, place, text in zip(form.fields, form.places, form.texts, strict=True):
            truths.append(self._fill(ink, field, place, text))
        return ink, truths

    def _fill(self, ink: Ink, field: Field, place: Rectangle, text: str) -> str | None:
        if field.kind is Kind.CHECK:
            return self._mark(ink, place, text)
        if not text:
            return ""
        before = ink.copy() if self._rng.random() < FAINTER else None
        truth: str | None = text
        written = text.replace(".", "") if field.kind is Kind.BOXES else self._as_written(text)
        if self._rng.random() < STRANGE:
            at = int(self._rng.integers(len(written)))
            written, truth = written[:at] + "?" + written[at + 1 :], None
        at = int(self._rng.integers(len(written)))
        is_corrected = self._rng.random() < CORRECTED and bool(field.cells) and written[at].isdigit()
        first = _with_another_digit(written, at, self._rng) if is_corrected else written
        boxes = self._in_boxes(ink, field, place, first) if field.cells else self._on_line(ink, place, first)
        if is_corrected:
            x, y, across, down = boxes[at]
            self._put(ink, self._digit(written[at], 0.8 * down), x + across / 2, y + down / 2)
        if self._rng.random() < CROSSED_OUT:
            crossed = boxes if self._rng.random() < 0.4 else [boxes[int(self._rng.integers(len(boxes)))]]
            for box in crossed:
                self._cross_out(ink, box)
            truth = None
        if before is not None:
            weaker = (ink * self._rng.uniform(0.3, 0.6)).astype(np.uint8)
            ink[:] = np.where(ink > before, np.maximum(weaker, before), ink)
        return truth

    def _as_written(self, text: str) -> str:
        return text.replace(".", ",") if self._rng.random() < 0.4 else text

    def _in_boxes(self, ink: Ink, field: Field, place: Rectangle, text: str) -> list[Rectangle]:
        x, y, across, down = place
        cell = across / field.cells
        first = field.cells - len(text) if self._from_right else 0
        boxes = []
        for number, character in enumerate(text):
            size = self._size * down * float(np.exp(self._rng.normal(0, 0.07)))
            middle = x + (first + number + 0.5) * cell, y + down / 2
            off = (self._off + self._rng.normal(0, self._care, 2)) * [cell, down]
            drawn = self._digit(character, size)
            widest = 1.1 * cell  # who sees boxes writes narrow
            if drawn.shape[1] > widest:
                drawn = _resized(drawn, round(widest), drawn.shape[0])
            self._put(ink, drawn, middle[0] + off[0], middle[1] + off[1])
            boxes.append((round(middle[0] - cell / 2), y, round(cell), down))
        return boxes

    def _digit(self, character: str, size: float) -> Ink:
        placed = self._hand.write(character, 0.0)
        drawn, _ = ink_of(Line(character, [replace(placed, size=1.0)], self._hand.pen), size, 2.0)
        return drawn

    def _on_line(self, ink: Ink, place: Rectangle, text: str) -> list[Rectangle]:
        x, y, across, down = place
        without = {Ingredient.TRACED} if self._rng.random() < TOUCHING else {Ingredient.TRACED, Ingredient.TOUCHING}
        line = compose(text, self._rng, self._scans, held_back=self._is_odd, without=without)
        size = self._size * down * 0.85
        drawn, boxes = ink_of(line, size, 2.0)
        widest, highest = 0.97 * across, 1.15 * down
        shrunk = min(1.0, widest / drawn.shape[1], highest / drawn.shape[0])
        if shrunk < 1:
            drawn = _resized(drawn, max(1, round(drawn.shape[1] * shrunk)), max(1, round(drawn.shape[0] * shrunk)))
        start = x + self._rng.uniform(0.01, 1) * max(0, across - drawn.shape[1])
        middle = start + drawn.shape[1] / 2, y + down * (0.5 + self._rng.normal(0, self._care))
        self._put(ink, drawn, *middle)
        top = middle[1] - drawn.shape[0] / 2
        return [_moved(box * shrunk, start, top) for box in boxes]

    def _put(self, ink: Ink, drawn: Ink, x: float, y: float) -> None:
        """Adds a drawing with its middle at a place."""
        left, top = round(x - drawn.shape[1] / 2), round(y - drawn.shape[0] / 2)
        first, upper = max(0, -left), max(0, -top)
        part = ink[top + upper : top + drawn.shape[0], left + first : left + drawn.shape[1]]
        inside = drawn[upper : upper + part.shape[0], first : first + part.shape[1]]
        np.maximum(part, inside, out=part)

    def _stroke(self, ink: Ink, points: NDArray[np.floating], down: float) -> None:
        width = max(1, round(self._hand.pen * down * 0.8))
        cv2.polylines(ink, [np.rint(points * 8).astype(np.int32)], False, 255, width, cv2.LINE_AA, 3)

    def _cross_out(self, ink: Ink, box: Rectangle) -> None:
        x, y, across, down = box
        rng = self._rng
        if rng.random() < 0.5:  # one stroke alone may be the bar of a 7
            for _ in range(int(rng.integers(2, 4))):
                ends = np.array([[x, y + down * rng.uniform(0.1, 0.9)], [x + across, y + down * rng.uniform(0.1, 0.9)]])
                self._stroke(ink, ends + rng.normal(0, 2, (2, 2)), down)
            return
        count = int(rng.integers(5, 12))
        zigzag = np.column_stack([np.linspace(x, x + across, count), y + down * rng.uniform(0.1, 0.9, count)])
        self._stroke(ink, zigzag, down)

    def _mark(self, ink: Ink, place: Rectangle, text: str) -> str | None:
        x, y, across, down = place
        rng = self._rng
        corners = np.array([[0.0, 0.0], [1, 1], [0, 1], [1, 0]]) * [across, down] + [x, y]
        reach = across * rng.uniform(-0.2, 0.25)
        outwards = np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]]) * reach
        corners = corners + outwards + rng.normal(0, 0.06 * across, (4, 2))
        if not text:
            if rng.random() < 0.01:  # the pen touched the paper
                self._stroke(ink, np.array([[x + 0.4, y + 0.5], [x + 2.4, y + 1.5]]) + across * 0.4, across * 0.6)
                return ""
            return ""
        habit = rng.random()
        if habit < 0.5:
            self._stroke(ink, corners[:2], across * 1.2)
            self._stroke(ink, corners[2:], across * 1.2)
        elif habit < 0.85:
            start = np.array([x + 0.15 * across, y + 0.55 * down])
            low = np.array([x + 0.4 * across, y + 0.95 * down])
            end = np.array([x + across * rng.uniform(0.8, 1.5), y - down * rng.uniform(-0.2, 0.5)])
            self._stroke(ink, np.array([start, low, end]) + rng.normal(0, 0.05 * across, (3, 2)), across * 1.2)
        elif habit < 0.95:
            self._stroke(ink, corners[2:] if rng.random() < 0.7 else corners[:2], across * 1.2)
        else:
            cv2.rectangle(ink, (x + 2, y + 2), (x + across - 2, y + down - 2), 255, -1)
        if rng.random() < 0.01:
            for _ in range(4):
                self._cross_out(ink, (x - across // 2, y - down // 4, 2 * across, round(1.5 * down)))
            return None
        return text


def _with_another_digit(text: str, at: int, rng: Rng) -> str:
    """A text with a slip of the pen at a place."""
    return text[:at] + str((int(text[at]) + int(rng.integers(1, 10))) % 10) + text[at + 1 :]


def _resized(ink: Ink, width: int, height: int) -> Ink:
    return np.asarray(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _moved(box: NDArray[np.float64], x: float, y: float) -> Rectangle:
    left, top, right, bottom = box.tolist()
    return round(left + x), round(top + y), max(2, round(right - left)), max(2, round(bottom - top))
