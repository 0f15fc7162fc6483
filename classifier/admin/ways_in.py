"""The admin of second factors and connected accounts, where they are switched on: shows them without their secrets.

Staff remove the second factor of a person who has lost it, within their own rights.
"""

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from classifier.accounts import rights

from .read_only import ReadOnlyAdmin


class WayInAdmin(ReadOnlyAdmin):
    """Rows that let a person in."""

    list_select_related = ["user"]
    search_fields = ["user__username"]
    actions = None  # the action that deletes many would not ask for each whether it may

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        owner = getattr(obj, "user", None)
        may = owner is None or (isinstance(request.user, User) and not rights.exceed(owner, request.user))
        return may and super().has_delete_permission(request, obj)


if apps.is_installed("allauth.mfa"):
    import allauth.mfa.admin  # registers the page that this one replaces
    from allauth.mfa.models import Authenticator

    admin.site.unregister(Authenticator)

    @admin.register(Authenticator)
    class AuthenticatorAdmin(WayInAdmin):
        list_display = ["user", "type", "created_at", "last_used_at"]
        list_filter = ["type"]
        exclude = ["data"]

        def delete_model(self, request: HttpRequest, obj: Model) -> None:
            """Removes the recovery codes too when they are all that is left."""
            super().delete_model(request, obj)
            left: QuerySet[Model] = Authenticator.objects.filter(user=obj.user)  # type: ignore[attr-defined]
            if not left.exclude(type="recovery_codes").exists():
                left.delete()


if apps.is_installed("allauth.socialaccount"):
    import allauth.socialaccount.admin  # noqa: F401 - as above
    from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken

    admin.site.unregister([SocialAccount, SocialApp, SocialToken])

    @admin.register(SocialAccount)
    class SocialAccountAdmin(WayInAdmin):
        list_display = ["user", "provider", "uid", "date_joined", "last_login"]
