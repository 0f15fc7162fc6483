"""What a field's crop shows: the field and a margin around it. Needs neither NumPy nor OpenCV, so pages use it too."""

from __future__ import annotations

from classifier.sheets.fields.description import Box

MARGIN = 0.25  # of the field's shorter side, on each side: people write over edges
WIDE_MARGIN = 0.6  # the same, to tell from what is written in the fields above and below
LEAST_MARGIN = 4  # px


def crop_box(box: Box, width: int, height: int, share: float = MARGIN) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (exclusive) of a field's crop, px.

    box: of the field, shares of the page; width, height: of the page's picture, px; share: of the field's shorter side,
    the margin on each side. The crop has at least one pixel.
    """
    left, top, across, down = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    margin = max(LEAST_MARGIN, share * min(across, down))
    first, upper = (min(max(0, int(side - margin)), limit - 1) for side, limit in ((left, width), (top, height)))
    last, lower = min(width, int(left + across + margin) + 1), min(height, int(top + down + margin) + 1)
    return first, upper, max(first + 1, last), max(upper + 1, lower)
