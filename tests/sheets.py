"""A page of a sheet with digits from the generated set that ships, drawn into boxes and onto lines."""

import cv2
import numpy as np

from classifier.digits.samples.mnist import read_generated
from classifier.sheets.fields.description import Field, Kind, Rules

HEIGHT, WIDTH = 700, 1000  # px
CELL = 50  # px, of a box, which is square
PAPER = 240


class Paper:
    """A page and its empty reference."""

    def __init__(self, level: int = 120) -> None:
        self.level = level  # of the print, 0 black
        self.reference = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
        self.ink = np.zeros((HEIGHT, WIDTH), np.uint8)
        self.fields: list[Field] = []
        generated = read_generated()
        self.images, self.labels = generated["x_test"], generated["y_test"]

    @property
    def page(self) -> np.ndarray:
        grain = np.random.default_rng(1).normal(0, 2, (HEIGHT, WIDTH))
        shaded = self.reference * (1 - self.ink / 255 * 0.8) + grain
        return np.clip(shaded, 0, 255).astype(np.uint8)

    def field(self, kind: Kind, cells: int = 0, width: int = 400, **rules: object) -> tuple[int, int]:
        """Adds a field below the others. Returns the left top corner, px."""
        x, y = 60, 40 + 90 * len(self.fields)
        across = CELL * cells if kind is Kind.BOXES else CELL if kind is Kind.CHECK else width
        if kind is Kind.LINE:
            cv2.line(self.reference, (x, y + CELL), (x + across, y + CELL), self.level, 2)
        else:
            cv2.rectangle(self.reference, (x, y), (x + across, y + CELL), self.level, 2)
        for edge in range(1, cells):
            cv2.line(self.reference, (x + edge * CELL, y), (x + edge * CELL, y + CELL), self.level, 2)
        box = (x / WIDTH, y / HEIGHT, across / WIDTH, CELL / HEIGHT)
        key = f"f{len(self.fields)}"
        self.fields.append(Field(key, key, 1, box, kind, cells, Rules(**rules)))  # type: ignore[arg-type]  # of the test
        return x, y

    def digit(self, digit: int | str, x: float, y: float, height: int = 36, number: int = 0) -> None:
        """Writes a digit with its middle at a place, px. number: which of those in the set."""
        image = self.images[np.flatnonzero(self.labels == int(digit))[number]]
        rows, columns = np.flatnonzero(image.max(1) > 60), np.flatnonzero(image.max(0) > 60)
        crop = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        drawn = cv2.resize(crop, (max(4, round(crop.shape[1] * height / crop.shape[0])), height))
        left, top = round(x - drawn.shape[1] / 2), round(y - drawn.shape[0] / 2)
        part = self.ink[top : top + drawn.shape[0], left : left + drawn.shape[1]]
        np.maximum(part, drawn, out=part)

    def boxes(self, text: str, cells: int | None = None, first: int = 0, **rules: object) -> None:
        """Adds a field of boxes with digits in them; a space leaves a box empty."""
        x, y = self.field(Kind.BOXES, cells or len(text), **rules)
        for at, character in enumerate(text, first):
            if character != " ":
                self.digit(character, x + (at + 0.5) * CELL, y + CELL / 2)

    def line(self, text: str, **rules: object) -> None:
        """Adds a field with a number on a line; a point or comma is a spot on the line."""
        x, y = self.field(Kind.LINE, **rules)
        at = x + 30.0
        for character in text:
            if character in ".,":
                cv2.circle(self.ink, (round(at - 12), y + CELL - 7), 3, 255, -1)
                at += 10
            else:
                self.digit(character, at, y + CELL / 2)
                at += 36

    def check(self, *strokes: tuple[float, float, float, float]) -> None:
        """Adds a check box with strokes: left, top, right and bottom, in sides of the box."""
        x, y = self.field(Kind.CHECK)
        for stroke in strokes:
            left, top, right, bottom = (round(each * CELL) for each in stroke)
            cv2.line(self.ink, (x + left, y + top), (x + right, y + bottom), 255, 4)
