"""Pictures of a printed sheet's empty pages, drawn with Pillow."""

from __future__ import annotations

from uuid import UUID

from PIL import Image, ImageDraw

from classifier.sheets.fields.description import Description
from classifier.sheets.fields.marks import PAPERS, Code

from . import codes, fonts
from .drawing import Copy, Page, Rectangle, Text, pages_of, texts_of

_ANCHORS = {"left": "ls", "middle": "ms", "right": "rs"}


def pictures(
    name: str, description: Description, paper: str, sheet: UUID, side: int, copy: Copy | None = None
) -> list[Image.Image]:
    """The pages of a copy, by default of one without number or name, in grey.

    sheet: the public id for the QR codes; side: of the longer side, in px.
    """
    copy = copy or Copy(0)
    drawn = []
    for number, page in enumerate(pages_of(name, description, paper), 1):
        page.texts += texts_of(copy, number, description.pages, paper)
        page.rectangles += codes.rectangles(Code(sheet, number, copy.number), paper)
        drawn.append(_draw(page, paper, side))
    return drawn


def _draw(page: Page, paper: str, side: int) -> Image.Image:
    width, height = PAPERS[paper]
    scale = side / height
    image = Image.new("L", (round(width * scale), side), 255)
    draw = ImageDraw.Draw(image)
    for rectangle in page.rectangles:
        _draw_rectangle(draw, rectangle, scale)
    for text in page.texts:
        _draw_text(draw, text, scale)
    return image


def _draw_rectangle(draw: ImageDraw.ImageDraw, rectangle: Rectangle, scale: float) -> None:
    left, top = rectangle.left * scale, rectangle.top * scale
    right, bottom = left + rectangle.width * scale, top + rectangle.height * scale
    half = rectangle.thickness * scale / 2
    if not half:
        _fill(draw, left, top, right, bottom, 255 if rectangle.is_white else 0)
        return
    _fill(draw, left - half, top - half, right + half, top + half)
    _fill(draw, left - half, bottom - half, right + half, bottom + half)
    _fill(draw, left - half, top - half, left + half, bottom + half)
    _fill(draw, right - half, top - half, right + half, bottom + half)


def _fill(draw: ImageDraw.ImageDraw, left: float, top: float, right: float, bottom: float, grey: int = 0) -> None:
    """At least a pixel wide and high."""
    first, last = (round(left), round(top)), (max(round(right) - 1, round(left)), max(round(bottom) - 1, round(top)))
    draw.rectangle((first, last), fill=grey)


def _draw_text(draw: ImageDraw.ImageDraw, text: Text, scale: float) -> None:
    face = fonts.font(text.is_bold, round(text.points * fonts.POINT * scale, 1))
    draw.text((text.left * scale, text.baseline * scale), text.text, fill=0, font=face, anchor=_ANCHORS[text.align])
