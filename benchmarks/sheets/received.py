"""How well forms are read from paper to value: `python -m benchmarks.sheets.received [--pages N] [--seed N]`.

Fills in forms (tests/classifier/sheets/forms), scans and photographs them, lays the pages straight and reads their
fields with the networks and the promise that ship. Prints what `benchmarks.sheets.reading` prints, for scans and
photographs apart. Pages that are refused or laid wrong are counted by `benchmarks.sheets.placement`.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import cv2

from benchmarks.sheets.placement import WRONG, Tally, distances, form_of, pages, place
from benchmarks.sheets.reading import bundled_reader, print_figures, scans_of
from classifier.sheets.reading.promise import sort_of
from training.evaluation.sheets.outcomes import Outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=60, help="filled-in pages; each is scanned and photographed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mnist", type=Path, help="mnist.npz, whose test images are written into half of the pages")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    reader, scans = bundled_reader(), scans_of(options.mnist)
    read: dict[str, list[Outcome]] = defaultdict(list)
    for number, (name, layout, kind, form, received) in enumerate(pages(options.pages, options.seed, scans)):
        placed = place(Tally(), form_of(name, layout, 0)[1], received.grey)
        if placed is None or placed.number != received.filled.number or distances(form, received, placed).max() > WRONG:
            continue
        fields = form.description.on_page(placed.number)
        reference = form.references()[placed.number - 1]
        for field, each in zip(fields, reader.reads(placed.grey, fields, reference), strict=True):
            truth = received.filled.values[field.key]
            read[kind].append(Outcome(number, field.kind, sort_of(field, each), truth, each, 0.0))
    for kind, outcomes in read.items():
        print_figures(f"{kind}s", outcomes)


if __name__ == "__main__":
    main()
