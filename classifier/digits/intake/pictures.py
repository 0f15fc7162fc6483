"""Accepting picture files."""

import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from classifier.decoding.client import read_picture
from classifier.decoding.formats import suffix
from classifier.decoding.pictures import Picture
from classifier.digits.lines.asking import LinesRead, read_picture_rows
from classifier.digits.lines.messages import is_legible
from classifier.errors import PictureTooLarge, SeveralPages, UnreadablePicture
from classifier.jobs import trace
from classifier.jobs.watching import timed
from classifier.models import Digit, Drawing
from classifier.recognition.preprocessing.steps import Step

from .asking import read_or_turn
from .storing import Content, store


def accept_picture(
    owner: User,
    file: "UploadedFile[bytes]",
    source: Drawing.Source,
    *,
    one_digit: bool = False,
    drawing_id: uuid.UUID | None = None,
) -> Digit:
    """Stores a picture file unchanged and requests predictions for its digits, or stores them too.

    one_digit: the picture is not cut. drawing_id: the public id it receives; a random one by default.
    Raises PictureTooLarge, SeveralPages, UnknownPictureFormat, UnreadablePicture, NoInk, SiteBusy.
    """
    public_id = drawing_id or uuid.uuid4()
    trace.about(drawing=public_id)
    picture, content = read_upload(file, one_digit=one_digit)
    drawing = Drawing(
        owner=owner,
        public_id=public_id,
        source=source,
        width=picture.width,
        height=picture.height,
        original_size=file.size,
        original_format=picture.format,
        turned=picture.turned,
        one_digit=one_digit,
    )
    file.seek(0)
    # The sender's file name is not used: it may be anything.
    drawing.original.save(f"{drawing.public_id}{suffix(picture.format)}", file, save=False)
    try:
        with transaction.atomic():
            return store(drawing, content)
    except BaseException:
        if not Drawing.objects.filter(public_id=drawing.public_id).exists():  # a committed drawing keeps its file
            drawing.original.delete(save=False)
        raise


def read_upload(file: "UploadedFile[bytes]", *, one_digit: bool = False) -> tuple[Picture, Content]:
    """Decodes an uploaded file and asks a worker what is written in it. Raises the same errors as accept_picture."""
    picture = decode_upload(file, one_digit=one_digit)
    if one_digit:
        return picture, Content(picture.digits)
    lines = read_picture_rows(picture)
    if isinstance(lines, LinesRead) and is_legible(lines.rows):
        return picture, Content.read(lines)
    picture, reply = read_or_turn(picture, file, _max_pixels())
    if picture.turned:
        return picture, Content(picture.digits, reply)
    return picture, Content.read(lines) if isinstance(lines, LinesRead) else Content(picture.digits, reply, late=lines)


def decode_upload(file: "UploadedFile[bytes]", *, one_digit: bool = False) -> Picture:
    """Decodes an uploaded file within the site's limits. Raises the same errors as accept_picture."""
    limit = settings.UPLOAD_MAX_MB * 2**20
    size = file.size or 0
    if size > limit:
        raise PictureTooLarge(
            f"This file has {size / 2**20:.0f} MB; at most {settings.UPLOAD_MAX_MB} MB can be sent. "
            "Make the picture smaller, or crop it to the digit."
        )
    if not size:
        raise UnreadablePicture("This file is empty. Choose a picture of a digit.")
    with timed("decoding"):
        picture = read_picture(file, _max_pixels(), one_digit=one_digit)
    return picture


def decode_unstored(
    file: "UploadedFile[bytes]", *, one_digit: bool = False, steps: list[Step] | None = None
) -> tuple[Picture, Content]:
    """Decodes and reads a file that is not stored as accept_picture does. Raises the same errors.

    steps: receives the pictures of the steps, see read_picture.
    """
    try:
        picture, content = read_upload(file, one_digit=one_digit)
    except SeveralPages as error:
        raise SeveralPages(f"{error} Send one page, or sign up: then each page is read.") from None
    if steps is not None:
        read_picture(file, _max_pixels(), one_digit=one_digit, turned=picture.turned, steps=steps)
    return picture, content


def _max_pixels() -> int:
    return round(settings.PICTURE_MAX_MEGAPIXELS * 1e6)
