"""The files of a line network for LiteRT, and how well they agree with Keras."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.alphabet import CLASSES
from classifier.recognition.lines.framing import HEIGHT, PLANES
from classifier.recognition.lines.inference import LOGITS, LineNetwork, to_line_scale
from training.networks.artifacts import AGREEMENT, ArtifactMismatch
from training.synthesis.lines.parts import Lines

from .reading import Logits, read_lines, right_lines

if TYPE_CHECKING:
    import keras

PROBED = 100  # lines on which the file must agree with Keras
LOST_AT_MOST = 0.001  # share of the lines that 8-bit weights may read worse


@dataclass(frozen=True)
class Serving:
    """A line network for LiteRT, as it serves."""

    content: bytes
    weights: dict[str, Any]  # what the metadata say of them

    @classmethod
    def of(cls, model: keras.Model, held_out: Lines) -> Self:
        """A network with 8-bit weights if these read the held-out lines as well.

        Raises ArtifactMismatch unless LiteRT and Keras agree.
        """
        full = to_tflite(model)
        check_agreement(model, full, Lines(held_out.images[:PROBED], held_out.texts[:PROBED]))
        small = to_tflite(model, small=True)
        accuracy = {"8": _accuracy(small, held_out), "32": _accuracy(full, held_out)}
        is_small = accuracy["32"] - accuracy["8"] <= LOST_AT_MOST
        weights = {"bits": 8 if is_small else 32, "accuracy": accuracy, "lines": len(held_out)}
        return cls(small if is_small else full, weights)

    @property
    def network(self) -> LineNetwork:
        return LineNetwork.from_bytes(self.content)

    def export(self, path: Path) -> dict[str, Any]:
        """Writes the file. Returns what the metadata say of it."""
        path.write_bytes(self.content)
        return {"outputs": {LOGITS: CLASSES}, "weights": self.weights}


def to_tflite(model: keras.Model, *, small: bool = False) -> bytes:
    """The network for LiteRT: takes line (1, 32, width, PLANES), returns logits by name. small: with 8-bit weights."""
    import keras  # only the process that trains loads TensorFlow
    import tensorflow as tf

    def serve(line: tf.Tensor) -> dict[str, tf.Tensor]:
        return {LOGITS: model(line, training=False)}

    archive = keras.export.ExportArchive()
    archive.track(model)  # otherwise the file has no weights
    archive.add_endpoint("serve", serve, [tf.TensorSpec((1, HEIGHT, None, PLANES), tf.float32, name="line")])
    with tempfile.TemporaryDirectory() as saved:
        archive.write_out(saved, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(saved, signature_keys=["serving_default"])
        converter.optimizations = [tf.lite.Optimize.DEFAULT] if small else []
        return bytes(converter.convert())


def logits_of_model(model: keras.Model) -> Logits:
    """The logits of a Keras model."""
    return lambda images: np.asarray(model.predict_on_batch(to_line_scale(images)))


def logits_of_file(network: LineNetwork) -> Logits:
    """The logits of the file that serves, which reads line by line."""
    return lambda images: np.stack([network.logits(image) for image in images])


def check_agreement(model: keras.Model, content: bytes, lines: Lines) -> None:
    """Raises ArtifactMismatch unless LiteRT and Keras agree on these lines."""
    probabilities = [
        [_softmax(logits(image[np.newaxis])) for image in lines.images]
        for logits in (logits_of_model(model), logits_of_file(LineNetwork.from_bytes(content)))
    ]
    difference = max(float(np.abs(a - b).max()) for a, b in zip(*probabilities, strict=True))
    if not difference <= AGREEMENT:
        raise ArtifactMismatch(
            f"LiteRT's probabilities differ from Keras's by {difference:.2g}, more than {AGREEMENT:g}."
        )


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def _accuracy(content: bytes, lines: Lines) -> float:
    read = read_lines(logits_of_file(LineNetwork.from_bytes(content)), lines)
    return float(right_lines(read, lines.texts).mean())
