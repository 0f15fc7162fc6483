"""Reads the QR code of a sheet that this site has printed."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from classifier.sheets.fields.marks import PAPERS, QR_SIDE, QR_TOP, Code

from .frames import Matrix, resized, warped

Grey = NDArray[np.uint8]
SIDE = 2400  # px of the longer side of a picture in which a code is sought
CROPS = 400, 600  # px of a side of the code's place; where one size fails, the other may not
MARGIN = 4.0  # mm around it
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def code_on(grey: Grey) -> Code | None:
    """The code that is somewhere in a picture; None if there is no code of ours or it cannot be read."""
    return _read(resized(grey, SIDE)[0])


def code_at(grey: Grey, homography: Matrix, shape: tuple[int, int], paper: str) -> Code | None:
    """The code of a page whose place in the picture is known.

    homography: from px of the page laid straight, of this shape (height, width), to px of the picture.
    """
    width, height = PAPERS[paper]
    side = QR_SIDE + 2 * MARGIN
    left, top = (width - QR_SIDE) / 2 - MARGIN, QR_TOP - MARGIN
    across, down = shape[1] / width, shape[0] / height
    for crop in CROPS:
        place = np.array([[side / crop * across, 0, left * across], [0, side / crop * down, top * down], [0, 0, 1]])
        straight = warped(grey, homography @ place, (crop, crop), outside=255)
        smooth = np.asarray(cv2.GaussianBlur(straight, (0, 0), 1.5), np.uint8)
        if code := _read(straight) or _read(smooth):
            return code
    return None


def _read(grey: Grey) -> Code | None:
    found = zxingcpp.read_barcodes(np.ascontiguousarray(grey), formats=QR, try_invert=False)
    return next((code for each in found if (code := Code.of(each.text)) is not None), None)
