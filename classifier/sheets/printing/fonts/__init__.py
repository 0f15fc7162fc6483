"""The fonts of printed sheets, and how wide texts are in them. See LICENSE.txt beside this module."""

from functools import cache
from pathlib import Path

from PIL import ImageFont

FOLDER = Path(__file__).parent
REGULAR, BOLD = FOLDER / "DejaVuSansCondensed.ttf", FOLDER / "DejaVuSansCondensed-Bold.ttf"
POINT = 25.4 / 72  # mm
_MEASURED = 100  # px of the font in which widths are measured


@cache
def font(is_bold: bool, size: float) -> ImageFont.FreeTypeFont:
    """size: in px."""
    return ImageFont.truetype(BOLD if is_bold else REGULAR, size, layout_engine=ImageFont.Layout.BASIC)


def width(text: str, points: float, is_bold: bool = False) -> float:
    """The width of a text in mm."""
    return font(is_bold, _MEASURED).getlength(text) / _MEASURED * points * POINT


def unprintable(text: str) -> str:
    """The first character of a text that the fonts do not have; "" if they have all."""
    return next((each for each in text if not _has(each)), "")


@cache
def _has(character: str) -> bool:
    """Whether the fonts have a character, which they show otherwise as an empty box."""
    face = font(False, _MEASURED)
    missing = face.getmask("\uffff")
    shown = face.getmask(character)
    return character == " " or (shown.size, bytes(shown)) != (missing.size, bytes(missing))


def wrapped(text: str, points: float, most: float, is_bold: bool = False) -> list[str]:
    """A text in lines of at most `most` mm. Words that are longer are divided."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, points, is_bold) <= most:
            lines[-1] = longer
            continue
        lines += [""] if lines[-1] else []
        for character in word:
            if lines[-1] and width(lines[-1] + character, points, is_bold) > most:
                lines.append("")
            lines[-1] += character
    return lines
