"""What decoding a file results in: a picture with its digits, or an error. Needs no decoder."""

from dataclasses import dataclass, field

from classifier.errors import PictureTooLarge, SeveralPages, UnknownPictureFormat, UnreadablePicture
from classifier.recognition.errors import NoInk
from classifier.recognition.lines.rows import Row
from classifier.recognition.preprocessing.pipeline import FoundDigit

ERRORS = (NoInk, PictureTooLarge, SeveralPages, UnknownPictureFormat, UnreadablePicture)  # of decoding a file
REASONS = {error.code: error for error in ERRORS}
TOOK_TOO_LONG = "This picture could not be read: opening it took too long or failed."


@dataclass(frozen=True)
class Picture:
    """A decoded picture file, or page of one."""

    digits: list[FoundDigit]  # from left to right, at least one; boxes in px of the upright picture
    format: str  # code of a format, see `formats`
    width: int  # px, upright
    height: int
    turned: int = 0  # degrees clockwise by which it was turned to find the digits: 0, 90, 180 or 270
    rows: list[Row] = field(default_factory=list)  # of an upright picture that may show a number, from top to bottom
    whole: FoundDigit | None = None  # all of such a picture as one digit
