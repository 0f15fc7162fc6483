"""The picture of a whole page: large enough to read small print, upright, and decoded in bounded processes."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from classifier.archives import directory
from classifier.archives.members import StoredMember
from classifier.decoding.client import MemberDecoder, PageToRead
from classifier.decoding.limits import LARGE_PDF_BYTES, WHOLE_PAGE_SIDE
from classifier.decoding.picture_files import decode_page
from classifier.decoding.whole_pages import count_pages, page_picture
from classifier.errors import PictureTooLarge, SeveralPages, UnknownPictureFormat, UnreadablePicture
from tests.factories import blank_pdf, document, encoded, heic, pdf_of

MOST = 200_000_000


def sheet(width=1000, height=1400):
    """A white page with a black square in its left top quarter."""
    grey = np.full((height, width), 255, np.uint8)
    grey[height // 10 : height // 5, width // 10 : width // 5] = 0
    return grey


def is_upright(grey):
    height, width = grey.shape
    corner = grey[height // 8 : height // 6, width // 8 : width // 6]
    return height > width and corner.mean() < 20 and grey[height // 2 :].mean() > 250


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "PDF", "WEBP", "JPEG2000"])
@pytest.mark.parametrize("size", [(600, 840), (2480, 3508), (3300, 4600)])
def test_a_page_has_the_size_that_reading_needs(kind, size):
    grey, whole = decode_page(encoded(Image.fromarray(sheet(*size)), kind), MOST, None)
    assert is_upright(grey)
    longer = WHOLE_PAGE_SIDE if kind == "PDF" else min(size[1], WHOLE_PAGE_SIDE)
    assert 0.74 * longer <= max(grey.shape) <= longer
    assert kind == "PDF" or whole == size


def test_photographs_of_phones_are_turned_as_they_say():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise
    lying = Image.fromarray(np.rot90(sheet(1200, 1600)))
    assert is_upright(decode_page(encoded(lying, "JPEG", exif=exif), MOST, None)[0])
    assert is_upright(decode_page(heic(Image.fromarray(sheet()).convert("RGB")), MOST, None)[0])


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_each_page_of_a_document_can_be_had(kind):
    data = document(kind, sheet(), 255 - sheet(), resolution=100)
    assert count_pages(data) == 2
    assert page_picture(data, 1).mean() > 250
    assert page_picture(data, 2).mean() < 5
    with pytest.raises(SeveralPages):
        page_picture(data)
    with pytest.raises(UnreadablePicture, match="no page 3"):
        page_picture(data, 3)


def test_what_cannot_be_read_says_why():
    with pytest.raises(UnknownPictureFormat):
        page_picture(b"Dear Sir or Madam")
    with pytest.raises(UnreadablePicture, match="damaged"):
        page_picture(encoded(Image.fromarray(sheet()), "PNG")[:-200])
    locked = pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O(%b)/U(%b)>>" % (b"o" * 32, b"u" * 32),
        trailer=b"/Encrypt 3 0 R/ID[(abcd)(abcd)]",
    )
    with pytest.raises(UnreadablePicture, match="password"):
        page_picture(locked)
    with pytest.raises(PictureTooLarge):
        decode_page(encoded(Image.fromarray(sheet()), "PNG"), 1000, None)
    assert count_pages(b"Dear Sir or Madam") == count_pages(b"") == 1


def test_of_a_large_pdf_in_an_archive_only_the_wanted_page_is_in_memory(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (22, 1000, 700), np.uint8)
    data = document("PDF", *noise, resolution=100)
    assert len(data) > LARGE_PDF_BYTES
    with zipfile.ZipFile(tmp_path / "stack.zip", "w") as pack:
        pack.writestr("scan.pdf", data)
    read = 0

    class Watched(StoredMember):
        def readinto(self, buffer):
            nonlocal read
            read += (count := super().readinto(buffer))
            return count

    wanted = decode_page(data, MOST, 7)[0]
    with (tmp_path / "stack.zip").open("rb") as archive:
        (entry,) = directory.entries(archive, directory.find_contents(archive), largest=2**30)
        member = Watched(archive, entry.where)
        assert read == len(data)  # for the checksum, in pieces
        assert np.array_equal(decode_page(member, MOST, 7)[0], wanted)
    assert read - len(data) < len(data) / 4
    decoder = MemberDecoder(1)
    try:
        (page,) = decoder.read_pages(str(tmp_path / "stack.zip"), [PageToRead(entry.where, 7)], MOST)
        assert np.array_equal(page, wanted)
    finally:
        decoder.stop()


def test_members_of_an_archive_are_read_page_by_page(tmp_path):
    path = tmp_path / "stack.zip"
    inner = io.BytesIO()
    zipfile.ZipFile(inner, "w").close()
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("scan.pdf", document("PDF", sheet(), 255 - sheet(), resolution=100))
        pack.writestr("photo.jpg", encoded(Image.fromarray(sheet(4000, 5600)), "JPEG"))
        pack.writestr("letter.txt", b"Dear Sir or Madam")
        pack.writestr("inner.zip", b"PK\x03\x04" + inner.getvalue())
        pack.writestr("blank.pdf", blank_pdf(1))
    decoder = MemberDecoder(2, 2**28)
    try:
        with path.open("rb") as file:
            entries = list(directory.entries(file, directory.find_contents(file), largest=2**30))
        scan, photo, letter, within, blank = (entry.where for entry in entries)
        wanted = [PageToRead(scan, 1), PageToRead(scan, 2), PageToRead(photo, None)]
        wanted += [PageToRead(letter, None), PageToRead(within, None), PageToRead(blank, None)]
        first, second, third, *refused, last = decoder.read_pages(str(path), wanted, MOST)
        assert is_upright(first) and is_upright(third) and last.min() == 255
        assert second.mean() < 5
        assert [error.code for error in refused] == ["unsupported_format", "archive"]
        assert list(decoder.count_pages(str(path), [scan, photo])) == [2, 1]
    finally:
        decoder.stop()
