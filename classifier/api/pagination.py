"""The pages of lists."""

from typing import Any, cast

from django.contrib.auth.models import User
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from classifier.digits import history
from classifier.digits.filters import DigitFilter
from classifier.recognition.errors import InvalidInput

INVALID_CURSOR = "Invalid cursor. Follow the links `next` and `previous` of a page."


class NewestFirst(CursorPagination):
    """Short lists, newest row first."""

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, exceptions.NotFound):  # of an invented cursor
            raise InvalidInput(INVALID_CURSOR) from None


class DigitPages(CursorPagination):
    """Digits in any order of the history. The cursor is the id of the last digit of the page before."""

    page_size = history.PAGE
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        cursor = request.query_params.get(self.cursor_query_param, "")
        last = history.place(cast(User, request.user), cursor)
        if cursor and last is None:
            raise InvalidInput(INVALID_CURSOR)
        order = history.ORDERS[request.query_params.get("sort") or "newest"]
        is_filtered = bool(set(request.query_params) & set(DigitFilter.base_filters) - {"sort"})
        size = self.get_page_size(request) or self.page_size
        page = history.page_of(queryset, order, last, size, filtered=is_filtered)
        here = request.build_absolute_uri()
        self.next_url = (
            replace_query_param(here, self.cursor_query_param, page.next_before) if page.next_before else None
        )
        return page.digits

    def get_next_link(self) -> str | None:
        return self.next_url

    def get_previous_link(self) -> None:
        """Always None: pages link forwards only."""
