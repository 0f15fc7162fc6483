"""The networks that can be trained, one function each: a new one is one more function in this file.

Every network takes shape (n, 28, 28, 1), 0 ground to 1 ink, and ends in a dense softmax layer over the ten
digits. The layer named "features" is the last hidden one; it is exported beside the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

FEATURES = "features"


@dataclass(frozen=True)
class Architecture:
    """A network as it stands in the list."""

    name: str
    build: Callable[[], keras.Model]
    parameters: int
    features: int  # width of the last hidden layer
    source: str
    expected_accuracy: float  # at least, on the MNIST test set, trained from chance on MNIST and the rest, by:
    expected_epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    augmentation: bool
    variation: float  # how much images are varied: a small network learns more from less
    easing: float  # share of the epochs, the last ones, in which they are varied less and less
    generated: int  # digits drawn beside MNIST
    junk: int  # pictures of what is no digit, likewise
    period: int  # an epoch shows one in so many of both, the next epoch others
    further_epochs: int  # when it goes on from weights that are good already: 5 minutes on 4 cores at most
    further_learning_rate: float


ARCHITECTURES: dict[str, Architecture] = {}


def architecture(
    *,
    parameters: int,
    features: int,
    source: str,
    expected_accuracy: float,
    expected_epochs: int,
    batch_size: int = 128,
    learning_rate: float = 0.006,
    weight_decay: float = 0.0,
    augmentation: bool = False,
    variation: float = 1.0,
    easing: float = 0.0,
    generated: int = 0,
    junk: int = 0,
    period: int = 1,
    further_epochs: int = 3,
    further_learning_rate: float = 0.0005,
) -> Callable[[Callable[[], keras.Model]], Callable[[], keras.Model]]:
    """Put the decorated function on the list under its own name."""

    def register(build: Callable[[], keras.Model]) -> Callable[[], keras.Model]:
        def checked() -> keras.Model:
            model = build()
            if model.count_params() != parameters:
                raise AssertionError(f"{build.__name__} has {model.count_params():,} parameters, not {parameters:,}")
            return model

        ARCHITECTURES[build.__name__] = Architecture(
            build.__name__,
            checked,
            parameters,
            features,
            source,
            expected_accuracy,
            expected_epochs,
            batch_size,
            learning_rate,
            weight_decay,
            augmentation,
            variation,
            easing,
            generated,
            junk,
            period,
            further_epochs,
            further_learning_rate,
        )
        return checked

    return register


@architecture(
    parameters=42_358,
    features=100,
    source="This project's seed: two small convolutions, one dense layer.",
    expected_accuracy=0.993,
    expected_epochs=80,
    augmentation=True,
    variation=0.5,
    generated=6_000,
    further_epochs=6,
    further_learning_rate=0.0005,
)
def first_cnn() -> keras.Model:
    """Two convolutions with pooling and dropout, then one hidden layer. The bundled one measured 99.36 %."""
    import keras  # only the process that trains loads TensorFlow
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            layers.Conv2D(8, 3, activation="relu", name="conv_1"),  # (n, 26, 26, 8)
            layers.MaxPooling2D(2, name="pool_1"),  # (n, 13, 13, 8)
            layers.Dropout(0.2, name="dropout_1"),
            layers.Conv2D(16, 3, activation="relu", name="conv_2"),  # (n, 11, 11, 16)
            layers.MaxPooling2D(2, name="pool_2"),  # (n, 5, 5, 16)
            layers.Dropout(0.2, name="dropout_2"),
            layers.Flatten(name="flatten"),  # (n, 400)
            layers.Dense(100, activation="relu", name=FEATURES),
            layers.Dropout(0.5, name="dropout_3"),
            layers.Dense(10, activation="softmax", name="probabilities"),
        ],
        name="first_cnn",
    )


@architecture(
    parameters=330_966,
    features=100,
    source="Strides in place of pooling (Springenberg et al., 2015); batch normalisation after each convolution "
    "(Ioffe, Szegedy, 2015).",
    expected_accuracy=0.996,
    expected_epochs=20,
    batch_size=512,
    learning_rate=0.006,
    weight_decay=0.05,
    augmentation=True,
    variation=0.8,
    easing=0.3,
    generated=45_000,
    junk=9_000,
    period=3,
    further_epochs=1,
    further_learning_rate=0.0002,
)
def deeper_cnn() -> keras.Model:
    """Five normalised convolutions, learning from varied images, generated digits and junk."""
    import keras
    from keras import layers

    def convolution(number: int, filters: int, size: int, stride: int = 1) -> list[keras.Layer]:
        # The normalisation has an offset of its own.
        return [
            layers.Conv2D(filters, size, strides=stride, use_bias=False, name=f"conv_{number}"),
            layers.BatchNormalization(momentum=0.9, name=f"normal_{number}"),
            layers.ReLU(name=f"relu_{number}"),
        ]

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            *convolution(1, 32, 4, stride=2),  # (n, 13, 13, 32); a stride is quicker than pooling
            *convolution(2, 64, 3),  # (n, 11, 11, 64)
            *convolution(3, 64, 3),  # (n, 9, 9, 64)
            *convolution(4, 128, 3, stride=2),  # (n, 4, 4, 128)
            *convolution(5, 128, 3),  # (n, 2, 2, 128)
            layers.Flatten(name="flatten"),  # (n, 512)
            layers.Dropout(0.3, name="dropout_1"),
            layers.Dense(100, activation="relu", name=FEATURES),
            layers.Dropout(0.3, name="dropout_2"),
            layers.Dense(10, activation="softmax", name="probabilities"),
        ],
        name="deeper_cnn",
    )
