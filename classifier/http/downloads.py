"""The files that pages and API offer for download.

A CSV begins with a byte order mark on the pages, where Excel opens it, and without one in the API.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from django.contrib.auth.models import User
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from classifier.batches import results
from classifier.digits.spreadsheets import BOM, CSV_TYPE, XLSX_TYPE, Row, as_csv, as_xlsx
from classifier.models import Batch, DigitQuerySet
from classifier.transfer.exporting import archives, arrays, documents, people, pieces, selection, tables


def results_file(batch: Batch, kind: str, *, bom: bool = False) -> HttpResponseBase:
    """The results of a batch. kind: json, csv (all details), table-csv or table-xlsx (for people)."""
    name = f"batch-{batch.public_id}.{kind.rpartition('-')[2]}"
    if kind.startswith("table-"):
        return _table(people.batch_table(batch), name, bom)
    if kind == "json":
        return streamed(results.results_json(batch), name, "application/json")
    return csv_file(results.results_csv(batch), name, bom)


def _table(rows: Iterable[Row], name: str, bom: bool) -> HttpResponseBase:
    if name.endswith(".csv"):
        return csv_file(as_csv(rows), name, bom)
    file = as_xlsx(rows, people.WIDTHS)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX_TYPE)


def csv_file(lines: Iterable[bytes], name: str, bom: bool) -> StreamingHttpResponse:
    """A CSV, streamed while its lines are made. name: of the file; bom: whether it begins with a byte order mark."""
    return streamed(pieces.in_pieces(chain([BOM] if bom else [], lines)), name, CSV_TYPE)


def streamed(content: Iterator[bytes] | Iterator[str], name: str, media_type: str) -> StreamingHttpResponse:
    """A file, streamed while it is made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(content, content_type=media_type, headers=headers)


@dataclass(frozen=True)
class Export:
    name: str  # of the file
    extension: str
    media_type: str
    make: Callable[[User, DigitQuerySet, bool], Iterator[bytes]] | None = None  # the bool: whether these are all digits


def _json(owner: User, digits: DigitQuerySet, is_all: bool) -> Iterator[bytes]:
    return documents.as_json(owner, digits, is_all=is_all)


def _npz(_owner: User, digits: DigitQuerySet, _is_all: bool) -> Iterator[bytes]:
    return arrays.as_npz(digits)


def _zip(owner: User, digits: DigitQuerySet, is_all: bool) -> Iterator[bytes]:
    return archives.as_zip(owner, digits, is_all=is_all)


EXPORTS = {
    "json": Export("digits", "json", "application/json", _json),
    "npz": Export("corrected", "npz", "application/octet-stream", _npz),
    "zip": Export("digitsite", "zip", "application/zip", _zip),
    "csv": Export("digits", "csv", CSV_TYPE),
    "table-csv": Export("table", "csv", CSV_TYPE),
    "table-xlsx": Export("table", "xlsx", XLSX_TYPE),
}


def export_file(request: HttpRequest, owner: User, kind: str, *, bom: bool = False) -> HttpResponseBase:
    """An export, streamed while it is made; an XLSX is made first. Raises InvalidInput before the first byte.

    kind: a key of EXPORTS. A POST selects digits by `ids`, any other request by the filters in its query string.
    """
    export = EXPORTS[kind]
    ids = request.POST.getlist("ids") if request.method == "POST" else None
    digits = selection.chosen(owner, request.GET, ids)
    name = f"{export.name}-{timezone.localdate().isoformat()}.{export.extension}"
    if request.method == "HEAD":
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"}
        return HttpResponse(content_type=export.media_type, headers=headers)
    if export.make is not None:
        return streamed(export.make(owner, digits, selection.is_all(request.GET, ids)), name, export.media_type)
    if kind == "csv":
        return csv_file(tables.as_csv(owner, digits), name, bom)
    return _table(people.table(digits), name, bom)
