"""Exports as NumPy arrays."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from zipfile import ZipFile

from django.db.models import Func, QuerySet, Subquery

from classifier.archives.writing import streamed_zip
from classifier.models import DigitQuerySet
from classifier.recognition.preprocessing.framing import SIDE

from .documents import PIECE

PICTURES_AT_ONCE = 500  # 28×28 pictures, 0.4 MB


def as_npz(digits: DigitQuerySet) -> Iterator[bytes]:
    """Those of these digits that were corrected to a digit, as mnist.npz has its own; the test arrays are empty.

    Pictures and labels are read by one statement, so they fit each other and the length that is written before.
    """
    corrected = digits.filter(correction__label__isnull=False).order_by()
    total = Subquery(corrected.annotate(total=Func("pk", function="COUNT")).values("total"))
    rows = corrected.order_by("pk").annotate(total=total).values_list("total", "pixels", "correction__label")
    return streamed_zip(lambda archive: _npz_members(archive, rows), PIECE)


def _npz_members(archive: ZipFile, rows: QuerySet[Any, Any]) -> Iterator[None]:
    found = rows.iterator(PICTURES_AT_ONCE)
    with closing(found):  # type: ignore[type-var]  # it is a generator
        first = next(found, None)
        count = first[0] if first else 0
        labels = bytearray()
        with archive.open("x_train.npy", "w", force_zip64=True) as file:
            file.write(_npy_head((count, SIDE, SIDE)))
            row = first
            while row is not None:
                _, pixels, label = row
                file.write(pixels)
                labels.append(label)
                yield
                row = next(found, None)
    archive.writestr("y_train.npy", _npy_head((count,)) + labels)
    archive.writestr("x_test.npy", _npy_head((0, SIDE, SIDE)))
    archive.writestr("y_test.npy", _npy_head((0,)))
    yield


def _npy_head(shape: tuple[int, ...]) -> bytes:
    """What stands before the bytes of an array of uint8. Source: NumPy's own description, numpy.lib.format."""
    words = repr({"descr": "|u1", "fortran_order": False, "shape": shape}).encode("latin1")
    room = -(10 + len(words) + 1) % 64
    return b"\x93NUMPY\x01\x00" + (len(words) + room + 1).to_bytes(2, "little") + words + b" " * room + b"\n"
