"""The batches that a fit learns from: which images an epoch shows, in which order, and augmented how."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.recognition.preprocessing.framing import to_network_scale

from .architectures import Architecture
from .augmentation import variation_at, vary
from .degradation import Images
from .fit_settings import FitSettings


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


def training_batches(
    images: Images, targets: NDArray[Any], sampler: EpochSampler, settings: FitSettings, architecture: Architecture
) -> dict[str, Any]:
    """The training data as arguments of Keras's fit. With augmentation each epoch varies the images differently."""
    import keras  # only the process that trains loads TensorFlow

    if not settings.augmentation:
        return {"x": to_network_scale(images), "y": targets, "batch_size": settings.batch_size}

    class AugmentedBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
        epoch = -1

        def __len__(self) -> int:
            return sampler.batches(settings.batch_size)

        def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[Any]]:
            chosen = self.order[number * settings.batch_size :][: settings.batch_size]
            # Seeded by epoch and batch: the batch is the same, whichever thread makes it.
            rng = np.random.default_rng((settings.seed, self.epoch, number))
            varied = vary(images[chosen], rng, variation_at(self.epoch / settings.epochs, architecture))
            return to_network_scale(varied), targets[chosen]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = sampler.epoch(self.epoch)

    batches = AugmentedBatches(workers=3, max_queue_size=32)
    batches.on_epoch_end()
    return {"x": batches}
