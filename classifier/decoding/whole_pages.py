"""Pictures of the pages of single files, as sheets need them. Like `client`, it decodes in child processes."""

from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from . import client
from .client import count_pages as count_pages  # the other question about a file

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


def page_picture(data: "bytes | UploadedFile[bytes]", page: int | None = None) -> NDArray[np.uint8]:
    """The picture of a page, see `client.read_page`, whose errors it raises. page: from 1; None for the only one."""
    return client.read_page(data, round(settings.PICTURE_MAX_MEGAPIXELS * 1e6), page)
