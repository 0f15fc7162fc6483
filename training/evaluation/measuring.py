"""Measuring a version on fixed sets of images through the very file that serves it, without TensorFlow.

The sets: MNIST's test images where they are on this machine, the generated digits that ship, and the accepted
corrections that are held back from training. That takes seconds. A version's card takes longer and is measured in a
process of its own (`manage.py measure_versions --cards`): robustness, and the sets of EVALUATION_SETS.
"""

import base64
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from classifier.errors import SiteBusy
from classifier.models import ModelVersion
from classifier.recognition.classes import Verdict
from classifier.recognition.errors import ModelFileDamaged
from classifier.recognition.inference import Network
from classifier.recognition.verdict import Judgement
from training.data.labelled_sets import SetUnreadable, read_examples
from training.models import Measurement

from . import robustness, robustness_pictures
from .fixed_sets import CORRECTIONS, FIXED_SETS, FixedSet, generated_test_images, read_set
from .metrics import confident_mistakes, evaluate, report
from .reading import Looked, Progress, Reader, judgements, look_at, read

CARD = ("robustness", "sets")  # of the figures, what `measure` leaves as it is
MISTAKES = 24  # shown at most
SINGLE_IMAGES = 300  # answered one by one for the time of one
LARGEST_SET = 5_000  # examples of a configured set that are read; of a larger one as many, evenly spread

log = logging.getLogger(__name__)


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
    reader = Reader.of(version)
    figures: dict[str, Any] = {
        "file_bytes": version.tflite_file.size,
        "single_image_ms": single_image_ms(reader.network),
    }
    answers: dict[str, bytes] = dict.fromkeys(FIXED_SETS.values(), b"")
    for name in (*FIXED_SETS, CORRECTIONS):
        part = read_set(name)
        if part is None:
            continue
        # These are framed already, so nothing was noticed while they were.
        judged = judgements(reader.network, part.images, [{}] * len(part.images), reader.calibration)
        probabilities = np.array([each.probabilities for each in judged], np.float32)
        figures[name] = figures_of(probabilities, part, with_pictures=name in FIXED_SETS) | shares_of(judged)
        if name in FIXED_SETS:
            answers[FIXED_SETS[name]] = probabilities.argmax(1).astype(np.uint8).tobytes()
    with transaction.atomic():
        known = Measurement.objects.select_for_update().filter(version=version).first()
        figures |= {name: known.figures[name] for name in CARD if known and name in known.figures}
        return Measurement.objects.update_or_create(version=version, defaults={"figures": figures, **answers})[0]


def is_complete(measurement: Measurement) -> bool:
    """Whether the fixed sets that can be had now are the ones it was measured on."""
    return all(read_set(name) is None or answers_of(measurement, name) is not None for name in FIXED_SETS)


def single_image_ms(network: Network) -> float:
    """What the network alone takes for one image: the median of some hundred."""
    images = generated_test_images().images[:SINGLE_IMAGES]
    return float(np.median([network.answer(image[None]).elapsed_ms for image in images]))


def figures_of(probabilities: NDArray[np.float32], part: FixedSet, *, with_pictures: bool) -> dict[str, Any]:
    """The figures of one set, as they are kept: by first choices, whatever the verdict.

    probabilities: (n, 10), calibrated. with_pictures: whether to keep the worst mistakes. Not of people's digits:
    those are theirs to delete.
    """
    found = asdict(evaluate(probabilities, part.labels))
    counts = np.bincount(part.labels, minlength=10)
    found["per_digit"] = [share if count else None for share, count in zip(found["per_digit"], counts, strict=True)]
    mistakes = confident_mistakes(probabilities, part.labels, MISTAKES) if with_pictures else []
    found["mistakes"] = [asdict(each) | {"pixels": _as_text(part.images[each.index])} for each in mistakes]
    return found | {"sha256": part.sha256}


def shares_of(judged: Sequence[Judgement]) -> dict[str, float]:
    """How many of them are refused, and of how many it is unsure."""
    verdicts = [each.verdict for each in judged]
    return {name: verdicts.count(verdict) / len(verdicts) for name, verdict in SHARES.items()}


SHARES = {"refused": Verdict.NOT_A_DIGIT, "unsure": Verdict.UNSURE}


def _as_text(pixels: NDArray[np.uint8]) -> str:
    return base64.b64encode(pixels.tobytes()).decode()


def answers_of(measurement: Measurement, name: str) -> Answers | None:
    """What was read of a fixed set; None unless it was measured on that very set and the set is here."""
    read = np.frombuffer(getattr(measurement, FIXED_SETS[name]), np.uint8)
    part = read_set(name)
    if part is None or len(read) != len(part.labels):
        return None
    measured_on = measurement.figures.get(name, {}).get("sha256")
    return Answers(read, part.labels) if measured_on in (None, part.sha256) else None


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
            one = {"set": name, "index": index, "label": int(part.labels[index]), "candidate": int(ours.read[index])}
            one |= {"in_service": int(theirs.read[index])}
            found.append((not either_right, one))
    found.sort(key=lambda pair: pair[0])
    images = {name: part.images for name in FIXED_SETS if (part := read_set(name)) is not None}
    return [one | {"pixels": _as_text(images[one["set"]][one["index"]])} for _, one in found[:limit]]


def has_report(measurement: Measurement | None) -> bool:
    """Whether a card is there, and of today's preprocessing, pictures and sets."""
    if measurement is None:
        return False
    card, sets = (measurement.figures.get(name) or {} for name in CARD)
    return card.get("pictures") == robustness_pictures.pictures_key() and {
        name: found["path"] for name, found in sets.items()
    } == dict(settings.EVALUATION_SETS)


def measure_cards(
    versions: Sequence[ModelVersion], progress: Progress | None = None
) -> Iterator[tuple[ModelVersion, ModelFileDamaged | None]]:
    """Measure robustness and the configured sets of versions that were measured before, and keep the figures.

    What takes longest, all that comes before a network, is done once for all of them. Yields each version when its
    card is kept, or with the reason why it is not.
    """
    if not versions:
        return
    key = robustness_pictures.pictures_key()
    pictures = robustness_pictures.all_pictures(progress)
    sets = {name: _look_at_set(path, progress) for name, path in settings.EVALUATION_SETS.items()}
    for version in versions:
        try:
            reader = Reader.of(version)
        except ModelFileDamaged as error:
            yield version, error
            continue
        card = {
            "robustness": robustness.measure_curves(reader, pictures, key),
            "sets": {name: found.figures(reader) | {"path": found.path} for name, found in sets.items()},
        }
        with transaction.atomic():
            row = Measurement.objects.select_for_update().get(version=version)
            row.figures |= card
            row.save(update_fields=["figures"])
        yield version, None


@dataclass(frozen=True)
class LookedAtSet:
    """A configured set before any network, or why it cannot be read."""

    path: str
    looked: Sequence[Looked] = ()
    sha256: str = ""
    error: str = ""

    def figures(self, reader: Reader) -> dict[str, Any]:
        if self.error:
            return {"error": self.error}
        readings = read(reader, self.looked)
        right = np.array([each.is_right if each.label else each.verdict != "digit" for each in readings], bool)
        # Of other people's handwriting neither pictures nor names are kept: `manage.py evaluate` tells them.
        short = {name: value for name, value in report(readings).items() if name != "mistakes"}
        if junk := short.get("junk"):
            del junk["missed"]
        return short | {"sha256": self.sha256, "right": robustness.packed(right)}


def _look_at_set(path: str, progress: Progress | None) -> LookedAtSet:
    try:
        found = read_examples(Path(path)).spread(LARGEST_SET)
        return LookedAtSet(path, look_at(found.examples, progress=progress), found.sha256)
    except (SetUnreadable, SiteBusy) as error:
        log.warning("A set of EVALUATION_SETS cannot be read: %s", error)
        return LookedAtSet(path, error=str(error))
