"""Reading labelled examples with the code that serves: decoding, rows, segmentation, framing, networks and verdict.

It uses neither the database nor the queue.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.uploadedfile import UploadedFile
from numpy.typing import NDArray

from classifier.decoding.pictures import Picture
from classifier.digits.lines.messages import least_sure
from classifier.digits.lines.reader import Reader as LineReader
from classifier.errors import PictureTooLarge, SiteBusy, UnknownPictureFormat, UnreadablePicture
from classifier.models import ModelVersion
from classifier.recognition import verdict
from classifier.recognition.calibration import Calibration
from classifier.recognition.classes import Verdict
from classifier.recognition.errors import InvalidInput, ModelFileDamaged, NoInk
from classifier.recognition.inference import Network
from classifier.recognition.lines.judging import NumberVerdict
from classifier.recognition.lines.rows import Row
from classifier.recognition.lines.screening import is_plainly_one, rows_to_read, sketch_may_be_number
from classifier.recognition.lines.sketch_rows import rows_of_sketch
from classifier.recognition.preprocessing.pipeline import FoundDigit, find_digits, find_digits_in_sketch
from classifier.recognition.preprocessing.strokes import parse_sketch
from classifier.recognition.verdict import Judgement
from training.data.examples import Example, SetUnreadable, Strokes
from training.synthesis.steps import Advance, not_counted

from .metrics import ERROR, Reading

AT_ONCE = 100  # images; larger batches are not faster and need more memory
REJECTIONS = (InvalidInput, NoInk, PictureTooLarge, UnknownPictureFormat, UnreadablePicture)
VERDICTS = {
    NumberVerdict.NUMBER: Verdict.DIGIT,
    NumberVerdict.UNSURE: Verdict.UNSURE,
    NumberVerdict.NOT_A_NUMBER: Verdict.NOT_A_DIGIT,
}
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
        return cls.with_file(str(version), file_of(version), version.tflite_sha256, version.metadata)

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


def file_of(version: ModelVersion) -> bytes:
    """The network of a version. Raises ModelFileDamaged if it cannot be read."""
    try:
        with version.tflite_file.open("rb") as file:
            content: bytes = file.read()
    except OSError as error:
        raise ModelFileDamaged(f"The file of model version {version} cannot be read.") from error
    return content


@dataclass(frozen=True)
class PreprocessedExample:
    """An example after preprocessing, which is the same for every version."""

    name: str
    label: str
    digits: Sequence[FoundDigit]  # from left to right
    error: str = ""  # the error code if it was rejected
    rows: Sequence[Row] = ()  # from top to bottom, if it may be a number
    whole: FoundDigit | None = None  # all of it as one digit, if it has rows


def preprocess(example: Example, *, one_digit: bool = False) -> PreprocessedExample:
    """Finds the digits of an example. Raises SetUnreadable, SiteBusy."""
    try:
        return _preprocessed(example, one_digit)
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


def _preprocessed(example: Example, one_digit: bool) -> PreprocessedExample:
    content = example.content
    rows: list[Row] = []
    whole = None
    if isinstance(content, Strokes):
        sketch = parse_sketch(content.strokes, content.size, content.pen)
        if not sketch.strokes:
            raise NoInk("There is nothing on the pad.")
        digits = find_digits_in_sketch(sketch, one_digit=one_digit)
        if not one_digit and sketch_may_be_number(sketch):
            rows, whole = rows_of_sketch(sketch), find_digits_in_sketch(sketch, one_digit=True)[0]
    elif isinstance(content, np.ndarray):
        digits = find_digits(content, one_digit=one_digit)
        if not one_digit and not is_plainly_one(digits):
            rows, whole = rows_to_read(content)
    else:
        picture = _decode(content, one_digit)
        digits, rows, whole = picture.digits, picture.rows, picture.whole
    return PreprocessedExample(example.name, example.label, digits, rows=rows, whole=whole)


def _decode(path: Path, one_digit: bool) -> Picture:
    from classifier.digits.intake import decode_upload  # workers import this module and never decode uploads

    try:
        with path.open("rb") as file:
            upload = UploadedFile(file, path.name, size=path.stat().st_size)
            return decode_upload(upload, one_digit=one_digit)
    except SiteBusy:
        raise
    except OSError as error:
        raise SetUnreadable(f"{path} cannot be read: {error.strerror}.") from error


def read(
    reader: Reader, examples: Iterable[PreprocessedExample], line_reader: LineReader | None = None
) -> list[Reading]:
    """Returns what a version reads on each example, in their order.

    line_reader: reads the rows of what may be a number; without one, its digits are segmented.
    """
    examples = list(examples)
    segmented = iter(_read_segmented(reader, [each for each in examples if not (line_reader and each.whole)]))
    return [
        _read_rows(line_reader, each, each.whole) if line_reader and each.whole else next(segmented)
        for each in examples
    ]


def _read_segmented(reader: Reader, examples: Sequence[PreprocessedExample]) -> list[Reading]:
    digits = [digit for each in examples for digit in each.digits]
    pixels = np.array([digit.pixels for digit in digits], np.uint8).reshape(-1, 28, 28)
    judged = iter(reader.judge(pixels, [digit.hints for digit in digits]))
    return [_reading(each, [next(judged) for _ in each.digits]) for each in examples]


def _read_rows(line_reader: LineReader, example: PreprocessedExample, whole: FoundDigit) -> Reading:
    drawing = line_reader.read(example.rows, whole)
    if not drawing.rows:
        return _reading(example, [answer.judgement for answer in drawing.answers])
    least = least_sure(drawing.rows)
    return Reading(
        example.name,
        example.label,
        VERDICTS[NumberVerdict(least.verdict)],
        read=" ".join(row.number for row in drawing.rows if row.is_read),
        confidence=least.confidence,
        reason=least.reason,
    )


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
