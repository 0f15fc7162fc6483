"""The robustness report of a version: its curves, and its figures on the sets of EVALUATION_SETS.

It takes longer than the fixed sets and is measured in a process of its own (`manage.py measure_versions --reports`).
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction

from classifier.errors import SiteBusy
from classifier.models import ModelVersion
from classifier.recognition.classes import Verdict
from classifier.recognition.errors import ModelFileDamaged
from training.data.examples import SetUnreadable
from training.data.labelled_sets import read_examples
from training.models import Measurement

from ..metrics import report
from ..reading import PreprocessedExample, Progress, Reader, preprocess_all, read
from .curves import measure_curves, packed
from .pictures import all_pictures, pictures_key

LARGEST_SET = 5_000  # examples; of a larger set as many are measured, evenly spread

log = logging.getLogger(__name__)


def has_report(measurement: Measurement | None) -> bool:
    """Whether a report exists and belongs to the current preprocessing, pictures and sets."""
    if measurement is None:
        return False
    robustness, sets = (measurement.figures.get(name) or {} for name in ("robustness", "sets"))
    paths = {name: figures["path"] for name, figures in sets.items()}
    return robustness.get("pictures") == pictures_key() and paths == dict(settings.EVALUATION_SETS)


def measure_reports(
    versions: Sequence[ModelVersion], progress: Progress | None = None
) -> Iterator[tuple[ModelVersion, ModelFileDamaged | None]]:
    """Measures and stores the reports of versions that have a Measurement. Yields each with its error, if any.

    Preprocessing, which takes longest, is done once for all versions.
    """
    if not versions:
        return
    key = pictures_key()
    pictures = all_pictures(progress)
    sets = {name: _preprocess_set(path, progress) for name, path in settings.EVALUATION_SETS.items()}
    for version in versions:
        try:
            reader = Reader.of(version)
        except ModelFileDamaged as error:
            yield version, error
            continue
        figures = {
            "robustness": measure_curves(reader, pictures, key),
            "sets": {name: each.figures(reader) | {"path": each.path} for name, each in sets.items()},
        }
        with transaction.atomic():
            row = Measurement.objects.select_for_update().get(version=version)
            row.figures |= figures
            row.save(update_fields=["figures"])
        yield version, None


@dataclass(frozen=True)
class PreprocessedSet:
    """A set of EVALUATION_SETS after preprocessing, or the reason why it cannot be read."""

    path: str
    examples: Sequence[PreprocessedExample] = ()
    sha256: str = ""
    error: str = ""

    def figures(self, reader: Reader) -> dict[str, Any]:
        if self.error:
            return {"error": self.error}
        readings = read(reader, self.examples)
        right = np.array([each.is_right if each.label else each.verdict != Verdict.DIGIT for each in readings], bool)
        # Pictures and file names of other people's handwriting are not stored; `manage.py evaluate` prints the names.
        figures = {name: value for name, value in report(readings).items() if name != "mistakes"}
        if outliers := figures.get("junk"):
            del outliers["missed"]
        return figures | {"sha256": self.sha256, "right": packed(right)}


def _preprocess_set(path: str, progress: Progress | None) -> PreprocessedSet:
    try:
        labelled = read_examples(Path(path)).spread(LARGEST_SET)
        return PreprocessedSet(path, preprocess_all(labelled.examples, progress=progress), labelled.sha256)
    except (SetUnreadable, SiteBusy) as error:
        log.warning("A set of EVALUATION_SETS cannot be read: %s", error)
        return PreprocessedSet(path, error=str(error))
