"""Decoding picture files: every valid format and oddity is read; the rest raises only the project's errors."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from classifier.decoding.picture_files import PILLOW_FORMATS, decode
from classifier.errors import PictureTooLarge, UnknownPictureFormat, UnreadablePicture
from classifier.recognition.errors import ClassifierError, NoInk
from classifier.recognition.preprocessing.pipeline import to_model_input
from tests.factories import encoded, picture, seven

MEGAPIXELS_16 = 16_000_000


def read(data, max_pixels=MEGAPIXELS_16):
    return decode(data, max_pixels)


def shows_the_seven(pixels):
    return np.abs(pixels.astype(int) - to_model_input(seven())).mean() < 4


@pytest.mark.parametrize("kind", PILLOW_FORMATS)
def test_every_format_is_read(kind):
    result = read(picture(kind=kind))
    assert (result.format, result.width, result.height) == (kind, 280, 280)
    assert shows_the_seven(result.digits[0].pixels)


def sixteen_bits():
    return Image.fromarray(seven().astype(np.uint16) * 257)


def animation():
    """A 7, then a square."""
    second = np.full((280, 280), 255, np.uint8)
    second[100:180, 100:180] = 0
    return [Image.fromarray(seven()).convert("P"), Image.fromarray(second).convert("P")]


def see_through():
    image = Image.new("RGBA", (280, 280), (0, 0, 0, 0))
    image.putalpha(Image.fromarray(255 - seven()))
    return image


ODD = {
    "animated GIF": lambda: encoded(animation()[0], "GIF", save_all=True, append_images=animation()[1:]),
    "animated WebP": lambda: encoded(
        animation()[0].convert("RGB"), "WEBP", save_all=True, append_images=[animation()[1].convert("RGB")]
    ),
    "16-bit PNG": lambda: encoded(sixteen_bits()),
    "16-bit TIFF": lambda: encoded(sixteen_bits(), "TIFF"),
    "32-bit TIFF": lambda: encoded(Image.fromarray(seven().astype(np.int32) * 257), "TIFF"),
    "TIFF of fractions": lambda: encoded(Image.fromarray(seven().astype(np.float32) / 255), "TIFF"),
    "deflated TIFF": lambda: picture(kind="TIFF", compression="tiff_adobe_deflate"),
    "fax TIFF": lambda: picture(mode="1", kind="TIFF", compression="group4"),
    "CMYK JPEG": lambda: picture(mode="CMYK", kind="JPEG", quality=95),
    "progressive JPEG": lambda: picture(kind="JPEG", progressive=True),
    "coarse JPEG": lambda: picture(kind="JPEG", quality=30),
    "CMYK TIFF": lambda: picture(mode="CMYK", kind="TIFF"),
    "palette PNG": lambda: encoded(Image.fromarray(seven()).convert("RGB").quantize(4)),
    "palette BMP": lambda: picture(mode="P", kind="BMP"),
    "palette PNG with transparency": lambda: encoded(
        Image.fromarray(seven()).convert("RGB").quantize(4), transparency=b"\xff" * 4
    ),
    "1-bit PNG": lambda: picture(mode="1"),
    "LA PNG": lambda: picture(mode="LA"),
    "RGBA PNG": lambda: picture(mode="RGBA"),
    "interlaced RGB WebP": lambda: picture(mode="RGB", kind="WEBP", lossless=True),
    "ink on nothing, PNG": lambda: encoded(see_through()),
    "ink on nothing, WebP": lambda: encoded(see_through(), "WEBP", lossless=True),
    "ink on nothing, GIF": lambda: encoded(see_through(), "GIF"),
    "large JPEG": lambda: picture(seven(3000), "JPEG"),
    "large PNG": lambda: picture(seven(2500)),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_but_valid_file_shows_its_digit(name):
    assert shows_the_seven(read(ODD[name]()).digits[0].pixels)


def test_first_frame_of_an_animation_counts():
    still = read(encoded(animation()[0], "GIF"))
    moving = read(ODD["animated GIF"]())
    assert np.array_equal(still.digits[0].pixels, moving.digits[0].pixels)


TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("side", [280, 1300])
def test_picture_turned_by_exif_is_read_upright(kind, orientation, side):
    image = Image.fromarray(seven(side))
    if orientation in TURNED:
        image = image.transpose(TURNED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert shows_the_seven(read(encoded(image, kind, exif=exif)).digits[0].pixels)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_invalid_orientation_is_ignored(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert shows_the_seven(read(encoded(Image.fromarray(seven()), "JPEG", exif=exif)).digits[0].pixels)


PNG = picture()
NOT_PICTURES = {
    "nothing": b"",
    "text": b"seven",
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9"/></svg>',
    "HTML": b"<!doctype html><title>7</title>",
    "ICO": encoded(Image.fromarray(seven()), "ICO"),
    "PPM": encoded(Image.fromarray(seven()), "PPM"),
    "EPS": encoded(Image.fromarray(seven()), "EPS"),
    "MP4": b"\0\0\0\x1cftypisom" + bytes(100),
    "docx": b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml",
    "zeros": bytes(5000),
}


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_other_formats_are_refused_as_unknown(name):
    with pytest.raises(UnknownPictureFormat, match=r"PNG, JPEG, HEIC, .*, TIFF and PDF"):
        read(NOT_PICTURES[name])


def test_a_zip_is_to_be_sent_as_a_batch():
    with pytest.raises(UnknownPictureFormat, match=r"This is a ZIP file\. Send it as a batch"):
        read(b"PK\x03\x04" + bytes(26) + b"seven.png")


def chunk(kind, data, crc=None):
    return (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)
    )


def png_header(width, height, depth=8, colour=0):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def wrong_checksum():
    place = PNG.index(b"IDAT") + 40
    return PNG[:place] + bytes([PNG[place] ^ 1]) + PNG[place + 1 :]


DAMAGED = {
    "a cut PNG": PNG[: len(PNG) // 2],
    "a PNG without its end": PNG[:-12],
    "a PNG's signature": PNG[:8],
    "a PNG header alone": png_header(28, 28),
    "a PNG with a wrong checksum": wrong_checksum(),
    "a PNG without pixels": png_header(28, 28) + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
    "a PNG of no size": png_header(0, 0) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""),
    "a PNG of an unknown depth": png_header(28, 28, depth=7) + PNG[33:],
    "a PNG of an unknown colour": png_header(28, 28, colour=9) + PNG[33:],
    "a cut JPEG": picture(kind="JPEG")[:600],
    "a cut GIF": picture(kind="GIF")[:30],
    "a cut WebP": picture(kind="WEBP")[:200],
    "a cut BMP": picture(kind="BMP")[:2000],
    "a cut TIFF": picture(kind="TIFF")[:200],
    "a TIFF that points beyond its end": b"II*\0\xff\xff\xff\x7f",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_file_is_refused_as_unreadable(name):
    with pytest.raises(UnreadablePicture, match="cannot be read"):
        read(DAMAGED[name])


NO_SUCH_FILE = [("JPEG", "P"), ("WEBP", "P"), ("JPEG2000", "P")]


def corruptions(data, count, chance):
    """Copies of a file that are truncated, or have bytes changed, removed, repeated or inserted."""
    for _ in range(count):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(broken))
            match chance.randrange(5):
                case 0:
                    broken[at] ^= 1 << chance.randrange(8)
                case 1:
                    broken[at : at + 4] = chance.randbytes(4)
                case 2:
                    del broken[at : at + chance.randint(1, 50)]
                case 3:
                    broken[at:at] = broken[at : at + chance.randint(1, 50)]
                case 4 if len(broken) > 100:
                    del broken[max(at, 60) :]
            if not broken:
                break
        yield bytes(broken)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(kind, mode) for kind in PILLOW_FORMATS for mode in ("L", "RGB", "P") if (kind, mode) not in NO_SUCH_FILE],
)
@pytest.mark.filterwarnings("ignore")  # Pillow's warnings, which a child process does not show
def test_corrupt_files_raise_only_the_project_errors(kind, mode):
    data = picture(seven(64), kind, mode)
    for broken in corruptions(data, 60, random.Random(f"{kind}{mode}")):
        try:
            assert read(broken, 1_000_000).digits[0].pixels.shape == (28, 28)
        except ClassifierError as error:
            assert 400 <= error.status < 500


def large_png(width, height, colour=0):
    """A plain black PNG: a small file with many pixels."""
    rows = zlib.compressobj(9)
    row = bytes(1 + width * {0: 1, 2: 3, 6: 4}[colour])
    data = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    return png_header(width, height, colour=colour) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_picture_of_100_megapixels_is_refused_before_it_is_decoded():
    data = large_png(10_000, 10_000)
    assert len(data) < 200_000
    with pytest.raises(PictureTooLarge, match=r"100 megapixels; at most 16"):
        read(data)


@pytest.mark.parametrize("size", [(2**31 - 1, 2**31 - 1), (2**31 - 1, 1), (1, 2**31 - 1), (65_535, 65_535)])
def test_header_of_a_huge_size_is_refused(size):
    with pytest.raises((PictureTooLarge, UnreadablePicture)):
        read(png_header(*size) + chunk(b"IDAT", b"x") + chunk(b"IEND", b""))


def test_text_that_unpacks_to_gigabytes_is_refused():
    bomb = zlib.compress(bytes(60 * 2**20), 9)
    text = chunk(b"zTXt", b"Comment\0\0" + bomb)
    data = PNG[:33] + text * 3 + PNG[33:]
    try:
        result = read(data)
    except ClassifierError as error:
        assert error.status in (413, 422)
    else:
        assert shows_the_seven(result.digits[0].pixels)


@pytest.mark.parametrize("level", [255, 0])
def test_picture_without_ink_is_refused(level):
    with pytest.raises(NoInk):
        read(picture(np.full((100, 100), level, np.uint8)))


def test_limit_is_on_pixels_and_exact():
    data = picture(seven(100))
    assert read(data, 10_000).width == 100
    with pytest.raises(PictureTooLarge):
        read(data, 9_999)


def test_limit_of_the_site_counts_for_every_format():
    data = picture(seven(600), "JPEG")
    assert read(data, 360_000).width == 600
    with pytest.raises(PictureTooLarge):
        read(data, 359_999)


def test_decoding_does_not_change_the_data():
    data = io.BytesIO(PNG).getvalue()
    read(data)
    assert data == PNG
