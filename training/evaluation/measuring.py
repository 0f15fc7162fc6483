"""Measuring a version on fixed sets of images, through the file that serves and without TensorFlow.

A digit reader's sets are MNIST's test images, if they are on this machine, the generated digits that ship, and the
accepted corrections held back from training. A line reader's are held-out lines, see `lines`. This takes seconds; see
`robustness.report` for the longer report.
"""

import base64
from dataclasses import asdict
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from classifier.digits.registry import version_in_service
from classifier.models import ModelVersion
from classifier.recognition.classes import Verdict
from training.models import Measurement
from training.synthesis.steps import Advance, Count, after, not_begun, not_counted

from .fixed_sets import CORRECTIONS, FIXED_SETS, FixedSet, generated_test_images, read_set
from .lines import measure_lines
from .metrics import confident_mistakes, evaluate
from .reading import Reader

REPORT = ("robustness", "sets")  # keys of the robustness report in the figures, which `measure` keeps
MISTAKES = 24  # stored at most
ANSWERS = (*FIXED_SETS.values(), "line_answers")  # fields of a Measurement
SINGLE_IMAGES = 300  # timed one by one


def measure(version: ModelVersion, advance: Advance = not_counted) -> Measurement:
    """Measures a version on all sets available for its kind and stores the figures, replacing earlier ones.

    advance: receives the share done. Raises ModelFileDamaged.
    """
    figures, answers = MEASURES[version.kind](version, advance)
    answers = dict.fromkeys(ANSWERS, b"") | answers
    with transaction.atomic():
        known = Measurement.objects.select_for_update().filter(version=version).first()
        figures |= {name: known.figures[name] for name in REPORT if known and name in known.figures}
        return Measurement.objects.update_or_create(version=version, defaults={"figures": figures, **answers})[0]


def measure_digits(version: ModelVersion, advance: Advance) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Returns a digit reader's figures and its answers to the fixed sets, as they are stored."""
    reader = Reader.of(version)
    figures: dict[str, Any] = {
        "file_bytes": version.tflite_file.size,
        "single_image_ms": reader.single_image_ms(generated_test_images().images[:SINGLE_IMAGES]),
    }
    answers: dict[str, bytes] = {}
    sets = {name: images for name in (*FIXED_SETS, CORRECTIONS) if (images := read_set(name)) is not None}
    of_all, begun = sum(len(images.labels) for images in sets.values()), 0
    for name, images in sets.items():
        # The images are framed already, so there are no hints from framing them.
        hints: list[dict[str, Any]] = [{}] * len(images.labels)
        done = after(begun, lambda images_done: advance(images_done / of_all))
        judged = reader.judge(images.images, hints, done)
        begun += len(images.labels)
        probabilities = np.array([each.probabilities for each in judged], np.float32)
        verdicts = [each.verdict for each in judged]
        figures[name] = figures_of(probabilities, images, with_pictures=name in FIXED_SETS) | {
            "refused": verdicts.count(Verdict.NOT_A_DIGIT) / len(verdicts),
            "unsure": verdicts.count(Verdict.UNSURE) / len(verdicts),
        }
        if name in FIXED_SETS:
            answers[FIXED_SETS[name]] = probabilities.argmax(1).astype(np.uint8).tobytes()
    return figures, answers


MEASURES = {"digit": measure_digits, "line": measure_lines}


def measure_candidate(version: ModelVersion, begin: Count = not_begun) -> Measurement:
    """Measures a new version and, for the gate to compare it with, the one in service. Returns that of the new one.

    begin: is told how many are measured, and returns what receives how many are done. Raises ModelFileDamaged.
    """
    in_service = version_in_service(version.kind)
    is_replacing = in_service is not None and in_service != version
    advance = begin(1 + is_replacing)
    candidate = measure(version, advance)
    if in_service is not None and is_replacing:
        measure(in_service, after(1, advance))  # now too: which corrections are held back changes every day
    return candidate


def figures_of(probabilities: NDArray[np.float32], images: FixedSet, *, with_pictures: bool) -> dict[str, Any]:
    """Returns the figures of one set, as they are stored. The first choice counts, also if refused or unsure.

    probabilities: shape (n, 10), calibrated. with_pictures: whether to store pictures of the most confident mistakes.
    Pictures of people's digits are not stored: their owners may delete them.
    """
    figures = asdict(evaluate(probabilities, images.labels))
    counts = np.bincount(images.labels, minlength=10)
    figures["per_digit"] = [share if count else None for share, count in zip(figures["per_digit"], counts, strict=True)]
    mistakes = confident_mistakes(probabilities, images.labels, MISTAKES) if with_pictures else []
    figures["mistakes"] = [asdict(each) | {"pixels": as_base64(images.images[each.index])} for each in mistakes]
    return figures | {"sha256": images.sha256}


def as_base64(pixels: NDArray[np.uint8]) -> str:
    return base64.b64encode(pixels.tobytes()).decode()
