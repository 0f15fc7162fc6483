"""Fitting a network to images: arrays and settings in, a result out. It does not know who watches."""

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
from .augmentation import variation_at, vary

if TYPE_CHECKING:
    import keras

Images = NDArray[np.uint8]  # (n, 28, 28), 0 ground to 255 ink
Labels = NDArray[np.uint8]  # (n,), 0 to 9; NOT_A_DIGIT for what is none

# What the network should answer to each label. What is no digit is no digit as much as any other, so that it learns
# to be unsure. Source: Hendrycks, Mazeika, Dietterich, "Deep anomaly detection with outlier exposure", 2019.
TARGETS = np.vstack([np.eye(10), np.full((1, 10), 0.1)]).astype(np.float32)  # (11, 10)


@dataclass(frozen=True)
class FitSettings:
    """How to fit. The learning rate climbs to its peak, then falls to nothing along a cosine.

    The rate's course spans `course` epochs, of which `epochs` are run. Source of the weight decay: Loshchilov,
    Hutter, "Decoupled weight decay regularization", 2019.
    """

    epochs: int
    course: int
    batch_size: int = 128
    learning_rate: float = 0.006  # at its peak
    warm_up: float = 0.05  # share of the course
    weight_decay: float = 0.0  # a step takes so much of each weight, times the learning rate
    seed: int = 1
    augmentation: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.epochs <= self.course:
            raise ValueError("epochs must be at least 1, and at most the course")
        if self.batch_size < 1 or self.learning_rate <= 0 or not 0 <= self.warm_up < 1:
            raise ValueError("batch size and learning rate must be positive, the warm-up a share of the course")
        if not 0 <= self.weight_decay * self.learning_rate < 1:
            raise ValueError("the weight decay must leave something of each weight")


@dataclass(frozen=True)
class Progress:
    """Where a fit stands: after a batch, or (epoch_done) after an epoch and its look at the held-out images."""

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
    history: list[dict[str, float]] = field(default_factory=list)  # an epoch each, as metadata.json has it
    seconds: float = 0.0
    stopped: bool = False


class Diverged(ValueError):
    """The steps were too large: the network computes no numbers any more."""


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
    """Fit a network.

    periods: shape (n,): an image of which this says k is shown in every k-th epoch alone; without it all are in each,
        as they are without augmentation.
    start: a `.keras` file of the same architecture whose weights to go on from; without it they are chance.
    held_out: images that are looked at after each epoch and never learnt from.
    progress: called after each batch and each epoch; should_stop: asked after each batch.
    The same seed, libraries and number of cores give the same network.
    Raises ValueError when the weights do not fit, and Diverged.
    """
    import keras  # only the process that trains loads TensorFlow

    make_repeatable(settings.seed)
    started = time.monotonic()
    model = architecture.build()
    if start is not None:
        model.load_weights(start)
    if periods is None or not settings.augmentation:
        periods = np.ones(len(images), np.intp)
    turns = Turns(periods, settings.seed)
    steps = turns.batches(settings.batch_size)
    has_junk = bool((labels == NOT_A_DIGIT).any())
    model.compile(
        keras.optimizers.Adam(learning_rate_schedule(settings, steps), weight_decay=settings.weight_decay or None),
        "categorical_crossentropy" if has_junk else "sparse_categorical_crossentropy",
        metrics=[_accuracy_on_digits()] if has_junk else ["accuracy"],
        jit_compile=False,  # compiling for the CPU makes this network slower
    )
    history: list[dict[str, float]] = []

    class Reporter(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
        epoch = 0

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.epoch = epoch + 1

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            figures = logs or {}
            if not math.isfinite(figures["loss"]):
                raise Diverged(f"The loss left all bounds in epoch {self.epoch}; choose a smaller learning rate.")
            progress(Progress(self.epoch, settings.epochs, batch + 1, steps, figures["loss"], figures["accuracy"]))
            if should_stop():
                raise _Stopped

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            figures = {name: float(value) for name, value in (logs or {}).items()}
            history.append({"epoch": self.epoch, **figures})
            progress(Progress(self.epoch, settings.epochs, steps, steps, epoch_done=True, **figures))

    stopped = False
    try:
        model.fit(
            **_batches(images, TARGETS[labels] if has_junk else labels, turns, settings, architecture),
            epochs=settings.epochs,
            validation_data=_as_batches(held_out, has_junk) if held_out else None,
            validation_batch_size=1000,
            callbacks=[Reporter()],
            verbose=0,
        )
    except _Stopped:  # Keras's own stop flag would finish the epoch's look at the held-out images first
        stopped = True
    return FitResult(model, history, time.monotonic() - started, stopped)


def _accuracy_on_digits() -> keras.metrics.Metric:
    """The share of digits read rightly, among which junk does not count."""
    import keras
    from keras import ops

    class AccuracyOnDigits(keras.metrics.Mean):  # type: ignore[misc]  # Keras is untyped
        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            is_right = ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1))
            is_digit = ops.max(y_true, -1) > 0.5
            return super().update_state(ops.cast(is_right, "float32"), ops.cast(is_digit, "float32"))

    return AccuracyOnDigits(name="accuracy")


def _as_batches(held_out: tuple[Images, Labels], has_junk: bool) -> tuple[NDArray[np.float32], NDArray[Any]]:
    images, labels = held_out
    return to_network_scale(images), TARGETS[labels] if has_junk else labels


class Turns:
    """Which images an epoch shows, where some are shown in every k-th alone: each epoch as many, to the image."""

    def __init__(self, periods: NDArray[np.intp], seed: int) -> None:
        self.seed = seed
        self.kinds: list[tuple[int, NDArray[np.intp]]] = []
        for k in sorted(set(periods.tolist())):
            places = np.flatnonzero(periods == k)
            if k > 1:  # which of them come together is left to chance
                places = np.random.default_rng((seed, k)).permutation(places)
            self.kinds.append((k, places))
        self.shown = sum(len(places) // k for k, places in self.kinds)

    def batches(self, size: int) -> int:
        """How many of that size an epoch has; the last may be smaller."""
        return -(-self.shown // size)

    def epoch(self, number: int) -> NDArray[np.intp]:
        """The places of its images, shape (shown,), in mixed order; number: from 0."""
        chosen = [places[number % k :: k][: len(places) // k] for k, places in self.kinds]
        return np.random.default_rng((self.seed, number)).permutation(np.concatenate(chosen))


def _batches(
    images: Images, targets: NDArray[Any], turns: Turns, settings: FitSettings, architecture: Architecture
) -> dict[str, Any]:
    """What Keras's fit takes as training data. With augmentation each epoch varies the images anew, meanwhile."""
    import keras

    if not settings.augmentation:
        return {"x": to_network_scale(images), "y": targets, "batch_size": settings.batch_size}

    class Varied(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
        epoch = -1

        def __len__(self) -> int:
            return turns.batches(settings.batch_size)

        def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
            chosen = self.order[number * settings.batch_size :][: settings.batch_size]
            # Seeded by epoch and batch: whichever thread makes a batch, it is the same.
            rng = np.random.default_rng((settings.seed, self.epoch, number))
            varied = vary(images[chosen], rng, variation_at(self.epoch / settings.epochs, architecture))
            return to_network_scale(varied), targets[chosen]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = turns.epoch(self.epoch)

    batches = Varied(workers=3, max_queue_size=32)
    batches.on_epoch_end()
    return {"x": batches}


class _Stopped(Exception):
    """Somebody asked the fit to stop."""


def make_repeatable(seed: int) -> None:
    """Seed Python, numpy and TensorFlow, and have TensorFlow add in a fixed order."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def learning_rate_schedule(settings: FitSettings, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """The learning rate by step: up to the peak, then down along a cosine. Source: Loshchilov, Hutter, SGDR, 2017."""
    import keras

    whole = settings.course * steps
    warm_up = round(settings.warm_up * whole)
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warm_up else settings.learning_rate,
        whole - warm_up,
        warmup_target=settings.learning_rate if warm_up else None,
        warmup_steps=warm_up,
    )
