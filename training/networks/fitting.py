"""Fitting a network to images: arrays and settings in, a result out. Callbacks report progress and can stop it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.preprocessing.framing import to_network_scale

from .architectures import Architecture
from .batches import EpochSampler, training_batches
from .degradation import Images
from .fit_settings import FitSettings, learning_rate_schedule

if TYPE_CHECKING:
    import keras

Labels = NDArray[np.uint8]  # (n,), 0 to 9 or NOT_A_DIGIT

# The target of each label. For an outlier all digits are equally likely, so the network learns to be unsure.
# Source: Hendrycks, Mazeika, Dietterich, "Deep anomaly detection with outlier exposure", 2019.
TARGETS = np.vstack([np.eye(10), np.full((1, 10), 0.1)]).astype(np.float32)  # (11, 10)


@dataclass(frozen=True)
class Progress:
    """The state of a fit after a batch, or, if `epoch_done`, after an epoch and its validation."""

    epoch: int  # from 1
    epochs: int
    batch: int  # from 1
    batches: int
    loss: float  # mean over this epoch so far
    accuracy: float
    epoch_done: bool = False
    val_loss: float | None = None
    val_accuracy: float | None = None


@dataclass(frozen=True)
class FitResult:
    model: keras.Model
    history: list[dict[str, float]] = field(default_factory=list)  # the figures of each epoch, as in metadata.json
    seconds: float = 0.0
    stopped: bool = False


class Diverged(ValueError):
    """The loss is not finite: the learning rate is too high."""


class _Stopped(Exception):
    """`should_stop` returned true."""


def fit(
    architecture: Architecture,
    images: Images,
    labels: Labels,
    settings: FitSettings,
    *,
    periods: NDArray[np.intp] | None = None,
    start: Path | None = None,
    held_out: tuple[Images, Labels] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> FitResult:
    """Fits a network. The same seed, libraries and number of cores give the same network.

    periods: shape (n,): an image of period k is shown in every k-th epoch. By default, and without augmentation,
        every epoch shows all images.
    start: a `.keras` file of the same architecture whose weights to continue from; by default random weights.
    held_out: images and labels for the validation after each epoch, which the network does not learn from.
    progress: called after each batch and each epoch. should_stop: called after each batch.
    Raises ValueError if the weights do not fit the architecture, and Diverged.
    """
    make_repeatable(settings.seed)
    started = time.monotonic()
    if periods is None or not settings.augmentation:
        periods = np.ones(len(images), np.intp)
    sampler = EpochSampler(periods, settings.seed)
    steps = sampler.batches(settings.batch_size)
    with_outliers = bool((labels == NOT_A_DIGIT).any())
    model = _compiled(architecture, start, settings, steps, with_outliers)
    history: list[dict[str, float]] = []
    try:
        model.fit(
            **training_batches(images, targets_of(labels, with_outliers), sampler, settings, architecture),
            epochs=settings.epochs,
            validation_data=_validation_data(held_out, with_outliers),
            validation_batch_size=1000,
            callbacks=[_reporter(settings.epochs, steps, history, progress, should_stop)],
            verbose=0,
        )
    except _Stopped:  # Keras's own stop flag would first finish the validation of the epoch
        return FitResult(model, history, time.monotonic() - started, stopped=True)
    return FitResult(model, history, time.monotonic() - started)


def make_repeatable(seed: int) -> None:
    """Seeds Python, NumPy and TensorFlow, and makes TensorFlow add in a fixed order."""
    import keras  # only the process that trains loads TensorFlow
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def _compiled(
    architecture: Architecture, start: Path | None, settings: FitSettings, steps: int, with_outliers: bool
) -> keras.Model:
    """The network, ready to be fitted."""
    import keras  # only the process that trains loads TensorFlow

    model = architecture.build()
    if start is not None:
        model.load_weights(start)
    loss, metric = loss_and_metric(with_outliers)
    model.compile(
        keras.optimizers.Adam(learning_rate_schedule(settings, steps), weight_decay=settings.weight_decay or None),
        loss,
        metrics=[metric],
        jit_compile=False,  # compiling for the CPU makes these networks slower
    )
    return model


def targets_of(labels: NDArray[np.uint8], with_outliers: bool) -> NDArray[Any]:
    """The targets, (n, 10) if there are outliers; without them the labels themselves, which need less memory."""
    return TARGETS[labels] if with_outliers else labels


def loss_and_metric(with_outliers: bool) -> tuple[str, str | keras.metrics.Metric]:
    """The loss for these targets, and the accuracy."""
    if with_outliers:
        return "categorical_crossentropy", _accuracy_on_digits()
    return "sparse_categorical_crossentropy", "accuracy"


def _accuracy_on_digits() -> keras.metrics.Metric:
    """The share of digits that are read correctly; outliers do not count."""
    import keras  # only the process that trains loads TensorFlow
    from keras import ops

    class AccuracyOnDigits(keras.metrics.Mean):  # type: ignore[misc]  # Keras is untyped
        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            is_correct = ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1))
            is_digit = ops.max(y_true, -1) > 0.5
            return super().update_state(ops.cast(is_correct, "float32"), ops.cast(is_digit, "float32"))

    return AccuracyOnDigits(name="accuracy")


def _validation_data(
    held_out: tuple[Images, Labels] | None, with_outliers: bool
) -> tuple[NDArray[np.float32], NDArray[Any]] | None:
    if held_out is None:
        return None
    images, labels = held_out
    return to_network_scale(images), targets_of(labels, with_outliers)


def _reporter(
    epochs: int,
    steps: int,
    history: list[dict[str, float]],
    progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> keras.callbacks.Callback:
    """A Keras callback that reports progress, appends the figures of each epoch to `history`, and can stop the fit."""
    import keras  # only the process that trains loads TensorFlow

    class Reporter(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
        epoch = 0

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.epoch = epoch + 1

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            figures = logs or {}
            if not math.isfinite(figures["loss"]):
                raise Diverged(f"The loss diverged in epoch {self.epoch}; choose a smaller learning rate.")
            progress(Progress(self.epoch, epochs, batch + 1, steps, figures["loss"], figures["accuracy"]))
            if should_stop():
                raise _Stopped

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            figures = {name: float(value) for name, value in (logs or {}).items()}
            history.append({"epoch": self.epoch, **figures})
            progress(Progress(self.epoch, epochs, steps, steps, epoch_done=True, **figures))

    return Reporter()
