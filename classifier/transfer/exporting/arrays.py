"""Exports as NumPy arrays."""

import io
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
from django.db.models import Func, QuerySet, Subquery

from classifier.archives.writing import Member, streamed_zip
from classifier.models import DigitQuerySet
from classifier.recognition.preprocessing.framing import SIDE

from .pieces import in_pieces

ROWS_AT_ONCE = 500  # 28×28 pictures, 0.4 MB


def as_npz(digits: DigitQuerySet) -> Iterator[bytes]:
    """Yields the bytes of an .npz laid out like mnist.npz, with the digits that are corrected to a digit.

    The test arrays are empty. One statement reads pictures and labels, so they agree with each other and with the
    length in the header.
    """
    corrected = digits.filter(correction__label__isnull=False).order_by()
    total = Subquery(corrected.annotate(total=Func("pk", function="COUNT")).values("total"))
    rows = corrected.order_by("pk").annotate(total=total).values_list("total", "pixels", "correction__label")
    return in_pieces(streamed_zip(_members(rows)))


def _members(digits: QuerySet[Any, Any]) -> Iterator[Member]:
    rows = digits.iterator(ROWS_AT_ONCE)
    with closing(rows):  # type: ignore[type-var]  # it is a generator
        first = next(rows, None)
        count = first[0] if first else 0
        labels = bytearray()

        def pictures() -> Iterator[bytes]:
            yield _npy_header(count, SIDE, SIDE)
            row = first
            while row is not None:
                _, pixels, label = row
                labels.append(label)
                yield pixels
                row = next(rows, None)

        yield _array("x_train", in_pieces(pictures()))
    yield _array("y_train", [_npy_header(count), bytes(labels)])
    yield _array("x_test", [_npy_header(0, SIDE, SIDE)])
    yield _array("y_test", [_npy_header(0)])


def _array(name: str, pieces: Any) -> Member:
    return Member(f"{name}.npy", pieces, is_compressed=True)


def _npy_header(*shape: int) -> bytes:
    """The header of an .npy file of uint8 values."""
    header = io.BytesIO()
    description = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, description)
    return header.getvalue()
