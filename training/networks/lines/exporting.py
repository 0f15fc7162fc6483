"""The files of a line network for LiteRT, and how well they agree with Keras."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.lines.alphabet import CLASSES
from classifier.recognition.lines.framing import HEIGHT, PLANES
from classifier.recognition.lines.inference import LOGITS, LineNetwork, to_line_scale
from training.networks.artifacts import AGREEMENT, ArtifactMismatch
from training.synthesis.lines.parts import Lines
from training.synthesis.steps import Advance, not_counted

from .reading import Logits, read_lines, right_lines

if TYPE_CHECKING:
    import keras

PROBED = 100  # lines on which the file must agree with Keras
LOST_AT_MOST = 0.001  # share of the lines that 8-bit weights may read worse


def export_lines(model: keras.Model, path: Path, advance: Advance = not_counted, *, held_out: Lines) -> dict[str, Any]:
    """Writes a line network for LiteRT, with 8-bit weights if these read as well. Returns what the metadata say of it.

    held_out: lines to compare on. Raises ArtifactMismatch unless LiteRT and Keras agree.
    """
    path.write_bytes(to_tflite(model))
    advance(0.3)
    check_agreement(model, path, Lines(held_out.images[:PROBED], held_out.texts[:PROBED]))
    full = _accuracy(path, held_out)
    advance(0.6)
    small_path = path.with_suffix(".small")
    small_path.write_bytes(to_tflite(model, small=True))
    small = _accuracy(small_path, held_out)
    if full - small <= LOST_AT_MOST:
        small_path.replace(path)
    else:
        small_path.unlink()
    return {
        "outputs": {LOGITS: CLASSES},
        "weights": {
            "bits": 8 if full - small <= LOST_AT_MOST else 32,
            "accuracy": {"8": small, "32": full},
            "lines": len(held_out),
        },
    }


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


def check_agreement(model: keras.Model, path: Path, lines: Lines) -> None:
    """Raises ArtifactMismatch unless LiteRT and Keras agree on these lines."""
    probabilities = [
        [_softmax(logits(image[np.newaxis])) for image in lines.images]
        for logits in (logits_of_model(model), logits_of_file(LineNetwork.from_file(path)))
    ]
    difference = max(float(np.abs(a - b).max()) for a, b in zip(*probabilities, strict=True))
    if not difference <= AGREEMENT:
        raise ArtifactMismatch(
            f"LiteRT's probabilities differ from Keras's by {difference:.2g}, more than {AGREEMENT:g}."
        )


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def _accuracy(path: Path, lines: Lines) -> float:
    read = read_lines(logits_of_file(LineNetwork.from_file(path)), lines)
    return float(right_lines(read, lines.texts).mean())
