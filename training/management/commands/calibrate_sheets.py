"""`manage.py calibrate_sheets`: measures how sure the values of sheets are, and writes what that promises."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier.digits.lines.reader import ServingReader
from classifier.jobs.process_pool import processes
from classifier.recognition.errors import ModelFileDamaged
from classifier.sheets.fields.description import Kind
from classifier.sheets.reading.fields import FieldReader
from classifier.sheets.reading.made import BUNDLED
from training.data.lines import held_back_scans
from training.evaluation.sheets.outcomes import Outcome, outcomes
from training.evaluation.sheets.promising import promise_of
from training.synthesis.lines.scans import Scans

PAGES = {Kind.BOXES: 3000, Kind.LINE: 1800, Kind.CHECK: 480}  # about forty minutes of processor
SEED = 20_261_130


class Command(BaseCommand):
    help = (
        "Draw filled-in pages, read them with the versions in service, and write for each sort of field how many "
        "wrong values must be tolerated for a value to be taken unseen. Takes about forty minutes of processor time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, default=BUNDLED, help="the file to write")
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--share", type=float, default=1.0, help="of the pages that are drawn otherwise")

    def handle(self, **options: Any) -> None:  # Any: argparse decides the types
        try:
            serving = ServingReader()
        except ModelFileDamaged as error:
            raise CommandError(str(error)) from error
        reader = FieldReader(
            serving.line_network, serving.digit_network, serving.line_calibration, serving.digit_calibration
        )
        name, part = held_back_scans()
        scans = Scans(*part)
        read: list[Outcome] = []
        for kind in PAGES:
            wanted = _wanted(kind, options["share"])
            read += outcomes(reader, kind, wanted, options["seed"], scans, processes=processes())
            self.stdout.write(f"{kind}: {wanted:,} pages are read.")
        made = {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "digit_version": f"{serving.digit_version.name} {serving.digit_version.tflite_sha256[:12]}",
            "line_version": f"{serving.line_version.name} {serving.line_version.tflite_sha256[:12]}",
            "scans": name,
            "seed": options["seed"],
            "pages": {str(kind): _wanted(kind, options["share"]) for kind in PAGES},
        }
        promise = {"made": made, **promise_of(read)}
        draft = options["out"].with_suffix(".draft")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(promise, indent=1) + "\n")
        draft.replace(options["out"])
        for sort, each in promise["sorts"].items():
            least = min(each["risks"], default=1.0)
            self.stdout.write(
                f"{sort}: {each['values']:,} values, {each['wrong']:,} wrong; at best 1 in {1 / max(least, 1e-9):,.0f}"
            )


def _wanted(kind: Kind, share: float) -> int:
    return max(1, round(PAGES[kind] * share))
