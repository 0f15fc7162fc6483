"""`manage.py generate_digits`: draws the generated digits that ship with the project again."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandParser

from classifier.digits.samples.mnist import GENERATED_FILE
from training.synthesis.handwriting import draw_digits, to_images

TRAIN, TEST, SKETCHES = 4_000, 1_000, 200
TRAIN_SEED, TEST_SEED, SKETCHES_SEED = 1, 2, 3


class Command(BaseCommand):
    help = "Draw the generated digits that ship: images in MNIST's layout, and some as strokes on a pad."
    requires_system_checks = []  # they concern pages and the database, which it does not use

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output", type=Path, default=GENERATED_FILE.parent, help="A folder; by default the project's own."
        )

    def handle(self, **options: Any) -> None:  # Any: argparse decides the types
        folder: Path = options["output"]
        folder.mkdir(parents=True, exist_ok=True)
        x_train, y_train = to_images(draw_digits(TRAIN, TRAIN_SEED))
        x_test, y_test = to_images(draw_digits(TEST, TEST_SEED))
        images = folder / GENERATED_FILE.name
        np.savez_compressed(images, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
        sketches = folder / "generated_strokes.json.gz"
        sketches.write_bytes(
            gzip.compress(strokes_json(), mtime=0)
        )  # without a time, so that the same digits give the same file
        for path in (images, sketches):
            self.stdout.write(f"{path}: {path.stat().st_size:,} bytes")


def strokes_json() -> bytes:
    """A list of {"label", "strokes", "size", "pen"}; the last three are as the pad and the API send them."""
    drawings = [
        {
            "label": digit.label,
            "strokes": digit.sketch.strokes,
            "size": [digit.sketch.width, digit.sketch.height],
            "pen": digit.sketch.pen,
        }
        for digit in draw_digits(SKETCHES, SKETCHES_SEED)
    ]
    return json.dumps(drawings, separators=(",", ":")).encode()
