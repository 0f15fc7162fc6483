"""Sheets: the time for 100 pages of 12 fields from upload to the last value, and the memory for ten times as many.

Each row is a new site, and scans with 200 dpi in PDFs of at most PAGES_OF_A_FILE pages. The time begins when the stack
is accepted and ends when it is done; it includes the start of the process that reads. The memory is the largest sum of
this process and its children (PSS), sampled ten times a second.
"""

import argparse
import shutil
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from benchmarks.machine import Guard, Watched
from tests import stacks
from tests.services import Site

AIM_S, AIM_MB = 60.0, 400
PAGES_OF_A_FILE = 250  # a file of a stack may have 256 MB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="*", default=[100, 1000])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="digitsite-bench-"))
    heads = ["read in", "pages read", "taken", "memory", "processor", "others used"]
    print(f"\n{'Pages':>20} " + " ".join(f"{head:>11}" for head in heads), flush=True)
    try:
        for count in options.counts:
            measure(folder / str(count), count)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"Target: 100 in {AIM_S:g} s on 2 quiet cores; at most {AIM_MB} MB for any number.")


def measure(folder: Path, count: int) -> None:
    """Prints one row."""
    site = Site.prepare(folder)
    form, scans, archive = stacks.form_of_twelve_fields(), folder / "scans.pdf", folder / "stack.zip"
    with zipfile.ZipFile(archive, "w") as pack:
        for first in range(0, count, PAGES_OF_A_FILE):
            stacks.write_scans(scans, form, min(PAGES_OF_A_FILE, count - first))
            pack.write(scans, f"scans from page {first + 1}.pdf")
    site.start()
    try:
        watched, stopped = Watched("sheet_worker"), threading.Event()
        watcher = threading.Thread(target=watched.watch, args=(site, stopped), daemon=True)
        watcher.start()
        guard = Guard()
        stack = stacks.put_in(site, form.description, form.references(), archive)
        while stacks.status(site, stack) in ("queued", "running"):
            time.sleep(0.1)
        stopped.set()
        watcher.join()
        sql = "SELECT (julianday(finished) - julianday(created)) * 86400, status FROM sheets_stack WHERE id = ?"
        seconds, status = stacks.query(site, sql, stack)[0]
        assert status == "done", status
        pages = stacks.query(site, "SELECT count(*) FROM sheets_stackpage WHERE status = 'read'")[0][0]
        values, taken = stacks.query(site, "SELECT count(*), sum(risk <= 0.005) FROM sheets_value")[0]
        cells = [
            f"{seconds:.1f} s",
            f"{pages:,}",
            f"{(taken or 0) / max(1, values):.1%}",
            f"{watched.most_mb:.0f} MB",
            f"{watched.cpu_s:.1f} s",
            f"{guard.foreign_cores():.1f} cores",
        ]
        print(f"{count:20,} " + " ".join(f"{cell:>11}" for cell in cells), flush=True)
    finally:
        site.stop()


if __name__ == "__main__":
    main()
