"""A field's crop shows the field with a margin, and never nothing."""

import pytest

from classifier.sheets.reading.crops import crop_box

WIDTH, HEIGHT = 1654, 2339


def test_the_margin_is_a_share_of_the_shorter_side() -> None:
    assert crop_box((0.1, 0.1, 0.2, 0.02), 1000, 2000) == (90, 190, 311, 251)


@pytest.mark.parametrize(
    "box", [(0, 0, 1, 1), (0, 0, 0.002, 0.002), (0.998, 0.998, 0.0021, 0.0021), (0.5, 0.5, 0.002, 0.3)]
)
def test_the_crop_is_within_the_page_and_holds_the_field(box) -> None:
    left, top, right, bottom = crop_box(box, WIDTH, HEIGHT)
    assert 0 <= left < right <= WIDTH
    assert 0 <= top < bottom <= HEIGHT
    assert left <= box[0] * WIDTH
    assert right >= min(WIDTH, int((box[0] + box[2]) * WIDTH))


def test_a_tiny_page_has_a_crop_too() -> None:
    assert crop_box((0.9, 0.9, 0.1, 0.1), 1, 1) == (0, 0, 1, 1)
