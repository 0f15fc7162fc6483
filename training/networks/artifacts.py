"""Writes a trained network as the folder that the classifier registers: three model files, the metadata, and Keras's
summary. The folder appears complete or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.kinds import KINDS
from training.synthesis.steps import Advance, not_counted

from .architectures import FEATURES, Architecture

if TYPE_CHECKING:
    import keras

FORMAT = 1
SUMMARY = "summary.txt"
AGREEMENT = 1e-4  # the largest difference allowed between the probabilities of Keras and LiteRT


# Writes the file that serves to a path, reports the share done, and describes the file for the metadata.
Export = Callable[["keras.Model", Path, Advance], dict[str, Any]]


class ArtifactMismatch(Exception):
    """The exported file does not compute the same probabilities as the network."""


def write_artifacts(
    model: keras.Model,
    architecture: Architecture,
    folder: Path,
    metadata: dict[str, Any],
    export: Export,
    advance: Advance = not_counted,
) -> None:
    """Writes the files of a trained network into `folder`, which must not exist.

    metadata: of the training; what describes the network, its files and the libraries is added.
    export: writes the file for LiteRT, see `export_digits`. advance: receives the share done.
    Raises FileExistsError and ArtifactMismatch, and then leaves no files.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists already; models are never overwritten.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        path = draft / KINDS[architecture.kind].tflite
        exported = _write_model_files(without_optimizer(model, architecture), path, export, advance)
        complete = {
            "format": FORMAT,
            "name": folder.name,
            "architecture": architecture.name,
            "parameters": architecture.parameters,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **metadata,
            "libraries": library_versions(),
            "files": {path.name: fingerprint(path) for path in sorted(draft.iterdir())},
            **exported,
        }
        (draft / "metadata.json").write_text(to_json(complete), encoding="utf-8")
        draft.chmod(0o755)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _write_model_files(model: keras.Model, path: Path, export: Export, advance: Advance) -> dict[str, Any]:
    """path: of the file that serves; the others are written beside it."""
    save_h5(model, path.with_suffix(".h5"))
    model.save(path.with_suffix(".keras"))
    advance(0.1)
    exported = export(model, path, advance)
    (path.parent / SUMMARY).write_text(summary(model), encoding="utf-8")
    return exported


def export_digits(
    model: keras.Model, path: Path, advance: Advance = not_counted, *, probe: NDArray[np.float32]
) -> dict[str, Any]:
    """Writes a digit network for LiteRT. Returns what the metadata say of it.

    probe: images as `to_network_scale` returns them, on which the file must agree with Keras.
    Raises ArtifactMismatch.
    """
    path.write_bytes(to_tflite(model))
    advance(0.6)
    check_agreement(model, path, probe)
    advance(0.9)
    return {"outputs": {"probabilities": 10, "logits": 10, "features": int(model.get_layer(FEATURES).output.shape[-1])}}


def to_json(value: dict[str, Any]) -> str:
    """Indented JSON with each innermost list or object on one line."""
    indented = json.dumps(value, indent=1)
    return re.sub(r"[\[{][^\[\]{}]*[\]}]", lambda match: re.sub(r"\s+", " ", match.group()), indented) + "\n"


def library_versions() -> dict[str, str]:
    import tensorflow  # only the process that trains loads it; its distribution is tensorflow or tensorflow-cpu

    return {
        "python": platform.python_version(),
        "tensorflow": str(tensorflow.__version__),
        "keras": version("keras"),
        "numpy": version("numpy"),
    }


def fingerprint(path: Path) -> dict[str, str | int]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def without_optimizer(model: keras.Model, architecture: Architecture) -> keras.Model:
    """The same network, not compiled: its files hold layers and weights, but no state of the training."""
    plain = architecture.build()
    plain.set_weights(model.get_weights())
    return plain


def save_h5(model: keras.Model, path: Path) -> None:
    """Saves in the HDF5 format, for older programs, without Keras's warning that it is old."""
    from absl import logging  # Keras warns through it

    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        model.save(path, include_optimizer=False)
    finally:
        logging.set_verbosity(verbosity)


def summary(model: keras.Model) -> str:
    """Keras's table of layers, as plain text."""
    lines = io.StringIO()
    model.summary(line_length=72, print_fn=lambda line: lines.write(line + "\n"))
    return lines.getvalue()


def to_tflite(model: keras.Model) -> bytes:
    """The network for LiteRT: it takes image (n, 28, 28, 1) and returns probabilities, logits and features by name."""
    import keras  # only the process that trains loads TensorFlow
    import tensorflow as tf

    last = model.layers[-1]
    hidden = keras.Model(model.inputs, model.get_layer(FEATURES).output)

    def serve(image: tf.Tensor) -> dict[str, tf.Tensor]:
        features = hidden(image, training=False)
        logits = tf.matmul(features, last.kernel) + last.bias
        return {"probabilities": tf.nn.softmax(logits), "logits": logits, "features": features}

    archive = keras.export.ExportArchive()
    archive.track(model)  # otherwise the file has no weights
    archive.add_endpoint("serve", serve, [tf.TensorSpec((None, 28, 28, 1), tf.float32, name="image")])
    with tempfile.TemporaryDirectory() as saved:
        archive.write_out(saved, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(saved, signature_keys=["serving_default"])
        return bytes(converter.convert())


def run_tflite(path: Path, scaled: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Runs an exported file as the inference workers do.

    scaled: images as `to_network_scale` returns them. Returns probabilities (n, 10), logits (n, 10), features (n, k).
    """
    from ai_edge_litert.interpreter import Interpreter  # web processes, which import this module, need no LiteRT

    interpreter = Interpreter(model_path=str(path))
    runner = interpreter.get_signature_runner("serving_default")
    parts = [runner(image=scaled[start : start + 500]) for start in range(0, len(scaled), 500)]
    return {name: np.concatenate([part[name] for part in parts]) for name in ("probabilities", "logits", "features")}


def check_agreement(model: keras.Model, path: Path, scaled: NDArray[np.float32]) -> None:
    """Raises ArtifactMismatch unless LiteRT and Keras agree on all images, scaled as for `run_tflite`."""
    expected = np.asarray(model.predict(scaled, batch_size=500, verbose=0))
    outputs = run_tflite(path, scaled)
    logits = outputs["logits"] - outputs["logits"].max(1, keepdims=True)
    from_logits = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    for name, given in (("probabilities", outputs["probabilities"]), ("logits", from_logits)):
        difference = float(np.abs(expected - given).max())
        if not difference <= AGREEMENT:
            raise ArtifactMismatch(f"LiteRT's {name} differ from Keras's by {difference:.2g}, more than {AGREEMENT:g}.")
