"""Numbers that a line reader reads: strokes of them, and a network that says a given text of every line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.digits.lines import answering, reader
from classifier.models import ModelVersion
from classifier.recognition.lines.alphabet import BLANK, CLASSES, encode
from classifier.recognition.lines.calibration import LineCalibration, Logistic
from classifier.recognition.lines.evidence import NAMES
from classifier.recognition.lines.pen_direction import NOWHERE
from classifier.recognition.preprocessing.strokes import Sketch
from training.synthesis.curves import Path
from training.synthesis.glyphs.shapes import STYLES, Hand
from training.synthesis.lines.marks import MARKS
from training.synthesis.writing import Writing, write

PAD = 600
SURE = 12.0  # logit of the character in its frame


def written(text: str, seed: int = 1) -> Sketch:
    """A text on a wide pad: neat digits, and the marks among them, each clearly apart from the next."""
    rng = np.random.default_rng(seed)
    writing = Writing(*[0.0] * 7, slant=0.0, turn=0.0, breadth=1.0, bend=0.0, upper=0.0, taper=0.0)
    strokes: list[Path] = []
    x = 40.0
    for character in text:
        style = next(style for style in STYLES if str(style.digit) == character) if character.isdigit() else None
        paths = write(style.draw(Hand(rng)), writing, rng) if style else MARKS[character](rng)
        points = np.vstack(paths) * 100
        x -= points[:, 0].min()
        strokes += [path * 100 + [x, 150] for path in paths]
        x += points[:, 0].max() + 30
    return Sketch([path.round(1).tolist() for path in strokes], PAD, 300, 8.0)


def planes(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The line image of ink (32, width) whose pen nobody knows."""
    return np.dstack([ink, np.full((*ink.shape, 2), NOWHERE, np.uint8)])


class ToldNetwork:
    """Says a given text of every line, its characters where the ink of the line has its gaps."""

    def __init__(self, text: str) -> None:
        self.text = text

    def logits(self, image: Any) -> Any:
        """As LineNetwork.logits."""
        columns = image[..., 0].max(0) > 64
        edges = np.flatnonzero(np.diff(np.r_[False, columns, False].astype(int)))
        centres = (edges[::2] + edges[1::2]) / 2
        logits = np.zeros((image.shape[1] // 2, CLASSES), np.float32)
        logits[:, BLANK] = SURE
        if len(centres) != len(self.text):  # joined parts: spread evenly
            centres = np.linspace(edges[0], edges[-1], 2 * len(self.text) + 1)[1::2]
        for own, centre in zip(encode(self.text), centres, strict=True):
            logits[int(centre / 2), [own, BLANK]] = SURE, 0.0
        return logits


def calibration(confidence: float = 0.999, number: float = 0.999) -> LineCalibration:
    """A calibration that says the same of every row."""
    flat = np.zeros(len(NAMES))

    def constant(share: float) -> Logistic:
        return Logistic(flat, flat + 1, flat, float(np.log(share / (1 - share))))

    return LineCalibration(
        constant(confidence), constant(number), sure_from=0.9, sure_in_picture=0.9, refuse_below=0.01
    )


@contextmanager
def told(monkeypatch: pytest.MonkeyPatch, text: str) -> Iterator[ToldNetwork]:
    """A worker answers in this process, with a line reader in service that says this text of every line."""
    version = ModelVersion.objects.create(
        name="told",
        kind="line",
        architecture="told",
        parameters=1,
        accuracy=1,
        metadata={"calibration": calibration().to_stored()},
        summary="",
        tflite_sha256="d" * 64,
        is_active=True,
    )
    network = ToldNetwork(text)
    monkeypatch.setattr(reader, "line_network_in_service", lambda: (version, network))

    def enqueue(task: str, *arguments: Any, **_: Any) -> bool:
        if task == "classifier.read_lines":
            answering.answer_lines(*arguments)
        return True

    monkeypatch.setattr("classifier.digits.lines.asking.enqueue", enqueue)
    yield network
