"""Reading generated pages, and whether each value is right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from classifier.jobs.process_pool import ProcessPool
from classifier.sheets.fields.description import Kind
from classifier.sheets.reading.fields import FieldReader
from classifier.sheets.reading.promise import sort_of
from classifier.sheets.reading.reads import Read
from training.synthesis.lines.scans import Scans
from training.synthesis.sheets.pages import FilledPage, draw_page
from training.synthesis.steps import Advance, not_counted

LONGEST_S = 120.0  # that a page takes, even on a busy machine


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
    reader: FieldReader,
    kind: Kind,
    pages: int,
    seed: int,
    scans: Scans,
    advance: Advance = not_counted,
    processes: int = 1,
) -> Iterator[Outcome]:
    """Draws pages with fields of one kind and reads them, in any number of processes with the same outcomes.

    advance: receives the pages done.
    """

    def read(number: int) -> list[Outcome]:
        page = draw_page(kind, np.random.default_rng((seed, list(Kind).index(kind), number)), scans)
        return list(outcomes_of(reader, page, number))

    cv2.setNumThreads(1)  # each process has a core
    with ProcessPool(read, processes) as pool:
        begun = 0
        for done in range(pages):
            while begun < pages and len(pool) < 2 * processes:
                pool.submit(begun)
                begun += 1
            yield from pool.next_result(LONGEST_S)
            advance(done + 1)


def outcomes_of(reader: FieldReader, page: FilledPage, number: int) -> Iterator[Outcome]:
    """Reads one page. number: by which its values are known."""
    started = time.process_time()
    reads = reader.reads(page.grey, page.fields, page.reference)
    took_ms = (time.process_time() - started) * 1000 / len(reads)
    for field, truth, read in zip(page.fields, page.truths, reads, strict=True):
        yield Outcome(number, field.kind, sort_of(field, read), truth, read, took_ms)
