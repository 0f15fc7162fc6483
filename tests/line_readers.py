"""A small line reader for tests: its weights are random, so it reads nothing well, but quickly."""

import hashlib
import json
from pathlib import Path
from typing import Any

from classifier.digits.registry import register_version
from classifier.models import ModelVersion
from classifier.recognition.lines.calibration import VERSION
from classifier.recognition.lines.evidence import NAMES

HERE = Path(__file__).parent / "line_reader"
TFLITE = (HERE / "line_reader_model.tflite").read_bytes()
SHA256 = hashlib.sha256(TFLITE).hexdigest()
EVIDENCE = {"middle": [0.0] * len(NAMES), "spread": [1.0] * len(NAMES), "weights": [0.0] * len(NAMES), "bias": 2.0}
CALIBRATION: dict[str, Any] = {
    "version": VERSION,
    "is_right": EVIDENCE,
    "is_number": EVIDENCE,
    "sure_from": 0.75,
    "sure_in_picture": 0.75,
    "refuse_below": 0.5,
}
METADATA: dict[str, Any] = {
    "format": 1,
    "kind": "line",
    "name": "line_reader",
    "architecture": "line_reader",
    "parameters": 3_640,
    "evaluation": {
        "accuracy": 0.9375,
        "images": 2_000,
        "characters": 0.9812,
        "by_kind": [
            {"name": "written by people", "images": 1_000, "accuracy": 0.95},
            {"name": "drawn", "images": 1_000, "accuracy": 0.925},
        ],
    },
    "settings": {"seed": 1},
    "dataset": {"name": "generated lines", "train_images": 20_000, "test_images": 2_000},
}


def line_reader_folder(folder: Path, *, more: bytes = b"", **changed: Any) -> Path:
    """Writes a trained line reader's folder. more: bytes after the network, which make it another version."""
    contents = {
        "line_reader_model.tflite": TFLITE + more,
        "line_reader_model.keras": b"not read by the classifier",
        "line_reader_model.h5": b"not read by the classifier",
        "summary.txt": (HERE / "summary.txt").read_bytes(),
    }
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    files = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in contents.items()
    }
    (folder / "metadata.json").write_text(json.dumps(METADATA | {"files": files} | changed))
    return folder


def registered_line_reader(folder: Path, *, more: bytes = b"", **changed: Any) -> ModelVersion:
    """Registers a line reader as a candidate. folder: an empty one to write its files into."""
    return register_version(line_reader_folder(folder / f"line-{len(more)}", more=more, **changed))
