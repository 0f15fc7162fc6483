"""The results of a stack: the table on a page, and as a file."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from classifier.digits.spreadsheets import XLSX_TYPE
from classifier.http.downloads import csv_file, streamed
from classifier.http.requests import SignedInRequest
from classifier.sheets.deciding.checks import checks
from classifier.sheets.fields.description import Description
from classifier.sheets.models import Stack, StackPage, Value, ValueQuerySet
from classifier.sheets.results import table
from classifier.sheets.results.cells import cell_of
from classifier.sheets.results.columns import value_columns
from classifier.sheets.results.lines import lines_of
from classifier.sheets.sharing.rights import Level, may

from .finding import stack_or_404

PAGES_SHOWN = 20  # of the stack, on one page of the results
FILTERS = {"": "All pages", "doubtful": "With doubtful fields", "decided": "Decided by people", "refused": "Not read"}


@require_GET
@login_required
@never_cache
def results_page(request: SignedInRequest, public_id: UUID) -> HttpResponse:
    """The table, some pages at a time. `show`: of FILTERS."""
    stack = stack_or_404(request, public_id, Level.READ)
    show = request.GET.get("show", "")
    show = show if show in FILTERS else ""
    page = Paginator(_pages(stack, show), PAGES_SHOWN).get_page(request.GET.get("page"))
    description = stack.described()
    names = [column.name for column in value_columns(description)]
    context = {
        "stack": stack,
        "page": page,
        "show": show,
        "filters": FILTERS.items(),
        "may_decide": may(request.user, stack.sheet, Level.DECIDE),
        "checks": checks(stack),
        "names": names,
        "rows": [] if show == "refused" else _rows(stack, page.object_list, description, names),
    }
    return render(request, "classifier/sheets/results.html", context)


@require_GET
@login_required
def stack_table(request: SignedInRequest, public_id: UUID, kind: str) -> HttpResponseBase:
    """The table as a file, also while pages are still being read. kind: csv, xlsx or json."""
    stack = stack_or_404(request, public_id, Level.READ)
    name, address = f"stack-{stack.public_id}.{kind}", address_of(request, stack)
    if kind == "csv":
        return csv_file(table.csv_lines(stack, address), name, bom=True)
    if kind == "json":
        return streamed(table.json_pieces(stack, address), name, "application/json")
    if kind == "xlsx":
        file = table.xlsx_file(stack, address)
        return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX_TYPE)
    raise Http404


def address_of(request: SignedInRequest, stack: Stack) -> Callable[[StackPage], str]:
    """A function that gives the whole address of a page's picture."""

    def address(page: StackPage) -> str:
        path = reverse("sheets:page-picture", args=[stack.public_id, page.public_id, "page"])
        return request.build_absolute_uri(path)

    return address


def _pages(stack: Stack, show: str) -> QuerySet[StackPage]:
    pages = stack.pages.order_by("number")
    if show == "refused":
        return pages.filter(status=StackPage.Status.REFUSED)
    read = pages.filter(status=StackPage.Status.READ)
    if not show:
        return read
    values: ValueQuerySet = Value.objects.filter(page=OuterRef("pk"))
    return read.filter(Exists(values.doubtful() if show == "doubtful" else values.decided()))


def _rows(stack: Stack, pages: Any, description: Description, names: list[str]) -> list[dict[str, Any]]:
    rows = []
    for line in lines_of(pages, description):
        cells = [value and cell_of(value, stack) for value in line.values]
        rows.append({"page": line.page, "row": line.row, "cells": list(zip(names, cells, strict=True))})
    return rows
