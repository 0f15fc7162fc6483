"""How pictures become 28×28: placed as in MNIST, at any size, place, polarity, mode or light."""

import contextlib
import io
import os

import numpy as np
import pytest
from PIL import Image, ImageDraw

from classifier.decoding.picture_files import decode
from classifier.digits.samples.mnist import read_generated, read_mnist
from classifier.recognition.errors import NoInk
from classifier.recognition.preprocessing.framing import (
    SIDE,
    frame,
    ink_box,
    place_by_mass,
    scale_to_box,
    to_network_scale,
)
from classifier.recognition.preprocessing.greyscale import to_grey
from classifier.recognition.preprocessing.pipeline import find_digits, sketch_to_model_input, to_model_input
from classifier.recognition.preprocessing.strokes import Sketch
from tests.factories import encoded, seven

INKS = {
    "seven": [[(60, 60), (220, 60), (130, 230)]],
    "one": [[(140, 20), (140, 260)]],
    "a dot": [[(90, 200), (91, 200)]],
    "a bar": [[(20, 150), (260, 150)]],
    "heavy on the left": [[(30, 30), (30, 250)], [(34, 30), (34, 250)], [(38, 30), (38, 250)], [(30, 140), (250, 140)]],
    "heavy below": [[(40, 240), (240, 240)], [(40, 230), (240, 230)], [(140, 30), (140, 240)]],
    "a corner": [[(20, 20), (20, 260), (260, 260)]],
    "far apart": [[(30, 30), (32, 30)], [(250, 250), (252, 250)]],
}


def inked(strokes, size=(280, 280), width=18, background=255, ink=0):
    """A grey picture with strokes drawn on it."""
    image = Image.new("L", size, background)
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, fill=ink, width=width, joint="curve")
    return np.asarray(image)


def centre(pixels):
    weight = pixels.astype(float)
    return weight.sum(1) @ np.arange(SIDE) / weight.sum(), weight.sum(0) @ np.arange(SIDE) / weight.sum()


def box(pixels, above=0):
    rows, columns = np.flatnonzero((pixels > above).any(1)), np.flatnonzero((pixels > above).any(0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def nearly(one, other, levels=1):
    return int(np.abs(one.astype(int) - other.astype(int)).max()) <= levels


def nearest_shift(pixels, original):
    """The greatest difference, over the best shift of at most one pixel."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(int(np.abs(np.roll(pixels, shift, (0, 1)).astype(int) - original.astype(int)).max()) for shift in shifts)


@pytest.fixture(scope="module")
def test_images():
    """300 framed images: of MNIST if it is available, else generated ones."""
    path = os.environ.get("MNIST_PATH")
    return (read_mnist(path, ["x_test"]) if path else read_generated())["x_test"][:300]


def test_framed_image_is_unchanged(test_images):
    assert [index for index, image in enumerate(test_images) if nearest_shift(to_model_input(image), image) > 1] == []


def test_negative_of_a_framed_image_is_unchanged(test_images):
    assert [
        index for index, image in enumerate(test_images) if nearest_shift(to_model_input(255 - image), image) > 1
    ] == []


@pytest.mark.parametrize("inverted", [False, True])
def test_png_of_a_framed_image_is_unchanged(test_images, inverted):
    for image in test_images[:40]:
        file = encoded(Image.fromarray(255 - image if inverted else image))
        assert nearest_shift(decode(file, 10**6).digits[0].pixels, image) <= 1


def with_marks(image, marks):
    """Framed with marks so far off that in another picture they would be specks, or another digit."""
    ink = np.zeros((60, 60), np.float32)
    ink[16:44, 16:44] = image
    for rows, columns, level in marks:
        ink[rows, columns] = level
    return frame(ink)


MARKS = {
    "faint specks": [(slice(17, 18), slice(18, 19), 50), (slice(43, 44), slice(40, 41), 40)],
    "dark specks": [(slice(17, 18), slice(16, 17), 255), (slice(44, 45), slice(46, 47), 255)],
    "dots beside it": [(slice(20, 27), slice(47, 49), 250), (slice(30, 40), slice(47, 49), 250)],
}


@pytest.mark.parametrize("one_digit", [False, True])
@pytest.mark.parametrize("name", MARKS)
def test_framed_image_keeps_every_mark_and_is_one_digit(test_images, name, one_digit):
    for image in test_images[:60]:
        framed = with_marks(image, MARKS[name])
        for picture in (framed, 255 - framed):
            (digit,) = find_digits(picture, one_digit=one_digit)
            assert nearest_shift(digit.pixels, framed) <= 1


@pytest.mark.parametrize("change", ["moved", "on a larger sheet", "cut out", "larger"])
def test_specks_of_an_image_framed_differently_are_left_out(change):
    changes = {
        "moved": lambda framed: np.roll(framed, (-1, 1), (0, 1)),
        "on a larger sheet": lambda framed: np.pad(framed, ((0, 9), (0, 9))),
        "cut out": lambda framed: framed[1:, 1:],
        "larger": lambda framed: place_by_mass(scale_to_box(framed.astype(np.float32), 22)),
    }
    one = np.zeros((28, 28), np.uint8)
    one[4:24, 13:16] = 255
    framed = with_marks(one, MARKS["faint specks"])
    assert find_digits(framed)[0].box == ink_box(framed)
    other = changes[change](framed)
    assert find_digits(other)[0].box != ink_box(other)


def test_framing_twice_changes_nothing(test_images):
    for image in test_images[:100]:
        once = to_model_input(image)
        assert np.array_equal(to_model_input(once), once)


@pytest.mark.parametrize("name", INKS)
@pytest.mark.parametrize("size", [(280, 280), (281, 301)])
def test_centre_of_mass_lies_within_half_a_pixel_of_14(name, size):
    row, column = centre(to_model_input(inked(INKS[name], size)))
    assert abs(row - 14) <= 0.5
    assert abs(column - 14) <= 0.5


def test_random_blots_are_centred_too():
    chance = np.random.default_rng(7)
    for _ in range(60):
        strokes = [[tuple(map(int, point)) for point in chance.integers(20, 260, (3, 2))] for _ in range(3)]
        pixels = to_model_input(inked(strokes, width=int(chance.integers(2, 40))))
        assert np.abs(np.subtract(centre(pixels), 14)).max() <= 0.5
        assert max(box(pixels)) <= 20


@pytest.mark.parametrize(
    ("strokes", "expected"),
    [
        ([[(60, 60), (220, 60), (220, 220), (60, 220), (60, 60)]], (20, 20)),
        ([[(100, 40), (100, 240)]], (20, 2)),  # 200 × 18 px
        ([[(40, 100), (240, 100)]], (2, 20)),
        ([[(91, 49), (91, 231), (189, 231), (189, 49), (91, 49)]], (20, 11.6)),
    ],
)
def test_ink_fills_a_box_of_20_and_keeps_its_aspect(strokes, expected):
    height, width = box(to_model_input(inked(strokes)))
    assert abs(height - expected[0]) <= 1
    assert abs(width - expected[1]) <= 1


@pytest.mark.parametrize("shift", [(-50, -50), (40, 0), (0, 35), (45, 35)])
def test_place_on_the_paper_does_not_matter(shift):
    there = [[(x + shift[0], y + shift[1]) for x, y in stroke] for stroke in INKS["seven"]]
    assert np.array_equal(to_model_input(inked(there)), to_model_input(inked(INKS["seven"])))


@pytest.mark.parametrize("scale", [0.5, 0.75, 2, 5, 9])
def test_size_hardly_matters(scale):
    strokes = [[(x * scale, y * scale) for x, y in stroke] for stroke in INKS["seven"]]
    side = round(280 * scale)
    pixels = to_model_input(inked(strokes, (side, side), width=round(18 * scale)))
    expected = to_model_input(inked(INKS["seven"]))
    shifted = [np.roll(pixels, (down, right), (0, 1)).astype(int) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    assert min(np.abs(each - expected).mean() for each in shifted) < 5


@pytest.mark.parametrize(
    ("background", "ink"), [(255, 0), (0, 255), (200, 60), (60, 200), (128, 90), (128, 166), (255, 225)]
)
def test_polarity_and_contrast_do_not_matter(background, ink):
    pixels = to_model_input(inked(INKS["seven"], background=background, ink=ink))
    assert nearly(pixels, to_model_input(inked(INKS["seven"])), levels=4)
    assert pixels.max() >= 250


def seven_image():
    return Image.fromarray(seven())


def transparent(ink):
    """A 7 in `ink` on a transparent background of the same value: only alpha differs."""
    image = Image.new("RGBA", (280, 280), (ink, ink, ink, 0))
    image.putalpha(Image.fromarray(255 - seven()))
    return image


def palette_with_transparency():
    image = Image.fromarray((seven() < 128).astype(np.uint8), "L").convert("P")
    image.putpalette([255, 255, 255, 0, 0, 0] + [0] * 762)
    image.info["transparency"] = 0
    return image


MODES = {
    "RGB": lambda: seven_image().convert("RGB"),
    "CMYK": lambda: seven_image().convert("RGB").convert("CMYK"),
    "YCbCr": lambda: seven_image().convert("RGB").convert("YCbCr"),
    "LAB": lambda: Image.merge("LAB", [seven_image(), *[Image.new("L", (280, 280), 128)] * 2]),
    "palette": lambda: seven_image().convert("RGB").quantize(8),
    "1 bit": lambda: seven_image().point(lambda value: 255 * (value > 127)).convert("1"),
    "LA": lambda: seven_image().convert("LA"),
    "RGBA, opaque": lambda: seven_image().convert("RGBA"),
    "dark ink on nothing": lambda: transparent(0),
    "light ink on nothing": lambda: transparent(255),
    "palette with transparency": palette_with_transparency,
    "I;16": lambda: Image.fromarray(seven().astype(np.uint16) * 257),
    "I of 16 bits": lambda: Image.fromarray(seven().astype(np.int32) * 257),
    "I of 8 bits": lambda: Image.fromarray(seven().astype(np.int32)),
    "F to 255": lambda: Image.fromarray(seven().astype(np.float32)),
    "F to 1": lambda: Image.fromarray(seven().astype(np.float32) / 255),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_shows_the_same_digit(mode):
    expected = to_model_input(seven())
    pixels = to_model_input(to_grey(MODES[mode]()))
    assert np.abs(pixels.astype(int) - expected).mean() < 3


@pytest.mark.parametrize(
    ("background", "ink"), [((255, 255, 255), (255, 255, 0)), ((200, 60, 60), (60, 140, 60)), ((0, 0, 90), (0, 60, 0))]
)
def test_colours_of_similar_brightness_are_distinguished(background, ink):
    coloured = np.where(seven()[..., None] < 128, np.array(ink, np.uint8), np.array(background, np.uint8))
    assert np.abs(to_model_input(to_grey(Image.fromarray(coloured))).astype(int) - to_model_input(seven())).mean() < 5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38, -5.0])
def test_odd_fractions_of_a_tiff_are_read_or_refused(value):
    array = seven().astype(np.float32) / 255
    array[100:120, 100:120] = value
    grey = to_grey(Image.fromarray(array))
    assert grey.dtype == np.uint8
    with contextlib.suppress(NoInk):
        assert to_model_input(grey).shape == (28, 28)


@pytest.mark.parametrize("darkest", [225, 200, 160])
@pytest.mark.parametrize("ink", [0.2, 0.5])
def test_uneven_light_and_noise_leave_the_digit(darkest, ink):
    """As in a photograph: the light falls off across the paper, there is grain, and the ink is grey."""
    chance = np.random.default_rng(3)
    light = np.linspace(235, darkest, 280)[None, :] * np.linspace(1, 0.9, 280)[:, None]
    photograph = light * (ink + (1 - ink) * seven() / 255) + chance.normal(0, 4, (280, 280))
    pixels = to_model_input(np.clip(photograph, 0, 255).astype(np.uint8))
    expected = to_model_input(seven())
    overlap = np.corrcoef(pixels.ravel(), expected.ravel())[0, 1]
    assert overlap > 0.9


@pytest.mark.parametrize(
    "grey",
    [
        np.full((280, 280), 255, np.uint8),
        np.zeros((280, 280), np.uint8),
        np.full((1, 1), 7, np.uint8),
        np.full((1, 5000), 90, np.uint8),
        inked(INKS["seven"], background=200, ink=190),
        np.random.default_rng(1).integers(200, 206, (280, 280)).astype(np.uint8),
        np.tile(np.linspace(120, 240, 280).astype(np.uint8), (280, 1)),
    ],
    ids=["white", "black", "one pixel", "a line", "almost white", "grain", "a gradient"],
)
def test_picture_without_ink_is_refused(grey):
    with pytest.raises(NoInk, match="no ink"):
        to_model_input(grey)


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 5000), (5000, 1), (3, 3), (640, 641), (28, 9000)])
def test_odd_shapes_give_28_by_28_or_are_refused(shape):
    grey = np.full(shape, 255, np.uint8)
    grey[shape[0] // 2, shape[1] // 2 :] = 0
    with contextlib.suppress(NoInk):
        assert to_model_input(grey).shape == (28, 28)


def test_sketch_that_covers_the_pads_border_keeps_its_polarity():
    """A frame all round is ink, not background: the background of a sketch is known."""
    pixels = sketch_to_model_input(Sketch([[[0, 0], [280, 0], [280, 280], [0, 280], [0, 0]]], 280, 280, 30))
    assert pixels[14, 14] == 0
    assert pixels[14, 4:7].max() == 255


@pytest.mark.parametrize("strokes", [[], [[[2000, 2000], [2100, 2000]]], [[[-50, 100]]]])
def test_sketch_without_ink_on_the_pad_is_refused(strokes):
    with pytest.raises(NoInk):
        sketch_to_model_input(Sketch(strokes, 280, 280, 18))


def test_pixels_are_divided_by_255_exactly_once():
    pixels = np.arange(784, dtype=np.uint16).reshape(1, 28, 28).astype(np.uint8)
    scaled = to_network_scale(pixels)
    assert (scaled.shape, scaled.dtype) == ((1, 28, 28, 1), np.float32)
    assert scaled.max() == 1.0
    assert np.array_equal(np.rint(scaled[..., 0] * 255), pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_followed(orientation):
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    image = seven_image()
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    (image if stored is None else image.transpose(stored)).save(file, "PNG", exif=exif)
    assert nearly(decode(file.getvalue(), 10**6).digits[0].pixels, to_model_input(seven()))
