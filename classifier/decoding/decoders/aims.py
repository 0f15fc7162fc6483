"""How large a picture is wanted, which decoders and `shrinking` use to do no more than is needed."""

from typing import NamedTuple

from classifier.decoding.limits import PAGE_SIDE, WHOLE_PAGE_SIDE
from classifier.recognition.preprocessing.greyscale import WORK_SIDE


class Aim(NamedTuple):
    """Sizes of the longer side in px."""

    side: int  # that is kept when pixels are averaged by a whole factor
    decoded: int  # that is kept by formats which can be decoded at a smaller size
    drawn: int  # of a page of a PDF
    is_grey: bool = False  # luminance is enough


DIGITS = Aim(side=WORK_SIDE, decoded=2 * WORK_SIDE, drawn=PAGE_SIDE)
WHOLE_PAGES = Aim(WHOLE_PAGE_SIDE * 3 // 4, WHOLE_PAGE_SIDE * 3 // 4, WHOLE_PAGE_SIDE, is_grey=True)
