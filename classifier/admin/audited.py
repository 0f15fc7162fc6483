"""Writes what is done in the administration into the audit log: rows opened, added, changed and deleted."""

from collections.abc import Iterable
from typing import Any

import django_stubs_ext
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from classifier import audit
from classifier.audit import Act

django_stubs_ext.monkeypatch()  # lets the class below be generic, as Django's is not

PARENTS = ("digit", "drawing", "batch", "taken")  # through which a row belongs to a person


class Audited(admin.ModelAdmin[Any]):
    """A page of the administration whose use is recorded, in the transaction of what is done."""

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **more: Any) -> HttpResponse:
        row = more.get("obj")
        owner = owner_of(row) if row else None
        if owner is not None and owner != request.user.pk:
            audit.record(Act.OPENED_RECORD, by=request.user, about=owner, on=row)
        return super().render_change_form(request, context, *args, **more)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        audit.record(Act.ADDED_RECORD, by=request.user, about=owner_of(obj), on=obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Records which fields were changed, not their values: these may name people."""
        fields = [] if isinstance(message, str) else list(_changed(message))
        for act in self.acts_of_change(obj, fields, message):
            audit.record(act, by=request.user, about=owner_of(obj), on=obj, detail=", ".join(fields))
        return super().log_change(request, obj, message)

    def acts_of_change(self, obj: Model, fields: list[str], message: Any) -> list[Act]:
        """How the log calls a change. fields: the labels of the changed ones."""
        return [Act.CHANGED_RECORD]

    act_of_deletion = Act.DELETED_RECORD

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        audit.record(self.act_of_deletion, by=request.user, about=owner_of(obj), on=obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                audit.record(self.act_of_deletion, by=request.user, about=owner_of(row), on=row)
            super().delete_queryset(request, queryset)


def audit_others(site: AdminSite) -> None:
    """Has the pages that other packages registered write into the audit log too."""
    for model, page in list(site._registry.items()):
        if not isinstance(page, Audited):
            site.unregister(model)
            site.register(model, type(type(page).__name__, (Audited, type(page)), {}))


def owner_of(row: Model) -> int | None:
    """The key of the person whom a row belongs to; None if it is nobody's."""
    if isinstance(row, User):
        return row.pk
    for name in ("owner_id", "user_id"):
        if (owner := getattr(row, name, None)) is not None:
            return int(owner)
    parents = (getattr(row, name, None) for name in PARENTS)
    return next((owner_of(parent) for parent in parents if isinstance(parent, Model)), None)


def _changed(message: Iterable[Any]) -> Iterable[str]:
    """The labels of changed fields in a message of Django's admin, with the kinds of rows added or deleted beside."""
    for part in message:
        for event, what in part.items():
            if event == "changed":
                yield from what["fields"]
            elif what:
                yield f"{what['name']} {event}"
