"""Fitting a network to images: arrays and settings in, a result out. Callbacks report progress and can stop it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.classes import NOT_A_DIGIT
from classifier.recognition.preprocessing.framing import to_network_scale
from training.synthesis.steps import Count, not_begun

from .architectures import FEATURES, Architecture
from .augmentation import Images, variation_at, vary

if TYPE_CHECKING:
    import keras

Labels = NDArray[np.uint8]  # (n,), 0 to 9 or NOT_A_DIGIT

# The target of each label. For an outlier all digits are equally likely, so the network learns to be unsure.
# Source: Hendrycks, Mazeika, Dietterich, "Deep anomaly detection with outlier exposure", 2019.
TARGETS = np.vstack([np.eye(10), np.full((1, 10), 0.1)]).astype(np.float32)  # (11, 10)


@dataclass(frozen=True)
class FitSettings:
    """How to fit. Source of the weight decay: Loshchilov, Hutter, "Decoupled weight decay regularization", 2019."""

    epochs: int
    schedule_epochs: int  # that the learning-rate schedule spans; the fit runs the first `epochs` of them
    batch_size: int = 128
    learning_rate: float = 0.006  # at its peak
    warm_up: float = 0.05  # share of the schedule
    weight_decay: float = 0.0  # share of each weight that a step removes, times the learning rate
    seed: int = 1
    augmentation: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.epochs <= self.schedule_epochs:
            raise ValueError("epochs must be at least 1 and at most schedule_epochs")
        if self.batch_size < 1 or self.learning_rate <= 0 or not 0 <= self.warm_up < 1:
            raise ValueError("batch_size and learning_rate must be positive, and warm_up a share below 1")
        if not 0 <= self.weight_decay * self.learning_rate < 1:
            raise ValueError("weight_decay times learning_rate must be a share below 1")

    def to_json(self) -> dict[str, Any]:
        """The settings under the keys of the stored metadata, where `schedule_epochs` is `course`."""
        return {{"schedule_epochs": "course"}.get(name, name): value for name, value in asdict(self).items()}


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

    @property
    def share(self) -> float:
        """How much of the fit is done, 0 to 1."""
        return ((self.epoch - 1) * self.batches + self.batch) / (self.epochs * self.batches)


@dataclass(frozen=True)
class FitResult:
    model: keras.Model
    history: list[dict[str, float]] = field(default_factory=list)  # the figures of each epoch, as in metadata.json
    seconds: float = 0.0
    stopped: bool = False

    @cached_property
    def _hidden(self) -> keras.Model:
        """The network without its last layer."""
        import keras  # only the process that trains loads TensorFlow

        return keras.Model(self.model.inputs, self.model.get_layer(FEATURES).output)

    def outputs(self, images: Images) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The network's logits (n, 10) and features (n, k) for images (n, 28, 28)."""
        kernel, bias = self.model.layers[-1].get_weights()
        features = np.asarray(self._hidden.predict(to_network_scale(images), batch_size=500, verbose=0))
        return features @ kernel + bias, features


class Diverged(ValueError):
    """The loss is not finite: the learning rate is too high."""


class Stopped(Exception):
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
    begin: Count = not_begun,
    progress: Callable[[Progress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> FitResult:
    """Fits a network. The same seed, libraries and number of cores give the same network.

    periods: shape (n,): an image of period k is shown in every k-th epoch. By default, and without augmentation,
        every epoch shows all images.
    start: a `.keras` file of the same architecture whose weights to continue from; by default random weights.
    held_out: images and labels for the validation after each epoch, which the network does not learn from.
    begin: is told how many images all epochs show, and returns what receives how many were shown.
    progress: called after each batch and each epoch. should_stop: called after each batch.
    Raises ValueError if the weights do not fit the architecture, and Diverged.
    """
    make_repeatable(settings.seed)
    started = time.monotonic()
    if periods is None or not settings.augmentation:
        periods = np.ones(len(images), np.intp)
    sampler = EpochSampler(periods, settings.seed)
    progress = counting(progress, begin, sampler.shown * settings.epochs)
    steps = sampler.batches(settings.batch_size)
    with_outliers = bool((labels == NOT_A_DIGIT).any())
    model = _compiled(architecture, start, settings, steps, with_outliers)
    history: list[dict[str, float]] = []
    targets = targets_of(labels, with_outliers)
    is_stopped = False
    try:
        model.fit(
            **training_batches(images, targets, sampler, settings, architecture),
            epochs=settings.epochs,
            validation_data=_validation_data(held_out, with_outliers),
            validation_batch_size=1000,
            callbacks=[reporter(settings.epochs, steps, history, progress, should_stop)],
            verbose=0,
        )
    except Stopped:  # Keras's own stop flag would first finish the validation of the epoch
        is_stopped = True
    return FitResult(model, history, time.monotonic() - started, is_stopped)


def counting(progress: Callable[[Progress], None], begin: Count, images: int) -> Callable[[Progress], None]:
    """Begins to count images, and returns a `progress` that counts those shown."""
    advance = begin(images)

    def counted(now: Progress) -> None:
        advance(now.share * images)
        progress(now)

    return counted


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
        load_weights(model, start)
    loss, metric = loss_and_metric(with_outliers)
    model.compile(
        keras.optimizers.Adam(learning_rate_schedule(settings, steps), weight_decay=settings.weight_decay or None),
        loss,
        metrics=[metric],
        jit_compile=False,  # compiling for the CPU makes these networks slower
    )
    return model


def load_weights(model: keras.Model, path: Path) -> None:
    """Reads the weights to continue from. Raises ValueError if they are those of other layers."""
    try:
        model.load_weights(path)
    except ValueError as error:
        message = "The network has other layers than the version to continue from. Train from random weights instead."
        raise ValueError(message) from error


def learning_rate_schedule(settings: FitSettings, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """The learning rate of each step: it rises linearly to its peak, then falls to 0 along a cosine.

    steps: of an epoch. Source: Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
    """
    import keras  # only the process that trains loads TensorFlow

    all_steps = settings.schedule_epochs * steps
    warm_up = round(settings.warm_up * all_steps)
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warm_up else settings.learning_rate,
        all_steps - warm_up,
        warmup_target=settings.learning_rate if warm_up else None,
        warmup_steps=warm_up,
    )


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


def reporter(
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
                raise Stopped

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            figures = {name: float(value) for name, value in (logs or {}).items()}
            history.append({"epoch": self.epoch, **figures})
            progress(Progress(self.epoch, epochs, steps, steps, epoch_done=True, **figures))

    return Reporter()


class EpochSampler:
    """Chooses the images of each epoch. All epochs have the same number of images.

    periods: shape (n,): an image of period k is shown in every k-th epoch.
    """

    def __init__(self, periods: NDArray[np.intp], seed: int) -> None:
        self.seed = seed
        self.groups: list[tuple[int, NDArray[np.intp]]] = []  # each period with the indices of its images
        for period in sorted(set(periods.tolist())):
            indices = np.flatnonzero(periods == period)
            if period > 1:  # a random order decides which images are shown in the same epoch
                indices = np.random.default_rng((seed, period)).permutation(indices)
            self.groups.append((period, indices))
        self.shown = sum(len(indices) // period for period, indices in self.groups)

    def batches(self, size: int) -> int:
        """The number of batches of this size in an epoch; the last may be smaller."""
        return -(-self.shown // size)

    def epoch(self, number: int) -> NDArray[np.intp]:
        """The indices of an epoch's images, shape (shown,), in random order. number: from 0."""
        chosen = [indices[number % period :: period][: len(indices) // period] for period, indices in self.groups]
        return np.random.default_rng((self.seed, number)).permutation(np.concatenate(chosen))


def augmented_batches(
    images: Images, targets: NDArray[Any], sampler: EpochSampler, settings: FitSettings, architecture: Architecture
) -> keras.utils.PyDataset:
    """The training data for Keras's fit: each epoch varies the images differently."""
    import keras  # only the process that trains loads TensorFlow

    class AugmentedBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
        epoch = -1

        def __len__(self) -> int:
            return sampler.batches(settings.batch_size)

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = sampler.epoch(self.epoch)

        def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
            chosen = self.order[number * settings.batch_size :][: settings.batch_size]
            # Seeded by epoch and batch: the batch is the same, whichever thread makes it.
            rng = np.random.default_rng((settings.seed, self.epoch, number))
            varied = vary(images[chosen], rng, variation_at(self.epoch / settings.epochs, architecture))
            return to_network_scale(varied), targets[chosen]

    batches = AugmentedBatches(workers=3, max_queue_size=32)
    batches.on_epoch_end()
    return batches


def training_batches(
    images: Images, targets: NDArray[Any], sampler: EpochSampler, settings: FitSettings, architecture: Architecture
) -> dict[str, Any]:
    """The training data as arguments of Keras's fit."""
    if settings.augmentation:
        return {"x": augmented_batches(images, targets, sampler, settings, architecture)}
    return {"x": to_network_scale(images), "y": targets, "batch_size": settings.batch_size}


def _validation_data(
    held_out: tuple[Images, Labels] | None, with_outliers: bool
) -> tuple[NDArray[np.float32], NDArray[Any]] | None:
    if held_out is None:
        return None
    images, labels = held_out
    return to_network_scale(images), targets_of(labels, with_outliers)
