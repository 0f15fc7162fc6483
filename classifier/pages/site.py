"""The model page, the error pages and the operator's probes."""

import sys
import uuid

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.urls import reverse
from django.views import defaults
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from classifier.digits import registry
from classifier.http import forgery, health, limits, outages, rejections
from classifier.http.problems import is_api, plain_problem

from .answers.model import link_to, model_context


@require_safe
def model(request: HttpRequest, public_id: uuid.UUID | None = None) -> HttpResponse:
    """The digit reader in service, or another public version."""
    shown = registry.shown_to_all()
    version = get_object_or_404(shown, public_id=public_id) if public_id else registry.version_in_service()
    others = shown.exclude(pk=version.pk).only("public_id", "name", "kind", "is_active") if version else ()
    return render(
        request, "classifier/site/model.html", model_context(version) | {"others": [link_to(each) for each in others]}
    )


ICONS = [("app-192", 192, "any"), ("app-512", 512, "any"), ("app-maskable-512", 512, "maskable")]


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """Describes the site as an app that phones and desktops can install; it begins at the pad."""
    home = reverse("classifier:home")
    described = {
        "id": home,
        "start_url": home,
        "scope": home,
        "name": "digitsite: handwritten digits",
        "short_name": "digitsite",
        "description": "Draw a digit and see how a neural network reads it.",
        "lang": "en",
        "display": "standalone",
        "theme_color": "#23357f",
        "background_color": "#e7edf6",
        "icons": [
            {"src": static(f"icons/{name}.png"), "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
            for name, side, purpose in ICONS
        ],
    }
    return JsonResponse(described, content_type="application/manifest+json")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, limits.BodyTooLarge):
        return limits.too_large(request)
    if not isinstance(exception, DisallowedHost):  # a scan, not a person's request
        rejections.count("too_large" if isinstance(exception, RequestDataTooBig) else "malformed")
    if is_api(request):
        return plain_problem(400, "The request cannot be parsed.", "malformed")
    return defaults.bad_request(request, exception)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers a form whose origin cannot be confirmed. Scripts find the sentence in a header (see digitsite.js)."""
    sentence, for_operator = forgery.cause(request, reason)
    context = {"sentence": sentence, "for_operator": for_operator}
    response = render(request, "403_csrf.html", context, status=403)
    if sentence == forgery.EXPIRED:
        return response
    return trigger_client_event(response, "refused", {"says": f"{sentence} {for_operator}".strip()})


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers a person who lacks a permission. Scripts find the sentence in a header (see digitsite.js)."""
    response = defaults.permission_denied(request, exception)
    return trigger_client_event(response, "refused", {"says": "You do not have permission for this."})


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return plain_problem(404, "Not found.", "not_found")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]  # Django calls this while it handles the error
    if outage := outages.outage_of(error):
        return outages.unavailable(request, outage, error)
    rejections.count("server_error")
    if is_api(request):
        return plain_problem(500, "The server failed and logged the error. Please try again.", "error")
    return defaults.server_error(request)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "version": settings.VERSION})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    checks = health.readiness()
    missing = [name for name, state in checks.items() if state != "ok"]
    state = {"ready": not missing, "missing": missing, "checks": checks, "warnings": health.warnings()}
    state["request"] = health.seen(request)
    return JsonResponse(state, status=503 if missing else 200)
