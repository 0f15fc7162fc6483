"""Downloads that pages and API share."""

from collections.abc import Callable, Iterator

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils import timezone

from classifier.batches import results
from classifier.models import Batch
from classifier.transfer.exporting import archives, arrays, documents, selection, tables


def results_file(batch: Batch, kind: str) -> StreamingHttpResponse:
    """kind: json or csv."""
    if kind == "json":
        content, content_type = results.results_json(batch), "application/json"
    else:
        content, content_type = results.results_csv(batch), "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="batch-{batch.public_id}.{kind}"'}
    return StreamingHttpResponse(content, content_type=content_type, headers=headers)


Make = Callable[[User, QueryDict, list[str] | None], Iterator[bytes]]


def json_file(owner: User, filters: QueryDict, ids: list[str] | None) -> Iterator[bytes]:
    return documents.as_json(owner, selection.chosen(owner, filters, ids), is_all=selection.is_all(filters, ids))


def csv_file(owner: User, filters: QueryDict, ids: list[str] | None) -> Iterator[bytes]:
    return tables.as_csv(owner, selection.chosen(owner, filters, ids))


def npz_file(owner: User, filters: QueryDict, ids: list[str] | None) -> Iterator[bytes]:
    return arrays.as_npz(selection.chosen(owner, filters, ids))


def zip_file(owner: User, filters: QueryDict, ids: list[str] | None) -> Iterator[bytes]:
    return archives.as_zip(owner, selection.chosen(owner, filters, ids), is_all=selection.is_all(filters, ids))


# Ending of the address: what makes the file, its name without its ending, its type.
FILES: dict[str, tuple[Make, str, str]] = {
    "json": (json_file, "digits", "application/json"),
    "csv": (csv_file, "digits", "text/csv; charset=utf-8"),
    "npz": (npz_file, "corrected", "application/octet-stream"),
    "zip": (zip_file, "digitsite", "application/zip"),
}


def download(request: HttpRequest, owner: User, kind: str) -> HttpResponseBase:
    """A file of FILES as it is made. Raises InvalidInput before anything is sent."""
    make, name, content_type = FILES[kind]
    ids = request.POST.getlist("ids") if request.method == "POST" else None
    pieces = make(owner, request.GET, ids)
    disposition = f'attachment; filename="{name}-{timezone.localdate().isoformat()}.{kind}"'
    headers = {"Content-Disposition": disposition, "X-Accel-Buffering": "no"}
    if request.method == "HEAD":
        return HttpResponse(content_type=content_type, headers=headers)
    return StreamingHttpResponse(pieces, content_type=content_type, headers=headers)
