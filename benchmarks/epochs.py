"""How long an epoch takes: `python -m benchmarks.epochs [--rounds 3]`.

Fits `first_cnn` to MNIST's training images in turn as a training does, with augmentation and reports after each batch,
and with nothing but Keras's `fit`. The first epoch of each is not counted: TensorFlow prepares itself then.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

BATCH = 128
EPOCHS = 3  # in each round


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import django

    django.setup()
    from training.data.sources import mnist_dataset  # after Django is set up

    mnist = mnist_dataset()
    ways = {"plain Keras": plain, "as a training": as_a_training}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(options.rounds):
        for name, way in ways.items():
            took[name] += way(mnist.x_train, mnist.y_train)
            print(f"round {turn + 1}, {name}: {statistics.median(took[name]):.1f} s for an epoch", flush=True)
    plain_s, ours_s = (statistics.median(each) for each in took.values())
    print(f"An epoch as a training takes {ours_s / plain_s:.2f} times as long as one of plain Keras.")


def plain(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> list[float]:
    """The seconds of each epoch but the first."""
    from classifier.recognition.preprocessing.framing import to_network_scale
    from training.networks.architectures import ARCHITECTURES

    model = ARCHITECTURES["first_cnn"].build()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    scaled = to_network_scale(images)
    return _timed(lambda: model.fit(scaled, labels, batch_size=BATCH, epochs=1, verbose=0))


def _timed(epoch: Callable[[], object]) -> list[float]:
    moments = [time.perf_counter()]
    for _ in range(EPOCHS):
        epoch()
        moments.append(time.perf_counter())
    return np.diff(moments).tolist()[1:]


def as_a_training(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> list[float]:
    """As `plain`."""
    from training.networks.architectures import ARCHITECTURES
    from training.networks.fitting import FitSettings, Progress, fit

    moments = [time.perf_counter()]

    def note(progress: Progress) -> None:
        if progress.epoch_done:
            moments.append(time.perf_counter())

    settings = FitSettings(EPOCHS, EPOCHS, batch_size=BATCH, augmentation=True)
    fit(ARCHITECTURES["first_cnn"], images, labels, settings, progress=note)
    return np.diff(moments).tolist()[1:]


if __name__ == "__main__":
    main()
