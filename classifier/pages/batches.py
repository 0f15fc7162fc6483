"""The pages of batches."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from classifier.batches import lifecycle, results
from classifier.errors import StorageAway
from classifier.http.downloads import results_file
from classifier.http.rejections import answers_errors
from classifier.http.requests import SignedInRequest
from classifier.models import Batch
from classifier.recognition.errors import ClassifierError
from classifier.recognition.wording import percent
from classifier.uploads import receiving

from .answers.model import confusion_rows
from .answers.rows import entry_row

BATCHES_PAGE = 25
FAILURES_SHOWN = 100


def _list(request: HttpRequest, error: ClassifierError | None = None) -> HttpResponse:
    batches = Paginator(Batch.objects.owned_by(request.user).defer("confusion"), BATCHES_PAGE)
    context = {
        "page": batches.get_page(request.GET.get("page")),
        "error": error,
        "max_mb": settings.BATCH_MAX_MB,
        "max_files": f"{settings.BATCH_MAX_FILES:,}",
        "max_loose": f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES:,}",
    }
    return render(request, "classifier/batches/batches.html", context, status=error.status if error else 200)


@csrf_exempt  # until the body is received: see below
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@answers_errors(_list)
def batch_list(request: SignedInRequest) -> HttpResponse:
    """The person's batches, and the form that sends one."""
    if request.method != "POST":
        return _list(request)
    receiving.receive_to_disk(request)  # first: the check of the CSRF token reads the body
    lifecycle.call_worker()  # it starts while the body arrives
    return _create(request, receiving.received(request))


@csrf_protect
def _create(request: HttpRequest, file: receiving.Incoming) -> HttpResponse:
    one_digit = request.POST.get("one_digit") == "true"
    batch = lifecycle.accept_batch(request.user, file, one_digit=one_digit)  # type: ignore[arg-type]  # signed in
    return redirect("classifier:batch-detail", batch.public_id)


@require_GET
@login_required
@never_cache
@vary_on_headers("HX-Request")
def batch_detail(request: SignedInRequest, public_id: str) -> HttpResponse:
    """A batch; for htmx its state and figures only, or with `after` its next digits."""
    batch = _batch_or_404(request, public_id)
    if request.htmx and "after" in request.GET:
        return render(request, "classifier/batches/_batch_rows.html", _rows(request, batch))
    if request.htmx:
        return render(request, "classifier/batches/_batch.html", _figures(batch))
    return render(request, "classifier/batches/batch.html", _figures(batch) | _rows(request, batch))


def _rows(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    page = results.page(batch, request.GET.get("after", ""))
    rows = [entry_row(digit) | {"name": digit.drawing.member_title} for digit in page.digits]
    url = f"{reverse('classifier:batch-detail', args=[batch.public_id])}?after={page.after}"
    return {
        "batch": batch,
        "rows": rows,
        "more_url": url if page.has_more else "",
        "wait_url": url if not page.has_more and not batch.is_final else "",
        "is_first": not request.GET.get("after"),
    }


def _figures(batch: Batch) -> dict[str, Any]:
    failed = list(batch.failures.without_digits()[:FAILURES_SHOWN]) if batch.failed else []
    remarks = list(batch.failures.about_labels()[:FAILURES_SHOWN]) if batch.label_problems else []
    matrix = confusion_rows(batch.confusion) if batch.labelled else None
    return {
        "batch": batch,
        "share": batch.dealt_with / batch.total if batch.total else 1,
        "accuracy": percent(batch.accuracy) if batch.accuracy is not None else "",
        "confusion": matrix,
        "failures": failed,
        "more_failures": batch.failed - len(failed),
        "remarks": remarks,
        "more_remarks": sum(batch.label_problems.values()) - len(remarks),
        "label_problems": _counted(batch.label_problems),
        "wrong": batch.labelled - batch.right,
        "numbers_wrong": batch.numbers - batch.numbers_right,
        "history": f"{reverse('classifier:history')}?batch={batch.public_id}",
    }


_IN_WORDS = {  # what is said of how many, by the code in labels.PROBLEMS
    "label_unreadable": "label{} that {} no whole number",
    "label_no_digit": "label{} that {} “not a digit”, which is not compared",
    "label_without_file": "label{} of a file that {} not in the archive",
    "label_repeated": "label{} of a file that {} labelled already",
    "label_missing": "file{} that {} not in labels.csv",
    "labels_file_unused": "other file{} that {} called labels.csv",
}


def _counted(problems: Mapping[str, int]) -> list[str]:
    """How often each kind of problem with labels was found, in words."""
    shown = {code: words for code, words in _IN_WORDS.items() if problems.get(code)}
    return [
        f"{problems[code]:,} {words.format(*(('', 'is') if problems[code] == 1 else ('s', 'are')))}"
        for code, words in shown.items()
    ]


@require_POST
@login_required
def batch_cancel(request: SignedInRequest, public_id: str) -> HttpResponse:
    batch = _batch_or_404(request, public_id)
    lifecycle.cancel_batch(batch)
    if request.htmx:
        batch.refresh_from_db()
        return render(request, "classifier/batches/_batch.html", _figures(batch))
    return redirect("classifier:batch-detail", batch.public_id)


@require_POST
@login_required
def batch_delete(request: SignedInRequest, public_id: str) -> HttpResponse:
    batch = _batch_or_404(request, public_id)
    lifecycle.delete_batch(batch)
    notices.success(request, f"“{batch.name}” was deleted with its digits.")
    return redirect("classifier:batches")


@require_GET
@login_required
def batch_archive(request: SignedInRequest, public_id: str) -> FileResponse:
    """The uploaded archive."""
    batch = _batch_or_404(request, public_id)
    if not batch.file:  # imported without its archive
        raise Http404
    try:
        file = batch.file.open("rb")
    except StorageAway:
        raise
    except OSError as error:
        raise Http404 from error
    name = batch.name if batch.name.lower().endswith(".zip") else f"{batch.name}.zip"
    return FileResponse(file, as_attachment=True, filename=name.rpartition("/")[2], content_type="application/zip")


@require_GET
@login_required
def batch_results(request: SignedInRequest, public_id: str, kind: str) -> HttpResponseBase:
    """The results as a file. kind: as of results_file."""
    return results_file(_batch_or_404(request, public_id), kind, bom=True)


def _batch_or_404(request: SignedInRequest, public_id: str) -> Batch:
    return get_object_or_404(Batch.objects.owned_by(request.user), public_id=public_id)
