"""Digits, boxes and steps as a decoder returns them for a picture of a number."""

import numpy as np
import pytest
from PIL import Image

from classifier.decoding.client import read_picture
from classifier.decoding.picture_files import decode
from classifier.recognition.errors import NoInk
from tests.factories import encoded, picture
from tests.numbers import shown


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("side", [280, 2100])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_boxes_are_in_pixels_of_the_upright_picture(kind, side, orientation):
    """The picture is twice as wide as it is high, its number in the left half."""
    paper = np.full((side, 2 * side), 255, np.uint8)
    paper[:, :side] = shown(size=280) if side == 280 else np.asarray(Image.fromarray(shown()).resize((side, side)))
    turned = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    image = Image.fromarray(paper)
    if orientation in turned:
        image = image.transpose(turned[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode(encoded(image, kind, exif=exif), 16_000_000)
    assert (decoded.width, decoded.height) == (2 * side, side)
    left, right = (each.box for each in decoded.digits)
    zoom = side / 280
    for box, expected in ((left, (24, 54, 126, 227)), (right, (153, 63, 257, 222))):
        assert box == pytest.approx([value * zoom for value in expected], abs=14 * zoom)


def test_decoder_returns_every_digit_with_its_box_and_hints():
    data = picture(shown())
    here, there = decode(data, 10**6), read_picture(data, 10**6)
    assert len(there.digits) == 2
    for mine, other in zip(here.digits, there.digits, strict=True):
        assert np.array_equal(mine.pixels, other.pixels)
        assert (mine.box, mine.hints) == (other.box, other.hints)
    assert len(read_picture(data, 10**6, one_digit=True).digits) == 1


@pytest.mark.parametrize("side", [280, 1200])
def test_decoder_returns_the_steps_if_asked(side):
    here, there = [], []
    decoded = decode(picture(shown(size=side)), 10**7, steps=here)
    assert len(read_picture(picture(shown(size=side)), 10**7, steps=there).digits) == len(decoded.digits)
    assert [(step.name, step.title, step.advice) for step in there] == [
        (step.name, step.title, step.advice) for step in here
    ]
    assert there
    assert max(max(step.picture.shape) for step in there) <= 320
    assert np.array_equal(there[-1].picture, here[-1].picture)  # the last, the smallest, is not reduced


def test_decoder_returns_the_steps_of_a_picture_without_ink():
    steps = []
    with pytest.raises(NoInk):
        read_picture(picture(np.full((90, 120), 255, np.uint8)), 10**7, steps=steps)
    assert steps[0].picture.shape == (90, 120)
