"""Reading examples as the site reads them: decoded, found, framed, answered by the network and judged by the very
code that serves, without its database and queue.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.files.uploadedfile import UploadedFile
from numpy.typing import NDArray

from classifier.errors import PictureTooLarge, SiteBusy, UnknownPictureFormat, UnreadablePicture
from classifier.models import ModelVersion
from classifier.recognition import verdict
from classifier.recognition.calibration import Calibration
from classifier.recognition.classes import Verdict
from classifier.recognition.errors import InvalidInput, ModelFileDamaged, NoInk
from classifier.recognition.inference import Network
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import parse_sketch
from classifier.recognition.verdict import Judgement
from training.data.labelled_sets import Content, Example, SetUnreadable, Strokes

from .metrics import ERROR, Reading

AT_ONCE = 100  # images; more do not go quicker and need more memory
TURNED_AWAY = (InvalidInput, NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture)
Progress = Callable[[int, int], None]  # so many done, of so many


@dataclass(frozen=True)
class Reader:
    """A network with what it takes to judge its answers."""

    name: str
    network: Network
    calibration: Calibration | None

    @classmethod
    def of(cls, version: ModelVersion) -> "Reader":
        """Raises ModelFileDamaged, also when the file is gone."""
        try:
            with version.tflite_file.open("rb") as file:
                content = file.read()
        except OSError as error:
            raise ModelFileDamaged(f"The file of model version {version} cannot be read.") from error
        return cls.with_file(str(version), content, version.tflite_sha256, version.metadata)

    @classmethod
    def with_file(cls, name: str, content: bytes, sha256: str, metadata: dict[str, Any]) -> "Reader":
        """Raises ModelFileDamaged."""
        return cls(name, Network(content, sha256), Calibration.of(metadata.get("calibration")))


@dataclass(frozen=True)
class Looked:
    """An example after preprocessing, which is the same for every version."""

    name: str
    label: str
    found: Sequence[FoundDigit]  # from left to right
    error: str = ""  # the code of why it was turned away


def look(example: Example, *, one_digit: bool = False) -> Looked:
    """Find the digits of an example. Raises SetUnreadable, SiteBusy."""
    try:
        return Looked(example.name, example.label, _find(example.content, one_digit))
    except TURNED_AWAY as error:
        return Looked(example.name, example.label, (), error.code)


def look_at(examples: Sequence[Example], *, one_digit: bool = False, progress: Progress | None = None) -> list[Looked]:
    """Find the digits of all. Raises SetUnreadable, SiteBusy."""
    looked = []
    for number, each in enumerate(examples, start=1):
        looked.append(look(each, one_digit=one_digit))
        if progress:
            progress(number, len(examples))
    return looked


def _find(content: Content, one_digit: bool) -> list[FoundDigit]:
    if isinstance(content, Strokes):
        sketch = parse_sketch(content.strokes, content.size, content.pen)
        if not sketch.strokes:
            raise NoInk("There is nothing on the pad.")
        return find_digits_in_sketch(sketch, one_digit=one_digit)
    if isinstance(content, np.ndarray):
        return find_digits(content, one_digit=one_digit)
    from classifier.digits.intake import decode_upload  # here: workers import this module and take nothing in

    try:
        with content.open("rb") as file:
            upload = UploadedFile(file, content.name, size=content.stat().st_size)
            return decode_upload(upload, one_digit=one_digit).digits
    except SiteBusy:
        raise
    except OSError as error:
        raise SetUnreadable(f"{content} cannot be read: {error.strerror}.") from error


def judgements(
    network: Network, pixels: NDArray[np.uint8], hints: Sequence[dict[str, Any]], calibration: Calibration | None
) -> list[Judgement]:
    """What a version says of each picture. pixels: (n, 28, 28); hints: n of preprocessing.FoundDigit."""
    found: list[Judgement] = []
    for start in range(0, len(pixels), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        answer = network.answer(pixels[here])
        found += [
            verdict.judge(logits, features, image, hint, calibration)
            for logits, features, image, hint in zip(
                answer.logits, answer.features, pixels[here], hints[here], strict=True
            )
        ]
    return found


def read(reader: Reader, looked: Iterable[Looked]) -> list[Reading]:
    """What a version says of examples that were looked at, in their order."""
    looked = list(looked)
    digits = [digit for each in looked for digit in each.found]
    pixels = np.array([digit.pixels for digit in digits], np.uint8).reshape(-1, 28, 28)
    judged = iter(judgements(reader.network, pixels, [digit.hints for digit in digits], reader.calibration))
    return [_reading(each, [next(judged) for _ in each.found]) for each in looked]


def _reading(looked: Looked, judged: list[Judgement]) -> Reading:
    """One answer for all digits of an example: a number is refused when one of its digits is."""
    if not judged:
        return Reading(looked.name, looked.label, ERROR, reason=looked.error)
    worst = max(judged, key=lambda each: tuple(Verdict).index(each.verdict))
    return Reading(
        looked.name,
        looked.label,
        worst.verdict,
        read="".join(str(each.label) for each in judged),
        confidence=float(np.prod([each.confidence for each in judged])),
        reason=worst.reason,
    )
