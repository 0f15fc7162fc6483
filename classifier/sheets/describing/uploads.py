"""The pages of an uploaded form."""

from typing import TYPE_CHECKING

from django.conf import settings
from PIL import Image

from classifier.decoding.client import count_pages, read_page
from classifier.errors import PictureTooLarge
from classifier.recognition.errors import ClassifierError, InvalidInput
from classifier.sheets.fields.description import PAGES_AT_MOST
from classifier.sheets.imaging import REFERENCE_SIDE

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

NARROWEST = 0.2  # of the longer side: no page is narrower


class TooManyPages(ClassifierError):
    """A form has more pages than a sheet may have."""

    status = 422
    code = "too_many_pages"


class NoPage(ClassifierError):
    """A picture cannot be a page of a form."""

    status = 422
    code = "no_page"


def pages_of(file: "UploadedFile[bytes] | None") -> list[Image.Image]:
    """The pages of a PDF, a TIFF or a picture, in grey, their longer side REFERENCE_SIDE px.

    Raises InvalidInput without a file, and the errors of `read_page`, TooManyPages and NoPage.
    """
    if file is None or not file.size:
        raise InvalidInput("Choose a file with the form: a PDF, a TIFF or a picture.")
    if file.size > settings.UPLOAD_MAX_MB * 2**20:
        raise PictureTooLarge(
            f"This file has {file.size / 2**20:.0f} MB; at most {settings.UPLOAD_MAX_MB} MB can be sent. "
            "Save the form with a lower resolution, or only its empty pages."
        )
    if (count := count_pages(file)) > PAGES_AT_MOST:
        raise TooManyPages(
            f"This file has {count:,} pages, and a form has at most {PAGES_AT_MOST}. "
            "Choose a file with one copy of the form; the filled-in pages come later."
        )
    max_pixels = round(settings.PICTURE_MAX_MEGAPIXELS * 1e6)
    return [_page(file, max_pixels, number if count > 1 else None) for number in range(1, count + 1)]


def _page(file: "UploadedFile[bytes]", max_pixels: int, number: int | None) -> Image.Image:
    file.seek(0)
    image = Image.fromarray(read_page(file, max_pixels, number))
    scale = REFERENCE_SIDE / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    if min(width, height) < NARROWEST * REFERENCE_SIDE:
        raise NoPage("This picture is too narrow to be a page. Scan or photograph the whole form.")
    return image.resize((width, height), Image.Resampling.BICUBIC)
