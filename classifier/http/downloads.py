"""The files that pages and API offer for download."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils import timezone

from classifier.batches import results
from classifier.models import Batch
from classifier.transfer.exporting import archives, arrays, documents, selection, tables


def results_file(batch: Batch, kind: str) -> StreamingHttpResponse:
    """The results of a batch. kind: json or csv."""
    if kind == "json":
        content, content_type = results.results_json(batch), "application/json"
    else:
        content, content_type = results.results_csv(batch), "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="batch-{batch.public_id}.{kind}"'}
    return StreamingHttpResponse(content, content_type=content_type, headers=headers)


@dataclass(frozen=True)
class Export:
    make: Callable[[User, QueryDict, list[str] | None], Iterator[bytes]]  # of the owner, filters and ids
    name: str  # of the file, without its extension
    media_type: str


def _json(owner: User, filters: QueryDict, ids: list[str] | None) -> Iterator[bytes]:
    return documents.as_json(owner, selection.chosen(owner, filters, ids), is_all=selection.is_all(filters, ids))


def _csv(owner: User, filters: QueryDict, ids: list[str] | None) -> Iterator[bytes]:
    return tables.as_csv(owner, selection.chosen(owner, filters, ids))


def _npz(owner: User, filters: QueryDict, ids: list[str] | None) -> Iterator[bytes]:
    return arrays.as_npz(selection.chosen(owner, filters, ids))


def _zip(owner: User, filters: QueryDict, ids: list[str] | None) -> Iterator[bytes]:
    return archives.as_zip(owner, selection.chosen(owner, filters, ids), is_all=selection.is_all(filters, ids))


EXPORTS = {  # by file extension
    "json": Export(_json, "digits", "application/json"),
    "csv": Export(_csv, "digits", "text/csv; charset=utf-8"),
    "npz": Export(_npz, "corrected", "application/octet-stream"),
    "zip": Export(_zip, "digitsite", "application/zip"),
}


def export_file(request: HttpRequest, owner: User, extension: str) -> HttpResponseBase:
    """An export, streamed while it is made. Raises InvalidInput before the first byte.

    extension: a key of EXPORTS. A POST selects digits by `ids`, any other request by the filters in its query string.
    """
    export = EXPORTS[extension]
    ids = request.POST.getlist("ids") if request.method == "POST" else None
    chunks = export.make(owner, request.GET, ids)
    disposition = f'attachment; filename="{export.name}-{timezone.localdate().isoformat()}.{extension}"'
    headers = {"Content-Disposition": disposition, "X-Accel-Buffering": "no"}
    if request.method == "HEAD":
        return HttpResponse(content_type=export.media_type, headers=headers)
    return StreamingHttpResponse(chunks, content_type=export.media_type, headers=headers)
