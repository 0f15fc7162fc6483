"""The base of the admin's pages: the history depends on the rows, so none can be added or changed."""

import django_stubs_ext
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

django_stubs_ext.monkeypatch()  # lets the classes of this package be generic, as Django's are not


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """Shows rows without adding or changing any."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
