"""How well pages of forms are laid straight: `python -m benchmarks.sheets.placement [--pages N] [--seed N]`.

Draws forms, fills them in, scans and photographs them (tests/classifier/sheets/forms), and places each on its sheet.
A page is placed if all corners of its fields lie within 10 px of where they are; else it is wrong. Also places each
on two sheets it does not belong to: the same form with other words, and another form; all of these must be refused.
Prints shares, the distance of the corners of fields, px of a page 2,339 px high, and the processor's time of one core.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from classifier.sheets.imaging.pages import PageRefused, Placed, Placer, Reference
from tests.classifier.sheets.forms.drawing import Form
from tests.classifier.sheets.forms.filling import filled
from tests.classifier.sheets.forms.layouts import FORMS, PRINTED_SHEET
from tests.classifier.sheets.forms.scanning import Received, photographed, scanned
from training.synthesis.lines.scans import Scans

WRONG = 10.0  # px
LAYOUTS = 8  # of each form
RECEIVE = {"scan": scanned, "photograph": photographed}


@dataclass
class Tally:
    """The outcomes of pages of one kind."""

    pages: int = 0
    placed: int = 0
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)


@cache
def form_of(name: str, layout: int, words: int) -> tuple[Form, Placer]:
    form = FORMS[name](layout, words)
    sheet = PRINTED_SHEET if name == "printed_sheet" else None
    paper = "A4" if layout % 2 == 0 else "Letter"
    boxes = {number: tuple(each.box for each in form.description.on_page(number)) for number in (1, 2)}
    references = [Reference(n, grey, sheet, paper, boxes[n]) for n, grey in enumerate(form.references(), 1)]
    return form, Placer(references)


def distances(form: Form, received: Received, placed: Placed) -> NDArray[np.float64]:
    """Of the corners of the page's fields from where they should be, px."""
    height, width = placed.grey.shape
    boxes = np.array([each.box for each in form.description.on_page(received.filled.number)])
    left, top, wide, high = boxes.T
    x, y = np.concatenate([left, left + wide, left + wide, left]), np.concatenate([top, top, top + high, top + high])
    corners = np.column_stack([x * width, y * height])[None]
    found = cv2.perspectiveTransform(
        cv2.perspectiveTransform(corners, placed.homography), np.linalg.inv(received.homography)
    )
    return np.asarray(np.linalg.norm(found - corners, axis=2)[0], np.float64)


def place(tally: Tally, placer: Placer, grey: NDArray[np.uint8]) -> Placed | None:
    """Places a page, counts it and the time."""
    tally.pages += 1
    begun = time.process_time()
    try:
        return placer.place(grey)
    except PageRefused:
        return None
    finally:
        tally.took_ms.append((time.process_time() - begun) * 1e3)


def pages(count: int, seed: int, scans: Scans | None = None) -> Iterator[tuple[str, int, str, Form, Received]]:
    """Each form in turn. Yields name, layout, how it was received, the form and the page.

    scans: digits that are written into half of the pages; without them, all digits are drawn.
    """
    names = list(FORMS)
    for number in range(count):
        name, layout = names[number % len(names)], seed + number // len(names) % LAYOUTS
        form, _ = form_of(name, layout, 0)
        own = scans if number % 2 else None
        page = filled(form, 1 + number // len(names) % len(form.pages), seed * 100_000 + number, own)
        for kind, receive in RECEIVE.items():
            yield name, layout, kind, form, receive(page, seed * 100_000 + number)


def measure(count: int, seed: int) -> dict[tuple[str, str], Tally]:
    """The outcomes by how pages were received and whose they are."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for name, layout, kind, form, received in pages(count, seed):
        label = f"{name}, layout {layout}, page of seed {received.seed}"
        own = tallies[kind, "printed by us" if name == "printed_sheet" else "foreign"]
        placed = place(own, form_of(name, layout, 0)[1], received.grey)
        if placed is None:
            own.refused.append(label)
        else:
            away = distances(form, received, placed)
            own.distances += away.tolist()
            if placed.number == received.filled.number and away.max() < WRONG:
                own.placed += 1
            else:
                own.wrong.append(label)
        names = list(FORMS)
        another = names[(names.index(name) + 1 + received.seed % (len(names) - 1)) % len(names)]
        for whose, other in (("other words", (name, layout, 1)), ("another form", (another, layout, 0))):
            if name == "printed_sheet" and whose == "other words":
                continue  # its code says that it is the sheet
            tally = tallies[kind, whose]
            if place(tally, form_of(*other)[1], received.grey) is None:
                tally.refused.append(label)
            else:
                tally.wrong.append(label)
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200, help="filled-in pages; each is scanned and photographed")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for (kind, whose), tally in sorted(measure(options.pages, options.seed).items()):
        text = f"{kind:10} {whose:14} {tally.pages:4} pages: {tally.placed / tally.pages:6.1%} placed"
        text += f", {len(tally.wrong)} wrong, {len(tally.refused)} refused"
        if tally.distances:
            median, most = np.quantile(tally.distances, [0.5, 0.99])
            text += f"; corners {median:.2f} px off, 99 % within {most:.2f}"
        print(f"{text}; {np.median(tally.took_ms):.0f} ms, 95 % within {np.quantile(tally.took_ms, 0.95):.0f}")
        for label in tally.wrong + (tally.refused if whose in ("foreign", "printed by us") else []):
            print(f"    {'wrong' if label in tally.wrong else 'refused'}: {label}")


if __name__ == "__main__":
    main()
