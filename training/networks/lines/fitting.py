"""Fitting a line network by connectionist temporal classification (CTC)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.recognition.lines.alphabet import BLANK
from classifier.recognition.lines.framing import HEIGHT, PLANES
from training.networks.architectures import Architecture
from training.networks.fitting import (
    FitResult,
    FitSettings,
    Progress,
    Stopped,
    counting,
    learning_rate_schedule,
    load_weights,
    make_repeatable,
    reporter,
)
from training.synthesis.lines.parts import Lines
from training.synthesis.steps import Count, not_begun

from .batches import NO_CHARACTER, Batch, alike, all_batches, endless_batches

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

VALIDATED_AT_ONCE = 64  # lines
LARGEST_GRADIENT = 5.0  # norm of each weight's gradient, at most; a rare line has a very large one


def fit_lines(
    architecture: Architecture,
    parts: Sequence[Callable[[], Lines]],
    shown: int,
    held_out: Lines,
    settings: FitSettings,
    *,
    start: Path | None = None,
    begin: Count = not_begun,
    progress: Callable[[Progress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> FitResult:
    """Fits a network to lines. The same seed, libraries and number of cores give the same network.

    parts: read their lines when called, so few are in memory. shown: lines that an epoch shows.
    Otherwise as `training.networks.fitting.fit`.
    """
    make_repeatable(settings.seed)
    started = time.monotonic()
    steps = max(1, shown // settings.batch_size)
    progress = counting(progress, begin, steps * settings.batch_size * settings.epochs)
    model = _compiled(architecture, start, settings, steps)
    history: list[dict[str, float]] = []
    train = partial(endless_batches, parts, settings.batch_size, settings.seed, varied=settings.augmentation)
    is_stopped = False
    try:
        model.fit(
            _dataset(train),
            steps_per_epoch=steps,
            shuffle=False,  # the lines are in random order
            epochs=settings.epochs,
            validation_data=_dataset(partial(all_batches, held_out, VALIDATED_AT_ONCE)).repeat(),
            validation_steps=sum(1 for _ in alike(held_out, VALIDATED_AT_ONCE)),
            callbacks=[reporter(settings.epochs, steps, history, progress, should_stop)],
            verbose=0,
        )
    except Stopped:  # Keras's own stop flag would first finish the validation of the epoch
        is_stopped = True
    return FitResult(model, history, time.monotonic() - started, is_stopped)


def _dataset(batches: Callable[[], Iterator[Batch]]) -> tf.data.Dataset:
    """The batches for Keras, which would take the width of the first ones for the width of all."""
    import tensorflow as tf  # only the process that trains loads TensorFlow

    signature = tf.TensorSpec((None, HEIGHT, None, PLANES), tf.float32), tf.TensorSpec((None, None), tf.int32)
    return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(4)


def _compiled(architecture: Architecture, start: Path | None, settings: FitSettings, steps: int) -> keras.Model:
    """The network, ready to be fitted."""
    import keras  # only the process that trains loads TensorFlow

    model = architecture.build()
    if start is not None:
        load_weights(model, start)
    model.compile(
        keras.optimizers.Adam(
            learning_rate_schedule(settings, steps),
            weight_decay=settings.weight_decay or None,
            clipnorm=LARGEST_GRADIENT,
        ),
        ctc_loss,
        metrics=[_share_of_right_lines()],
        jit_compile=False,  # it would compile once for each width
    )
    return model


def ctc_loss(texts: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The negative logarithm of the probability of each text, (n,).

    texts: (n, longest), NO_CHARACTER after the end of each; logits: (n, frames, CLASSES).
    Source: Graves et al., "Connectionist temporal classification", 2006.
    """
    import tensorflow as tf  # only the process that trains loads TensorFlow

    frames = tf.fill([tf.shape(logits)[0]], tf.shape(logits)[1])
    return tf.nn.ctc_loss(_sparse(texts), tf.transpose(logits, [1, 0, 2]), None, frames, blank_index=BLANK)


def _sparse(texts: tf.Tensor) -> tf.SparseTensor:
    import tensorflow as tf  # only the process that trains loads TensorFlow

    texts = tf.cast(texts, tf.int32)
    places = tf.where(texts != NO_CHARACTER)
    return tf.SparseTensor(places, tf.gather_nd(texts, places), tf.shape(texts, tf.int64))


def _share_of_right_lines() -> keras.metrics.Metric:
    """The share of lines read right as a whole, along the best path."""
    import keras  # only the process that trains loads TensorFlow
    import tensorflow as tf

    class Accuracy(keras.metrics.Mean):  # type: ignore[misc]  # Keras is untyped
        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            frames = tf.fill([tf.shape(y_pred)[0]], tf.shape(y_pred)[1])
            (read,), _ = tf.nn.ctc_greedy_decoder(tf.transpose(y_pred, [1, 0, 2]), frames, blank_index=BLANK)
            written = _sparse(y_true)
            edits = tf.edit_distance(tf.cast(read, tf.int32), written, normalize=False)
            return super().update_state(tf.reshape(tf.cast(edits == 0, tf.float32), [-1]))

    return Accuracy(name="accuracy")
