"""The admin of people: nobody changes an account with more rights, and staff make links for a new password."""

from typing import Any

import django_stubs_ext
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_variables

from classifier import audit
from classifier.accounts import closing, password_links, rights

from .audited import Audited

django_stubs_ext.monkeypatch(extra_classes=[UserAdmin])  # lets the class below be generic
admin.site.unregister(User)

MADE_A_LINK = "Made a link to choose a new password."
ACTIVE = "Active"  # labels in the form, as Django's log names changed fields
RIGHTS = {"Staff status", "Superuser status", "Groups", "User permissions"}


@admin.register(User)
class PeopleAdmin(Audited, UserAdmin[User]):
    """Django's admin of accounts, within the rights of the person who uses it."""

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_manage(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only administrators grant rights: otherwise staff could give themselves all of them."""
        fields = super().get_readonly_fields(request, obj)
        return fields if _is_superuser(request) else (*fields, "is_superuser", "groups", "user_permissions")

    act_of_deletion = audit.Act.REMOVED_ACCOUNT

    def acts_of_change(self, obj: Model, fields: list[str], message: Any) -> list[audit.Act]:
        if message == MADE_A_LINK:
            return [audit.Act.MADE_PASSWORD_LINK]
        acts = [audit.Act.CHANGED_RIGHTS] if RIGHTS.intersection(fields) else []
        if ACTIVE in fields:
            is_active = isinstance(obj, User) and obj.is_active
            acts.append(audit.Act.ENABLED_ACCOUNT if is_active else audit.Act.DISABLED_ACCOUNT)
        return acts or [audit.Act.CHANGED_RECORD]

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Deletes the account; what its owner did as staff stays without the name."""
        self.delete_queryset(request, User.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            for person in queryset:
                audit.record(self.act_of_deletion, by=request.user, about=person)
                closing.hand_over(person)
            queryset.delete()

    def user_change_password(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        with transaction.atomic():
            return super().user_change_password(request, *args, **more)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.password_link, cacheable=False)
        return [path("<int:user_id>/password-link/", view, name="user-password-link"), *super().get_urls()]

    @sensitive_variables("link")
    def password_link(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Says what a link does (GET), or makes one, records that, and shows it this once (POST)."""
        person = get_object_or_404(User, pk=user_id)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        link = ""
        if request.method == "POST" and person.is_active:
            link = password_links.make(person)
            self.log_change(request, person, MADE_A_LINK)
        context = {
            **self.admin_site.each_context(request),
            "title": "Link for a new password",
            "person": person,
            "link": link,
            "hours": password_links.valid_hours(),
        }
        return TemplateResponse(request, "admin/auth/user/password_link.html", context)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _may_manage(request: HttpRequest, person: User | None) -> bool:
    return person is None or (isinstance(request.user, User) and not rights.exceed(person, request.user))
