"""The base of the admin's pages: the history depends on the rows, so none can be added or changed."""

from django.db.models import Model
from django.http import HttpRequest

from .audited import Audited


class ReadOnlyAdmin(Audited):
    """Shows rows without adding or changing any."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
