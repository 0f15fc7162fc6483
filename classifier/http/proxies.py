"""Reverse proxies in front of the site: notices settings that do not fit them, and tells the operator.

A proxy that is not trusted makes all people one address, and a site that is reached by https and does not know it
refuses every form. Only requests show what a proxy sends, so the middleware looks at them; what the settings alone
contradict are checks of Django.
"""

import ipaddress
import logging
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.http import HttpRequest, HttpResponseBase

from classifier.jobs import broker

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED")
PASSED_ON = (*FORWARDED, "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST", "HTTP_VIA")
NOTICED_KEY, NOTICED_FOR_S = "proxies:untrusted", 86400
NOTICED_EVERY = 500  # requests with such a header, in each process
UNTRUSTED = (
    "Requests arrive with X-Forwarded-… headers, but TRUSTED_PROXIES is 0. Behind a reverse proxy, set TRUSTED_PROXIES "
    "to the number of proxies: until then all people count as one address, and forms sent by https may be refused. "
    "Without a proxy, somebody invents these headers, and they are ignored."
)

log = logging.getLogger(__name__)


def is_from_here(environ: dict[str, Any]) -> bool:
    """Whether a request comes from this machine and no proxy has passed it on. environ: as of WSGI."""
    if any(name in environ for name in PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class ForwardedMiddleware:
    """Notices headers of a proxy that is not trusted: warns in the log once, and remembers it for `warnings`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._seen = 0

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.TRUSTED_PROXIES and any(name in request.META for name in FORWARDED):
            self._notice()
        return self.get_response(request)

    def _notice(self) -> None:
        self._seen += 1
        if self._seen == 1:
            log.warning(UNTRUSTED)
        if self._seen % NOTICED_EVERY == 1:
            try:
                broker.connection().set(NOTICED_KEY, 1, ex=NOTICED_FOR_S)
            except redis.RedisError as error:
                log.info("Headers of a proxy were not noted: %s", error)


def warnings() -> list[str]:
    """What the operator should look into: contradictory settings, and an untrusted proxy within the last day."""
    contradictions = [f"{message.msg} {message.hint}" for message in settings_fit_a_proxy(None)]
    if settings.TRUSTED_PROXIES:
        return contradictions
    try:
        return [*contradictions, UNTRUSTED] if broker.connection().exists(NOTICED_KEY) else contradictions
    except redis.RedisError:
        return contradictions


@register
def settings_fit_a_proxy(app_configs: Any, **more: Any) -> list[CheckMessage]:
    contradictions: list[CheckMessage] = []
    if settings.HTTPS and not settings.TRUSTED_PROXIES and not settings.CSRF_TRUSTED_ORIGINS:
        contradictions.append(
            Warning(
                "HTTPS is true, but TRUSTED_PROXIES is 0, so the site takes every request for http and refuses forms.",
                hint="Set TRUSTED_PROXIES to the number of proxies, and have the outermost send X-Forwarded-Proto.",
                id="digitsite.W001",
            )
        )
    if not settings.HTTPS and any(origin.startswith("https:") for origin in settings.CSRF_TRUSTED_ORIGINS):
        contradictions.append(
            Warning(
                "CSRF_TRUSTED_ORIGINS names an https address, but HTTPS is false, so cookies are also sent by http.",
                hint="Set HTTPS=true.",
                id="digitsite.W002",
            )
        )
    return contradictions
