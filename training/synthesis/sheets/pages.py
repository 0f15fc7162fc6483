"""Filled-in strips of a page as a scanner delivers them and placement leaves them, beside the empty strip."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.fields.description import Field, Kind
from training.synthesis.lines.papers import worn
from training.synthesis.lines.scans import Scans
from training.synthesis.outliers.arrays import lit

from .filling import Filler
from .forms import Form, draw_form

Rng = np.random.Generator
VERSION = 4  # increase it when the same seed draws other pages
SCANS = 0.75  # share of the pages written with digits that people wrote
FARTHEST = 3.0  # px that placement is off, at most
POOR = 0.13  # share of the pages that are faint, grainy, blurred or scanned at 100 dpi
PENCIL = 0.15  # of the others


@dataclass(frozen=True)
class FilledPage:
    """A filled-in strip and what is right in its fields."""

    grey: NDArray[np.uint8]  # (height, width)
    reference: NDArray[np.uint8]  # the empty strip, of the same shape
    fields: list[Field]
    truths: list[str | None]  # of the fields; None if no text is right


def draw_page(kind: Kind, rng: Rng, scans: Scans) -> FilledPage:
    """Draws a strip with fields of one kind. The same state of `rng` draws the same strip.

    scans: digits that people wrote, for most of the strips.
    """
    form = draw_form(kind, rng)
    ink, truths = Filler(rng, scans if rng.random() < SCANS else None).fill(form)
    return scan(form, ink, truths, rng)


def scan(form: Form, ink: NDArray[np.uint8], truths: list[str | None], rng: Rng) -> FilledPage:
    """A form with ink on it as a scanner delivers it. ink: 0 nothing to 255; truths: what is right in each field."""
    cover = worn(ink.astype(np.float32) / np.float32(255), rng)
    is_poor = bool(rng.random() < POOR)
    dark = rng.uniform(0.3, 0.65) if rng.random() < (0.5 if is_poor else PENCIL) else rng.uniform(0.6, 0.97)
    darkness = rng.uniform(0.6, 0.95)
    light = rng.uniform(190 if is_poor else 215, 252) * lit(form.printing.shape, rng, rng.uniform(0, 0.15))
    page = light * (1 - darkness * form.printing) * (1 - dark * cover)
    return FilledPage(_scanned(page.astype(np.float32), rng, is_poor), _reference(form.printing), form.fields, truths)


def _reference(printing: NDArray[np.float32]) -> NDArray[np.uint8]:
    page = np.asarray(np.rint(250 * (1 - 0.9 * printing)), np.uint8)
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 0.6), np.uint8)


def _scanned(page: NDArray[np.float32], rng: Rng, is_poor: bool) -> NDArray[np.uint8]:
    """A page as a scanner stores it, laid straight to within a few px."""
    height, width = page.shape
    turn, zoom = rng.normal(0, 0.0007), 1 + rng.normal(0, 0.0006)
    x, y = rng.normal(0, 1.1, 2).clip(-FARTHEST, FARTHEST)
    middle = np.array([width / 2, height / 2])
    linear = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.column_stack([linear, middle - linear @ middle + [x, y]])
    paper = float(np.median(page))
    moved = cv2.warpAffine(page, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=paper)
    if rng.random() < 0.4:  # scanned with fewer dots for each inch
        factor = rng.uniform(1.3, 2.0) if is_poor else rng.uniform(1.1, 1.34)  # 100 to 150 dpi, 150 to 180 dpi
        small = cv2.resize(moved, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
        moved = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if (blur := rng.uniform(0, 1.4 if is_poor else 0.8)) > 0.3:
        moved = cv2.GaussianBlur(moved, (0, 0), blur)
    noisy = moved + rng.normal(0, rng.uniform(2, 7) if is_poor else rng.uniform(0, 2.5), moved.shape)
    grey = np.asarray(np.clip(noisy, 0, 255), np.uint8)
    if rng.random() < 0.7:
        _, file = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45 if is_poor else 70, 95))])
        grey = np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)
    return grey
