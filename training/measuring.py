"""Measuring a version on fixed sets of images through the very file that serves it, without TensorFlow.

The sets: MNIST's test images where they are on this machine, the generated digits that ship, and the accepted
corrections that are held back from training.
"""

import base64
import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier import mnist
from classifier.errors import MnistUnavailable
from classifier.inference import Network
from classifier.models import Correction, ModelVersion

from .datasets import Part, read_corrections
from .evaluation import confident_mistakes, evaluate
from .models import Measurement

FIXED_SETS = {"mnist": "mnist_answers", "strokes": "stroke_answers"}  # and where their answers are kept
CORRECTIONS = "corrections"
MISTAKES = 24  # shown at most
AT_ONCE = 100  # images; more do not go quicker and need more memory
SINGLE_IMAGES = 300  # answered one by one for the time of one


@dataclass(frozen=True)
class Answers:
    """What a version read of a fixed set, beside the truth."""

    read: NDArray[np.uint8]  # (n,)
    labels: NDArray[np.uint8]  # (n,)

    @property
    def is_right(self) -> NDArray[np.bool_]:
        return np.equal(self.read, self.labels)

    @property
    def images(self) -> int:
        return len(self.labels)


def measure(version: ModelVersion) -> Measurement:
    """Measure a version on all sets that can be had now and keep the figures; doing it again replaces them.

    Raises ModelFileDamaged.
    """
    with version.tflite_file.open("rb") as file:
        content = file.read()
    network = Network(content, version.tflite_sha256)
    figures: dict[str, Any] = {"file_bytes": len(content), "single_image_ms": single_image_ms(network)}
    answers: dict[str, bytes] = dict.fromkeys(FIXED_SETS.values(), b"")
    for name in (*FIXED_SETS, CORRECTIONS):
        part = read_set(name)
        if part is None:
            continue
        probabilities = probabilities_of(network, part[0])
        figures[name] = figures_of(probabilities, part, with_pictures=name in FIXED_SETS)
        if name in FIXED_SETS:
            answers[FIXED_SETS[name]] = probabilities.argmax(1).astype(np.uint8).tobytes()
    return Measurement.objects.update_or_create(version=version, defaults={"figures": figures, **answers})[0]


def is_complete(measurement: Measurement) -> bool:
    """Whether the fixed sets that can be had now are the ones it was measured on."""
    return all(read_set(name) is None or answers_of(measurement, name) is not None for name in FIXED_SETS)


def read_set(name: str) -> Part | None:
    """The images and labels of a set; None when it is empty or not on this machine."""
    if name == CORRECTIONS:
        part = read_corrections(Correction.objects.to_measure_with())
        return part if len(part[1]) else None
    if name == "strokes":
        arrays = mnist.read_generated()
        return arrays["x_test"], arrays["y_test"]
    return _mnist_test_images()


def _mnist_test_images() -> Part | None:
    """The images stay in their file, mapped into memory."""
    folder, given = mnist.configured()
    try:
        mnist.prepare_test_images(folder, given)
        images = np.load(folder / "x_test.npy", mmap_mode="r", allow_pickle=False)
        return images, np.load(folder / "y_test.npy", allow_pickle=False)
    except (MnistUnavailable, OSError):
        return None


def probabilities_of(network: Network, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Shape (n, 10) for images of shape (n, 28, 28)."""
    starts = range(0, len(images), AT_ONCE)
    return np.concatenate([network.answer(images[start : start + AT_ONCE]).probabilities for start in starts])


def single_image_ms(network: Network) -> float:
    """What the network alone takes for one image: the median of some hundred."""
    images = mnist.read_generated()["x_test"][:SINGLE_IMAGES]
    return float(np.median([network.answer(image[None]).elapsed_ms for image in images]))


def figures_of(probabilities: NDArray[np.float32], part: Part, *, with_pictures: bool) -> dict[str, Any]:
    """The figures of one set, as they are kept.

    with_pictures: whether to keep the worst mistakes. Not of people's digits: those are theirs to delete.
    """
    images, labels = part
    found = asdict(evaluate(probabilities, labels))
    counts = np.bincount(labels, minlength=10)
    found["per_digit"] = [share if count else None for share, count in zip(found["per_digit"], counts, strict=True)]
    mistakes = confident_mistakes(probabilities, labels, MISTAKES) if with_pictures else []
    found["mistakes"] = [asdict(each) | {"pixels": _as_text(images[each.index])} for each in mistakes]
    return found | {"sha256": fingerprint(part)}


def fingerprint(part: Part) -> str:
    """SHA-256 of a set's images and labels: two versions are compared on the same set or not at all."""
    digest = hashlib.sha256()
    for array in part:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _as_text(pixels: NDArray[np.uint8]) -> str:
    return base64.b64encode(pixels.tobytes()).decode()


def answers_of(measurement: Measurement, name: str) -> Answers | None:
    """What was read of a fixed set; None unless it was measured on that very set and the set is here."""
    read = np.frombuffer(getattr(measurement, FIXED_SETS[name]), np.uint8)
    part = read_set(name)
    if part is None or len(read) != len(part[1]):
        return None
    measured_on = measurement.figures.get(name, {}).get("sha256")
    return Answers(read, part[1]) if measured_on in (None, fingerprint(part)) else None


def disagreements(a: Measurement, b: Measurement, limit: int) -> list[dict[str, Any]]:
    """Images of the fixed sets that the two read differently, those first of which one is right.

    Each: set, index, label, candidate (what a read), in_service (what b read), pixels (base64 of 784 bytes).
    """
    found: list[tuple[bool, dict[str, Any]]] = []
    for name in FIXED_SETS:
        ours, theirs, part = answers_of(a, name), answers_of(b, name), read_set(name)
        if ours is None or theirs is None or part is None:
            continue
        for index in np.flatnonzero(ours.read != theirs.read).tolist():
            either_right = bool(ours.is_right[index] or theirs.is_right[index])
            one = {"set": name, "index": index, "label": int(part[1][index]), "candidate": int(ours.read[index])}
            one |= {"in_service": int(theirs.read[index])}
            found.append((not either_right, one))
    found.sort(key=lambda pair: pair[0])
    images = {name: part[0] for name in FIXED_SETS if (part := read_set(name)) is not None}
    return [one | {"pixels": _as_text(images[one["set"]][one["index"]])} for _, one in found[:limit]]
