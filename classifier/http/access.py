"""Access to the staff pages. Only staff can tell that they exist, and changes need a permission."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

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
            if permission and not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate
