"""Measuring a line reader: the held-out lines, read through the file that serves."""

from __future__ import annotations

import base64
import time
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.models import ModelVersion
from classifier.recognition.lines.inference import LineNetwork
from training.data.datasets import GENERATED, MNIST
from training.data.lines import held_back_lines, held_back_series
from training.models import Measurement
from training.networks.lines.reading import LineEvaluation, best_path, right_lines
from training.synthesis.lines.parts import Lines
from training.synthesis.steps import Advance, not_counted

from .fixed_sets import LINES, read_set
from .reading import file_of

MISTAKES = 24  # stored at most


def measure_lines(version: ModelVersion, advance: Advance = not_counted) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Returns a line reader's figures, and for each held-out line whether it is read right, as they are stored.

    advance: receives the share done. Raises ModelFileDamaged.
    """
    network = LineNetwork(file_of(version), version.tflite_sha256)
    lines, name = held_back_lines(), set_name()
    read, took_s = [], []
    for number, image in enumerate(lines.images, 1):
        begun = time.perf_counter()
        logits = network.logits(image)
        took_s.append(time.perf_counter() - begun)
        read.append(best_path(logits))
        advance(number / len(lines))
    right = right_lines(read, lines.texts)
    figures = {
        "file_bytes": version.tflite_file.size,
        "single_image_ms": float(np.median(took_s)) * 1e3,
        LINES: asdict(LineEvaluation.of(read, lines.texts)) | {"set": name, "mistakes": _mistakes(lines, read, right)},
    }
    return figures, {"line_answers": right.tobytes()}


def right_of_lines(measurement: Measurement) -> NDArray[np.bool_] | None:
    """Whether each held-out line was read right, (n,); None unless it was measured on the lines of today."""
    if measurement.figures.get(LINES, {}).get("set") != set_name():
        return None
    return np.frombuffer(measurement.line_answers, np.bool_)


def set_name() -> str:
    """Names the held-out lines; versions are compared only on the same ones."""
    return held_back_series(GENERATED if read_set("mnist") is None else MNIST).own_folder.name


def _mistakes(lines: Lines, read: list[str], right: NDArray[np.bool_]) -> list[dict[str, Any]]:
    return [
        {
            "index": number,
            "label": lines.texts[number],
            "read": read[number],
            "width": lines.images[number].shape[1],
            "pixels": base64.b64encode(lines.images[number][..., 0].tobytes()).decode(),
        }
        for number in np.flatnonzero(~right)[:MISTAKES].tolist()
    ]
