"""The PDF of a printed sheet. Needs fpdf2, which takes 50 MB of memory, so a process of its own imports it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from fpdf import FPDF
from fpdf.enums import RenderStyle

from classifier.sheets.fields.description import Description
from classifier.sheets.fields.marks import PAPERS, Code

from . import codes, fonts
from .drawing import Copy, Rectangle, Text, pages_of, texts_of

_FAMILY = "DejaVu"


def written(name: str, description: Description, paper: str, sheet: UUID, copies: Sequence[Copy]) -> bytearray:
    """A PDF with all pages of each copy. sheet: the public id for the QR codes."""
    pdf = FPDF(unit="mm", format=PAPERS[paper])
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_title(name)
    for style, path in (("", fonts.REGULAR), ("B", fonts.BOLD)):
        pdf.add_font(_FAMILY, style, path)
    pages = pages_of(name, description, paper)
    for copy in copies:
        for number, page in enumerate(pages, 1):
            pdf.add_page()
            _draw_rectangles(pdf, page.rectangles)
            _draw_rectangles(pdf, codes.rectangles(Code(sheet, number, copy.number), paper))
            for text in [*page.texts, *texts_of(copy, number, len(pages), paper)]:
                _draw_text(pdf, text)
    return pdf.output()


def _draw_rectangles(pdf: FPDF, rectangles: Iterable[Rectangle]) -> None:
    grey, thickness = 0, 0.0
    pdf.set_fill_color(grey)
    for each in rectangles:
        if (wanted := 255 if each.is_white else 0) != grey:
            pdf.set_fill_color(grey := wanted)
        if each.thickness not in (0, thickness):
            pdf.set_line_width(thickness := each.thickness)
        style = RenderStyle.D if each.thickness else RenderStyle.F
        pdf.rect(each.left, each.top, each.width, each.height, style)


def _draw_text(pdf: FPDF, text: Text) -> None:
    pdf.set_font(_FAMILY, "B" if text.is_bold else "", text.points)
    width = 0.0 if text.align == "left" else pdf.get_string_width(text.text)
    pdf.text(text.left - (width / 2 if text.align == "middle" else width), text.baseline, text.text)
