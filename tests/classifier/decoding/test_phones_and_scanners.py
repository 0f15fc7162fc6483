"""Files as phones and scanners make them: HEIC, AVIF, MPO, JPEG 2000, many megapixels, black and white scans."""

import io
import random
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from classifier.decoding import client, formats, server_process
from classifier.decoding.client import read_picture
from classifier.decoding.decoders import aims, memory, shrinking
from classifier.decoding.limits import PIXEL_BYTES
from classifier.decoding.picture_files import decode
from classifier.decoding.server_process import ServerProcess
from classifier.errors import PictureTooLarge, UnreadablePicture
from classifier.recognition.errors import ClassifierError
from tests.classifier.decoding.test_decoding import corruptions, shows_the_seven
from tests.environment import BASE_DIR
from tests.factories import encoded, heic, seven

MOST = 200_000_000
PATIENT_S = 100  # for tests of memory, on a busy machine
FAST = {"quality": 40, "enc_params": {"preset": "ultrafast"}}


def photograph(width, height, mode="L"):
    """A 7 in the middle of a picture of this size."""
    side = min(width, height)
    image = Image.new("L", (width, height), 255)
    image.paste(Image.fromarray(seven(700)).resize((side, side)), ((width - side) // 2, (height - side) // 2))
    return image.convert(mode)


def assert_is_read(data, code, size, label=shows_the_seven):
    result = decode(data, MOST)
    assert (result.format, result.width, result.height) == (code, *size)
    assert label(result.digits[0].pixels)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("side", [280, 1400])
def test_heic_is_read(mode, side):
    assert_is_read(heic(Image.fromarray(seven(side)).convert(mode)), "HEIF", (side, side))


def test_heic_of_tiles_is_read_as_iphones_write_it():
    assert_is_read(heic(photograph(1600, 1200, "RGB"), tile_size=512, **FAST), "HEIF", (1600, 1200))


def test_heic_turned_by_exif_is_read_upright():
    """Encoders put the orientation into the container; the EXIF data keeps it, too, and must not turn it again."""
    image, exif = photograph(600, 400, "RGB").transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6
    assert_is_read(heic(image, exif=exif.tobytes()), "HEIF", (600, 400))


def test_main_picture_of_a_heic_with_several_counts():
    import pillow_heif

    file = pillow_heif.from_pillow(Image.new("L", (300, 300), 255))
    file.add_from_pillow(Image.fromarray(seven()))
    data = io.BytesIO()
    file.save(data, primary_index=1)
    assert_is_read(data.getvalue(), "HEIF", (280, 280))


@pytest.mark.filterwarnings("ignore")
def test_corrupt_heic_raises_only_the_project_errors():
    for broken in corruptions(heic(Image.fromarray(seven(64))), 60, random.Random("HEIC")):
        try:
            decode(broken, MOST)
        except ClassifierError as error:
            assert 400 <= error.status < 500


def test_cut_heic_is_refused_as_damaged():
    with pytest.raises(UnreadablePicture, match="damaged"):
        decode(heic(Image.fromarray(seven()))[:-200], MOST)


def test_avif_turned_by_its_container_is_read_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = photograph(600, 400, "RGB").transpose(Image.Transpose.ROTATE_90)
    assert_is_read(encoded(image, "AVIF", exif=exif), "AVIF", (600, 400))


def test_mpo_counts_as_the_jpeg_that_it_begins_with():
    second = Image.new("L", (280, 280), 255)
    data = encoded(Image.fromarray(seven()), "MPO", save_all=True, append_images=[second])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    assert_is_read(data, "JPEG", (280, 280))


@pytest.mark.parametrize("halvings", [0, 5])
@pytest.mark.parametrize("options", [{}, {"no_jp2": True}])
def test_jpeg_2000_is_decoded_as_small_as_it_can_be(halvings, options):
    data = encoded(photograph(3000, 2000, "RGB"), "JPEG2000", num_resolutions=halvings + 1, **options)
    assert_is_read(data, "JPEG2000", (3000, 2000))
    image = Image.open(io.BytesIO(data))
    small, whole = (memory._most_pixels(image, "JPEG2000", aims.DIGITS), PIXEL_BYTES / memory.JPEG_2000_BYTES)
    assert small == whole * (4 if halvings else 1)


LARGE = {
    "JPEG of 50 megapixels": ("JPEG", (8064, 6048), "RGB", {}),
    "JPEG of 200 megapixels": ("JPEG", (16320, 12240), "L", {}),
    "progressive JPEG of 50 megapixels": ("JPEG", (8064, 6048), "RGB", {"progressive": True, "subsampling": 0}),
    "colour PNG of 50 megapixels": ("PNG", (8064, 6048), "RGB", {"compress_level": 1}),
    "transparent PNG of 50 megapixels": ("PNG", (8064, 6048), "RGBA", {"compress_level": 1}),
    "A4 scan of 600 dpi, PNG": ("PNG", (4960, 7016), "1", {}),
    "A4 scan of 600 dpi, fax TIFF": ("TIFF", (4960, 7016), "1", {"compression": "group4"}),
    "A3 scan of 1200 dpi, fax TIFF": ("TIFF", (14032, 13000), "1", {"compression": "group4"}),
    "colour TIFF in one strip": ("TIFF", (8064, 6048), "RGB", {"compression": "tiff_lzw", "strip_size": 2**30}),
    "GIF of 50 megapixels": ("GIF", (8064, 6048), "P", {}),
    "WebP of 16 megapixels": ("WEBP", (4000, 4000), "RGBA", {"lossless": True, "method": 0, "quality": 0}),
    "AVIF of 16 megapixels": ("AVIF", (4000, 4000), "RGBA", {"subsampling": "4:4:4", "speed": 10}),
    "JPEG 2000 of 16 megapixels": ("JPEG2000", (4000, 4000), "RGB", {"num_resolutions": 1}),
}
QUICK = {"JPEG of 50 megapixels", "A4 scan of 600 dpi, PNG", "A4 scan of 600 dpi, fax TIFF", "AVIF of 16 megapixels"}


@contextmanager
def decoder_with(**limits):
    """Pictures are read by a decoder of its own, with other limits of classifier.decoding.server."""
    start, own = subprocess.Popen, ServerProcess()
    code = f"import sys, classifier.decoding.server as d; vars(d).update({limits}); d.serve(sys.argv[1], 1)"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", lambda command, **more: start([command[0], "-c", code, command[3]], **more))
        own.connect().close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "_server", own)
        patch.setattr(server_process, "TIME_S", limits["TIME_S"])
        try:
            yield
        finally:
            own.stop()


@pytest.fixture(scope="module")
def patient_decoder():
    with decoder_with(TIME_S=PATIENT_S):
        yield


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in LARGE]
)
def test_largest_pictures_are_read_within_the_memory_of_a_child(name, patient_decoder):
    """The child ends, or says that memory is short, when it takes more than its limit."""
    code, size, mode, options = LARGE[name]
    result = read_picture(encoded(photograph(*size, mode), code, **options), MOST)
    assert (result.format, result.width, result.height) == (code, *size)
    assert shows_the_seven(result.digits[0].pixels)


def test_jpeg_is_decoded_at_a_smaller_size():
    image = Image.open(io.BytesIO(encoded(photograph(6000, 4000), "JPEG")))
    assert shrinking.decode_small(image, aims.DIGITS) == (6000, 4000)
    assert image.size == (3000, 2000)


@pytest.mark.slow  # encoding takes long
def test_heic_of_48_megapixels_is_read_without_further_copies():
    """In 290 MB, which Pillow's copy of the picture, or an arena of memory for a second thread, would exceed."""
    data = heic(photograph(8064, 6048, "RGB"), tile_size=2016, **FAST)
    with decoder_with(MEMORY_BYTES=290 * 2**20, TIME_S=PATIENT_S):
        assert read_picture(data, MOST).width == 8064


def webp_header(width, height, kind):
    if kind == b"VP8X":
        body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little")
    else:
        body = b"\x30\x01\x00\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return b"RIFF" + (4 + 8 + len(body)).to_bytes(4, "little") + b"WEBP" + kind + len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_webp_bomb_is_refused_by_its_header(kind):
    with pytest.raises(PictureTooLarge, match="269 megapixels"):
        decode(webp_header(16383, 16381, kind), 10**9)


def test_refusal_says_what_can_be_read_in_this_format():
    with pytest.raises(PictureTooLarge, match=r"17 megapixels; at most 16 can be read in this format \(WebP\)"):
        decode(webp_header(4000, 4001, b"VP8X"), MOST)


def test_progressive_jpeg_has_a_limit_of_its_own_because_its_coefficients_are_all_in_memory(monkeypatch):
    monkeypatch.setattr(memory, "PIXEL_BYTES", 6 * 280 * 280 - 1)
    colour = Image.fromarray(seven()).convert("RGB")
    assert decode(encoded(colour, "JPEG", subsampling=0), MOST).width == 280
    assert decode(encoded(colour, "JPEG", progressive=True, subsampling=2), MOST).width == 280
    with pytest.raises(PictureTooLarge):
        decode(encoded(colour, "JPEG", progressive=True, subsampling=0), MOST)


def test_limits_for_people_follow_from_the_formats_and_the_setting():
    assert formats.limits(200) == "50 megapixels (AVIF, WebP and JPEG 2000: 16; JPEG: 200)"
    assert formats.limits(30) == "30 megapixels (AVIF, WebP and JPEG 2000: 16)"
    assert formats.limits(16) == "16 megapixels"


@pytest.mark.parametrize("name", ["README.md", "docs/api.md"])
def test_documents_name_the_formats_that_are_read(name):
    text = " ".join((BASE_DIR / name).read_text().split())
    assert formats.titles() in text or formats.titles("or") in text


def test_readme_names_the_limits():
    assert f"32 MB and {formats.limits(200)}" in " ".join((BASE_DIR / "README.md").read_text().split())


def test_accepted_files_have_the_types_and_suffixes_of_the_formats():
    accepted = formats.accepted().split(",")
    assert {"image/heic", ".heic", "image/avif", "application/pdf", ".tif", ".jpg", ".jp2"} <= set(accepted)
    assert len(accepted) == len(set(accepted))


NO_DECODERS = "import sys; assert not {'pillow_heif', 'pypdfium2', 'cv2', 'zxingcpp'} & set(sys.modules)"


@pytest.mark.parametrize(
    "start",
    [
        "import django; django.setup(); import digitsite.urls, digitsite.celery; "
        "import classifier.tasks, classifier.sheets.tasks",
        "import classifier.decoding.server as s; s._warm_up()",
    ],
)
def test_only_a_child_that_needs_them_loads_heavy_libraries(start):
    code = f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; {start}; {NO_DECODERS}"
    subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, check=True)


@pytest.mark.parametrize(
    ("mode", "transparent"),
    [("1", None), ("1", 1), ("L", 255), ("RGB", (255, 255, 255)), ("P", 255), ("LA", None), ("I;16", 65535)],
)
def test_large_pictures_of_every_mode_are_shrunk(mode, transparent):
    image = photograph(3000, 2600)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    data = encoded(image.convert(mode), **({} if transparent is None else {"transparency": transparent}))
    assert_is_read(data, "PNG", (3000, 2600))
