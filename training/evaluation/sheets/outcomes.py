"""Reading generated pages, and whether each value is right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from classifier.sheets.fields.description import Kind
from classifier.sheets.reading.fields import FieldReader
from classifier.sheets.reading.promise import sort_of
from classifier.sheets.reading.reads import Read
from training.synthesis.lines.scans import Scans
from training.synthesis.sheets.pages import FilledPage, draw_page
from training.synthesis.steps import Advance, not_counted


@dataclass(frozen=True)
class Outcome:
    """A value that was read on a generated page."""

    page: int  # values of one page were written by one hand
    kind: Kind
    sort: str  # see `promise.sort_of`
    truth: str | None  # what is written; None if it is no number, so that no text is right
    read: Read
    took_ms: float  # of the processor, its share of the page's

    @property
    def is_right(self) -> bool:
        return self.read.text == self.truth


def outcomes(
    reader: FieldReader, kind: Kind, pages: int, seed: int, scans: Scans, advance: Advance = not_counted
) -> Iterator[Outcome]:
    """Draws pages with fields of one kind and reads them. advance: receives the pages done."""
    for number in range(pages):
        page = draw_page(kind, np.random.default_rng((seed, list(Kind).index(kind), number)), scans)
        yield from outcomes_of(reader, page, number)
        advance(number + 1)


def outcomes_of(reader: FieldReader, page: FilledPage, number: int) -> Iterator[Outcome]:
    """Reads one page. number: by which its values are known."""
    started = time.process_time()
    reads = reader.reads(page.grey, page.fields, page.reference)
    took_ms = (time.process_time() - started) * 1000 / len(reads)
    for field, truth, read in zip(page.fields, page.truths, reads, strict=True):
        yield Outcome(number, field.kind, sort_of(field, read), truth, read, took_ms)
