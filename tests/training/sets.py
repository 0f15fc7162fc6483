"""Writing labelled sets to disk."""

import gzip
import json
from pathlib import Path
from typing import Any

from PIL import Image

from classifier.recognition.preprocessing.strokes import Sketch, render

SEVEN = [[[60, 60], [220, 60], [130, 230]]]


def seven(path: Path) -> Path:
    """A 7 on white paper."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(255 - render(Sketch(SEVEN, 280, 280, 18))).save(path)
    return path


def lines(path: Path, *values: Any) -> Path:
    """Writes a line for each value: text as it is, anything else as JSON."""
    text = "".join(value if isinstance(value, str) else json.dumps(value) + "\n" for value in values).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path
