"""Who may see what: staff pages, whose existence only staff can tell and where changes need a permission; and what
browsers and proxies may keep of an answer.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django_htmx.http import HttpResponseClientRedirect

from classifier.accounts import rights

READ_AGAIN = "classifier.add_rereading"

View = Callable[..., HttpResponseBase]


def for_staff(permission: str = "") -> Callable[[View], View]:
    """Sends visitors to the sign-in page. Answers 404 to others who are not staff, 403 to staff without permission."""

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not getattr(request.user, "is_staff", False):
                raise Http404
            if rights.lack_second_factor(request.user):
                return to_second_factor(request)
            if permission and not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def to_second_factor(request: HttpRequest) -> HttpResponseBase:
    """Leads a member of staff to the page where they set up their second factor."""
    notices.warning(request, "Staff of this site need a second factor. Set it up here; then staff pages open.")
    response = redirect("mfa_index")
    return HttpResponseClientRedirect(response.url) if getattr(request, "htmx", False) else response


def second_factor_first(admin_view: Callable[..., View]) -> Callable[..., View]:
    """Makes the administration lead staff without the second factor that they need to where they set it up.

    admin_view: of an AdminSite, which wraps each of its views. Signing out stays possible.
    """

    def wrap(view: View, cacheable: bool = False) -> View:
        inner = admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            is_leaving = request.resolver_match is not None and request.resolver_match.url_name == "logout"
            if not is_leaving and rights.lack_second_factor(request.user):
                return to_second_factor(request)
            return inner(request, *args, **kwargs)

        return guarded

    return wrap


class PrivateMiddleware:
    """Marks answers that say nothing else about it as private, and to be asked for anew.

    Not as `no-store`: browsers would no longer keep the page for the Back button, with the drawing on its pad.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "Cache-Control" not in response.headers:
            patch_cache_control(response, private=True, no_cache=True)
        return response
