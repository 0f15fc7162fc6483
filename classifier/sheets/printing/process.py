"""Has a process of its own write the PDF of a sheet, so that no web process grows by what that needs."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from classifier.errors import SiteBusy
from classifier.recognition.errors import InvalidInput
from classifier.sheets.models import Sheet

PAGES_AT_MOST = 2000  # of one PDF
TIME_S = 90

_one_at_once = threading.Lock()
_BUSY = "The PDF was not ready in time. Print fewer copies, or try again later."


def copies_of(sheet: Sheet, first: int = 1, last: int | None = None) -> list[int]:
    """The numbers of the copies from `first` to `last`, by default all of the roster, or [0]: one without a number.

    Raises InvalidInput.
    """
    if last is None:
        last = len(sheet.roster)
    if not sheet.roster and (first, last) == (1, 0):
        return [0]
    most = min(len(sheet.roster) or 999_999, 999_999)  # six digits have room in the code
    if not 1 <= first <= last <= most:
        of_what = f"The roster has {most:,} lines" if sheet.roster else "Copies have numbers from 1 to 999,999"
        raise InvalidInput(f"{of_what}: choose a first copy and a last one that is not before it.")
    check_count(sheet, last - first + 1)
    return list(range(first, last + 1))


def check_count(sheet: Sheet, copies: int) -> None:
    """Raises InvalidInput for more copies than one PDF may have."""
    most = PAGES_AT_MOST // sheet.described().pages
    if not 1 <= copies <= most:
        raise InvalidInput(f"One PDF has 1 to {most:,} copies of this sheet. Print the rest in another.")


def pdf_of(sheet: Sheet, copies: Sequence[int]) -> bytes:
    """The PDF with these copies of a printed sheet. copies: their numbers; 0 prints no number and no name.

    Raises InvalidInput for too many copies, and SiteBusy.
    """
    check_count(sheet, len(copies))
    names = {number: line for number, line in enumerate(sheet.roster, 1)}
    wanted = {
        "name": sheet.name,
        "description": sheet.description,
        "paper": sheet.paper,
        "sheet": str(sheet.public_id),
        "copies": [(number, names.get(number, "")) for number in copies],
    }
    if not _one_at_once.acquire(timeout=TIME_S):
        raise SiteBusy(_BUSY)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "classifier.sheets.printing"],
            cwd=Path(__file__).resolve().parents[3],
            input=json.dumps(wanted).encode(),
            stdout=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"},
            timeout=TIME_S,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise SiteBusy(_BUSY) from error
    finally:
        _one_at_once.release()
    return done.stdout
