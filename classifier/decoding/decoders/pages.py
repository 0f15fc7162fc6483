"""The pages of a file: which there are, and which is asked for."""

from PIL import Image

from classifier.decoding.limits import PAGES_AT_MOST
from classifier.errors import PictureTooLarge, SeveralPages, UnreadablePicture

_KIND = 254  # TIFF tag NewSubfileType
_SMALLER, _MASK = 1, 4  # its bits: a smaller copy of another page, and a mask for it


def of_tiff(image: Image.Image) -> list[int]:
    """The numbers of the frames that are pages, not smaller copies or masks of pages; at most PAGES_AT_MOST + 1."""
    frames: list[int] = []
    frame = 0
    while len(frames) <= PAGES_AT_MOST:
        try:
            image.seek(frame)
        except EOFError:
            break
        except Exception:  # the rest of the list is damaged: Pillow raises anything
            if not frames:
                raise
            break
        if not int(image.tag_v2.get(_KIND, 0)) & (_SMALLER | _MASK):  # type: ignore[attr-defined]  # of the plugin
            frames.append(frame)
        frame += 1
        if frame > 4 * PAGES_AT_MOST:
            break
    return frames or [0]


def counted(number: int) -> int:
    """The number of pages to read one by one; 1 for a file that has too many, which is refused as a whole."""
    return number if number <= PAGES_AT_MOST else 1


def choose(pages: list[int], page: int | None) -> int:
    """The element of `pages` that is asked for. page: from 1; None if the file should have one page only.

    Raises SeveralPages, PictureTooLarge or UnreadablePicture.
    """
    if len(pages) > PAGES_AT_MOST:
        raise PictureTooLarge(f"This file has more than {PAGES_AT_MOST:,} pages. Divide it into several.")
    if page is None and len(pages) > 1:
        raise SeveralPages(f"This file has {len(pages):,} pages.")
    try:
        return pages[(page or 1) - 1]
    except IndexError:
        raise UnreadablePicture(f"This file has no page {page}.") from None
