"""The networks that can be trained, one function each. To add one, add a function to this file.

A digit network takes images of shape (n, 28, 28, 1), 0 background to 1 ink, and ends in a dense softmax layer over the
ten digits. The layer named "features" is the last hidden one; the exported file returns it beside the probabilities.
A line network takes lines of shape (n, 32, width, 3) and returns logits of shape (n, frames, CLASSES).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classifier.recognition.lines.alphabet import CLASSES

if TYPE_CHECKING:
    import keras

FEATURES = "features"


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A network, and the settings it is best trained with."""

    name: str
    make: Callable[[], keras.Model]
    parameters: int
    kind: str = "digit"  # what it reads; see classifier.recognition.kinds
    features: int = 0  # of a digit network: width of the last hidden layer
    source: str
    expected_accuracy: (
        float  # at least, on MNIST's test images or on held-out lines, trained from random weights with these settings
    )
    expected_epochs: int
    batch_size: int = 128
    learning_rate: float = 0.006
    weight_decay: float = 0.0
    augmentation: bool = False
    variation: float = 1.0  # of augmented images, in multiples of the default: a small network learns more from less
    easing: float = 0.0  # share of the epochs, the last ones, in which the variation decreases
    generated: int = 0  # generated digits beside MNIST
    boxed: int = 0  # digits in boxes of sheets, beside MNIST
    outliers: int = 0  # pictures that are not digits, beside MNIST
    period: int = 1  # an epoch shows one in this many of these, the next epoch others
    further_epochs: int = 3  # when it continues from trained weights
    further_learning_rate: float = 0.0005

    def build(self) -> keras.Model:
        """A network with random weights. Raises AssertionError if it has another number of parameters than stated."""
        model = self.make()
        if model.count_params() != self.parameters:
            raise AssertionError(f"{self.name} has {model.count_params():,} parameters, not {self.parameters:,}")
        return model


ARCHITECTURES: dict[str, Architecture] = {}


def of_kind(kind: str) -> list[Architecture]:
    """The architectures of a kind; see classifier.recognition.kinds."""
    return [each for each in ARCHITECTURES.values() if each.kind == kind]


def architecture(**stated: Any) -> Callable[[Callable[[], keras.Model]], Architecture]:  # Any: the fields above
    """Registers the decorated function as an architecture under its name."""

    def register(make: Callable[[], keras.Model]) -> Architecture:
        ARCHITECTURES[make.__name__] = network = Architecture(name=make.__name__, make=make, **stated)
        return network

    return register


@architecture(
    parameters=42_358,
    features=100,
    source="The first network of this project: two small convolutions, one dense layer.",
    expected_accuracy=0.993,
    expected_epochs=80,
    augmentation=True,
    variation=0.5,
    generated=6_000,
    further_epochs=6,
    further_learning_rate=0.0005,
)
def first_cnn() -> keras.Model:
    """Two convolutions with pooling and dropout, then one hidden layer. The bundled version measured 99.36 %."""
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
    boxed=60_000,
    outliers=9_000,
    period=3,
    further_epochs=1,
    further_learning_rate=0.0002,
)
def deeper_cnn() -> keras.Model:
    """Five normalised convolutions, then one hidden layer. The bundled version measured 99.67 %."""
    import keras  # only the process that trains loads TensorFlow
    from keras import layers

    def convolution(number: int, filters: int, size: int, stride: int = 1) -> list[keras.Layer]:
        # No bias: the normalisation has an offset of its own.
        return [
            layers.Conv2D(filters, size, strides=stride, use_bias=False, name=f"conv_{number}"),
            layers.BatchNormalization(momentum=0.9, name=f"normal_{number}"),
            layers.ReLU(name=f"relu_{number}"),
        ]

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            *convolution(1, 32, 4, stride=2),  # (n, 13, 13, 32); a stride is faster than pooling
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


@architecture(
    kind="line",
    parameters=514_472,
    source="A fully convolutional network with connectionist temporal classification (Graves et al., 2006).",
    expected_accuracy=0.72,
    expected_epochs=6,
    batch_size=64,
    learning_rate=0.002,
    augmentation=True,
    generated=200_000,
    further_epochs=1,
    further_learning_rate=0.0003,
)
def line_reader() -> keras.Model:
    """Convolutions that halve the height to 1 and keep two frames for each four pixels of the width."""
    import keras  # only the process that trains loads TensorFlow
    from keras import layers

    def convolution(inputs: Any, filters: int, size: int | tuple[int, int], strides: int | tuple[int, int] = 1) -> Any:
        outputs = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(inputs)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.97)(outputs))

    line = keras.Input((32, None, 3), name="line")
    x = convolution(line, 32, 4, 2)  # (n, 16, width / 2, 32)
    x = convolution(x, 64, 3, 2)  # (n, 8, width / 4, 64)
    x = convolution(x, 64, 3)
    x = convolution(x, 96, 3, (2, 1))  # (n, 4, width / 4, 96)
    x = convolution(x, 96, 3)
    x = layers.Conv2D(128, (4, 3), use_bias=False)(layers.ZeroPadding2D((0, 1))(x))  # (n, 1, width / 4, 128)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.97)(x))
    x = layers.SpatialDropout2D(0.1)(x)
    for _ in range(2):
        x = layers.Add()([x, convolution(x, 128, (1, 5))])
    x = layers.Dropout(0.15)(x)
    x = layers.Conv2D(2 * CLASSES, 1)(x)  # two frames in each column
    logits = layers.Reshape((-1, CLASSES), name="logits")(x)  # (n, width / 2, 20)
    return keras.Model(line, logits, name="line_reader")
