"""Files with several pages: which page is read, and the sentences about PDFs that cannot be."""

import io
import random

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from classifier.decoding.decoders import pages
from classifier.decoding.picture_files import count_pages, decode
from classifier.errors import PictureTooLarge, SeveralPages, UnreadablePicture
from classifier.recognition.errors import ClassifierError, NoInk
from classifier.recognition.preprocessing.pipeline import to_model_input
from tests.classifier.decoding.test_decoding import corruptions
from tests.factories import FOUR, ONE, blank_pdf, document, drawn, encoded, pdf_of, picture, seven

MOST = 200_000_000
DIGITS = seven(), drawn(FOUR), drawn(ONE)


def shows(pixels, digit):
    return np.abs(pixels.astype(int) - to_model_input(digit)).mean() < 6


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_each_page_shows_its_own_digit(kind):
    data = document(kind, *DIGITS)
    assert count_pages(data) == 3
    for number, digit in enumerate(DIGITS, 1):
        result = decode(data, MOST, page=number)
        assert result.format == kind
        assert shows(result.digits[0].pixels, digit)


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_file_with_several_pages_is_no_single_picture(kind):
    with pytest.raises(SeveralPages, match="3 pages"):
        decode(document(kind, *DIGITS), MOST)


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_single_page_is_a_picture(kind):
    data = document(kind, seven())
    assert count_pages(data) == 1
    assert shows(decode(data, MOST).digits[0].pixels, seven())


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_page_that_is_not_there_is_refused(kind):
    with pytest.raises(UnreadablePicture, match="no page 4"):
        decode(document(kind, *DIGITS), MOST, page=4)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_animations_have_one_page(kind):
    first, *others = (Image.fromarray(digit).convert("RGB") for digit in DIGITS)
    assert count_pages(encoded(first, kind, save_all=True, append_images=others)) == 1


def test_smaller_copies_and_masks_in_a_tiff_are_no_pages():
    file = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(file) as writer:
        for digit, kind in zip((*DIGITS, seven()), (1, 2, 4, 0), strict=True):
            Image.fromarray(digit).save(writer, "TIFF", tiffinfo={254: kind})
            writer.newFrame()
    data = file.getvalue()
    assert count_pages(data) == 2
    assert shows(decode(data, MOST, page=1).digits[0].pixels, DIGITS[1])


def test_scan_of_a_page_in_black_and_white_shows_its_digit():
    page = Image.new("1", (2480, 3508), 1)
    page.paste(Image.fromarray(seven()).resize((900, 900)).convert("1"), (800, 1000))
    result = decode(encoded(page, "PDF", resolution=300), MOST)
    assert shows(result.digits[0].pixels, seven())
    assert max(result.width, result.height) == 1280


def test_an_empty_page_has_no_ink():
    with pytest.raises(NoInk):
        decode(blank_pdf(2), MOST, page=2)


CATALOGUE, NO_PAGES = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"
LOCKED = b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"41" * 32, b"42" * 32)
UNREADABLE = {
    "encrypted": (
        pdf_of(CATALOGUE, NO_PAGES, LOCKED, trailer=b"/Encrypt 3 0 R/ID[<41><41>]"),
        "protected by a password",
    ),
    "without pages": (pdf_of(CATALOGUE, NO_PAGES), "has no pages"),
    "that says it has many": (pdf_of(CATALOGUE, b"<</Type/Pages/Kids[]/Count 99999999>>"), "no pages|more than 1,000"),
    "cut": (document("PDF", *DIGITS)[:400], "damaged"),
    "of its signature": (b"%PDF-1.7", "damaged"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_pdf_gets_a_sentence(name):
    data, words = UNREADABLE[name]
    assert count_pages(data) == 1
    with pytest.raises((UnreadablePicture, PictureTooLarge), match=words):
        decode(data, MOST)


def test_bytes_before_a_pdf_do_no_harm():
    assert decode(b"\n\n junk of a mail program\n" + document("PDF", seven()), MOST).format == "PDF"


def test_a_pdf_inside_of_a_picture_is_a_picture():
    assert decode(picture(kind="JPEG", comment=b"%PDF-1.7"), MOST).format == "JPEG"


def test_too_many_pages_are_refused_as_a_whole():
    data = blank_pdf(pages.PAGES_AT_MOST + 1)
    assert count_pages(data) == 1
    with pytest.raises(PictureTooLarge, match="more than 1,000 pages"):
        decode(data, MOST)


def test_too_many_pages_of_a_tiff_are_refused_as_a_whole(monkeypatch):
    monkeypatch.setattr(pages, "PAGES_AT_MOST", 2)
    assert count_pages(document("TIFF", *DIGITS)) == 1
    with pytest.raises(PictureTooLarge, match="more than 2 pages"):
        decode(document("TIFF", *DIGITS), MOST)


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
@pytest.mark.filterwarnings("ignore")  # Pillow's, which a child process does not show
def test_corrupt_documents_raise_only_the_project_errors(kind):
    for broken in corruptions(document(kind, seven(64), seven(32)), 60, random.Random(kind)):
        assert 1 <= count_pages(broken) <= pages.PAGES_AT_MOST
        for page in (None, 1, 2):
            try:
                decode(broken, MOST, page=page)
            except ClassifierError as error:
                assert 400 <= error.status < 500
