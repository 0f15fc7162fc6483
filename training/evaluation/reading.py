"""Reading labelled examples with the code that serves: decoding, segmentation, framing, network and verdict.

It uses neither the database nor the queue.
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
from training.data.examples import Content, Example, SetUnreadable, Strokes
from training.synthesis.steps import Advance, not_counted

from .metrics import ERROR, Reading

AT_ONCE = 100  # images; larger batches are not faster and need more memory
REJECTIONS = (InvalidInput, NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture)
Progress = Callable[[int, int], None]  # examples done, of all


@dataclass(frozen=True)
class Reader:
    """A network with its name and calibration."""

    name: str
    network: Network
    calibration: Calibration | None

    @classmethod
    def of(cls, version: ModelVersion) -> "Reader":
        """Raises ModelFileDamaged if the file is damaged or missing."""
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

    def judge(
        self, pixels: NDArray[np.uint8], hints: Sequence[dict[str, Any]], advance: Advance = not_counted
    ) -> list[Judgement]:
        """Returns the verdict on each picture.

        pixels: shape (n, 28, 28); hints: those of n FoundDigits. advance: receives how many are read.
        """
        judged: list[Judgement] = []
        for start in range(0, len(pixels), AT_ONCE):
            here = slice(start, start + AT_ONCE)
            answer = self.network.answer(pixels[here])
            judged += verdict.judge_rows(answer.logits, answer.features, pixels[here], hints[here], self.calibration)
            advance(len(judged))
        return judged

    def single_image_ms(self, pixels: NDArray[np.uint8]) -> float:
        """Returns the median time that the network takes for one image, in milliseconds. pixels: (n, 28, 28)."""
        return float(np.median([self.network.answer(image[None]).elapsed_ms for image in pixels]))


@dataclass(frozen=True)
class PreprocessedExample:
    """An example after preprocessing, which is the same for every version."""

    name: str
    label: str
    digits: Sequence[FoundDigit]  # from left to right
    error: str = ""  # the error code if it was rejected


def preprocess(example: Example, *, one_digit: bool = False) -> PreprocessedExample:
    """Finds the digits of an example. Raises SetUnreadable, SiteBusy."""
    try:
        return PreprocessedExample(example.name, example.label, _find_digits(example.content, one_digit))
    except REJECTIONS as error:
        return PreprocessedExample(example.name, example.label, (), error.code)


def preprocess_all(
    examples: Sequence[Example], *, one_digit: bool = False, progress: Progress | None = None
) -> list[PreprocessedExample]:
    """Finds the digits of all examples. Raises SetUnreadable, SiteBusy."""
    preprocessed = []
    for number, each in enumerate(examples, start=1):
        preprocessed.append(preprocess(each, one_digit=one_digit))
        if progress:
            progress(number, len(examples))
    return preprocessed


def _find_digits(content: Content, one_digit: bool) -> list[FoundDigit]:
    if isinstance(content, Strokes):
        sketch = parse_sketch(content.strokes, content.size, content.pen)
        if not sketch.strokes:
            raise NoInk("There is nothing on the pad.")
        return find_digits_in_sketch(sketch, one_digit=one_digit)
    if isinstance(content, np.ndarray):
        return find_digits(content, one_digit=one_digit)
    from classifier.digits.intake import decode_upload  # workers import this module and never decode uploads

    try:
        with content.open("rb") as file:
            upload = UploadedFile(file, content.name, size=content.stat().st_size)
            return decode_upload(upload, one_digit=one_digit).digits
    except SiteBusy:
        raise
    except OSError as error:
        raise SetUnreadable(f"{content} cannot be read: {error.strerror}.") from error


def read(reader: Reader, examples: Iterable[PreprocessedExample]) -> list[Reading]:
    """Returns what a version reads on each example, in their order."""
    examples = list(examples)
    digits = [digit for each in examples for digit in each.digits]
    pixels = np.array([digit.pixels for digit in digits], np.uint8).reshape(-1, 28, 28)
    judged = iter(reader.judge(pixels, [digit.hints for digit in digits]))
    return [_reading(each, [next(judged) for _ in each.digits]) for each in examples]


def _reading(example: PreprocessedExample, judged: list[Judgement]) -> Reading:
    """Returns one answer for all digits of an example: a number is refused if one of its digits is."""
    if not judged:
        return Reading(example.name, example.label, ERROR, reason=example.error)
    worst = max(judged, key=lambda each: tuple(Verdict).index(each.verdict))
    return Reading(
        example.name,
        example.label,
        worst.verdict,
        read="".join(str(each.label) for each in judged),
        confidence=float(np.prod([each.confidence for each in judged])),
        reason=worst.reason,
    )
