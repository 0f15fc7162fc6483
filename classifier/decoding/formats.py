"""The picture formats that the site reads. Pages, API, schemas and documentation take their lists from here.

`megapixels` is what every picture of a format may have, in any of its modes. It follows from the memory that decoding
takes (see `limits`): a format that can be decoded at a smaller size may have more. Simpler modes may have more, too.
"""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = 1024  # bytes at the beginning of a file in which its signature is


@dataclass(frozen=True)
class PictureFormat:
    """A picture format."""

    code: str  # as stored and exported
    title: str
    media_type: str
    suffixes: tuple[str, ...]  # the first one names files that are sent to people
    megapixels: int | None = None  # None for pages, which are drawn at any size
    is_viewable: bool = False  # whether browsers show it
    is_document: bool = False  # whether its pages are pictures of their own


_ALL = (
    PictureFormat("PNG", "PNG", "image/png", (".png",), 50, is_viewable=True),
    PictureFormat("JPEG", "JPEG", "image/jpeg", (".jpeg", ".jpg"), 200, is_viewable=True),
    PictureFormat("HEIF", "HEIC", "image/heic", (".heic", ".heif"), 50),
    PictureFormat("AVIF", "AVIF", "image/avif", (".avif",), 16, is_viewable=True),
    PictureFormat("WEBP", "WebP", "image/webp", (".webp",), 16, is_viewable=True),
    PictureFormat("GIF", "GIF", "image/gif", (".gif",), 50, is_viewable=True),
    PictureFormat("BMP", "BMP", "image/bmp", (".bmp",), 50, is_viewable=True),
    PictureFormat("JPEG2000", "JPEG 2000", "image/jp2", (".jp2", ".j2k", ".jpf", ".jpx"), 16),
    PictureFormat("TIFF", "TIFF", "image/tiff", (".tiff", ".tif"), 50, is_document=True),
    PictureFormat("PDF", "PDF", "application/pdf", (".pdf",), is_document=True),
)
FORMATS = {each.code: each for each in _ALL}
VIEWABLE = {each.code: each.media_type for each in _ALL if each.is_viewable}
DOCUMENT_SUFFIXES = tuple(end for each in _ALL if each.is_document for end in each.suffixes)


def suffix(code: str) -> str:
    """The end of a file's name, such as ".png"; ".bin" for an unknown format."""
    return FORMATS[code].suffixes[0] if code in FORMATS else ".bin"


def titles(word: str = "and") -> str:
    """The formats as a list for people: "PNG, JPEG … and PDF"."""
    return listed([each.title for each in _ALL], word)


def accepted() -> str:
    """The value of the attribute `accept` of a file input. Suffixes help where a system knows no type for them."""
    return ",".join([each.media_type for each in _ALL] + [end for each in _ALL for end in each.suffixes])


def limits(most: int) -> str:
    """The megapixels that a picture may have, for people. most: the site's setting, which counts for all formats."""
    common = min(50, most)
    groups: dict[int, list[str]] = {}
    for each in _ALL:
        if each.megapixels is not None and min(each.megapixels, most) != common:
            groups.setdefault(min(each.megapixels, most), []).append(each.title)
    others = "; ".join(f"{listed(names)}: {megapixels}" for megapixels, names in sorted(groups.items()))
    return f"{common} megapixels" + (f" ({others})" if others else "")


def listed(words: Iterable[str], word: str = "and") -> str:
    """Some words with commas, and `word` before the last."""
    *most, last = words
    return f"{', '.join(most)} {word} {last}" if most else last


def may_have_pages(head: bytes) -> bool:
    """Whether a file with this beginning, of at most HEAD bytes, may have several pages: a TIFF or a PDF."""
    return head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")) or is_pdf(head)


def is_pdf(data: bytes) -> bool:
    """Whether a file is a PDF. Some programs write bytes before its signature."""
    is_another = data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"PK", b"II*\0", b"MM\0*"))
    return b"%PDF-" in data[:HEAD] and not is_another


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def is_heif(data: bytes) -> bool:
    """Whether a file is a HEIF picture, such as HEIC. AVIF has the same container, but a brand of its own."""
    brands = data[8:12], *(data[at : at + 4] for at in range(16, min(int.from_bytes(data[:4], "big"), 256), 4))
    if data[4:8] != b"ftyp" or b"avif" in brands or b"avis" in brands:
        return False
    return not {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}.isdisjoint(brands)
