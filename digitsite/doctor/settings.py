"""The settings: what is only for trying out, and what Django's own checks say about a site for others."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks

from digitsite import exposure

from .findings import Finding, note, ok, wrong

SAID_BY_EXPOSURE = {"security.W009", "security.W018"}
OF_HTTP = {"security.W004", "security.W012", "security.W016"}  # HSTS and secure cookies: they need https
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
REMEDIES = {
    "DEBUG is on": "Set DEBUG=false.",
    "SECRET_KEY can be guessed": (
        "Remove SECRET_KEY from the settings, so that the site makes its own, or set a random one of 50 characters. "
        "Everybody has to sign in again."
    ),
    "ALLOWED_HOSTS allows every name": "Set ALLOWED_HOSTS to the names by which people reach the site.",
}


def check() -> Iterator[Finding]:
    weaknesses = exposure.weaknesses()
    for weakness in weaknesses:
        yield wrong(f"{weakness}, so the site answers only requests from its own machine.", REMEDIES[weakness])
    findings = [each for each in checks.run_checks(include_deployment_checks=True) if not each.is_silenced()]
    grave = [each for each in findings if each.id not in SAID_BY_EXPOSURE | OF_HTTP and each.level >= checks.WARNING]
    for each in grave:
        yield wrong(
            f"Django's check {each.id} says: {' '.join(str(each.msg).split())}", each.hint or "See the setting."
        )
    if not settings.HTTPS and set(settings.ALLOWED_HOSTS) - LOOPBACK:
        yield note(
            "People reach the site by http, so others in the network can read passwords.",
            "Put a reverse proxy with https in front of it, and set HTTPS=true and TRUSTED_PROXIES.",
        )
    if not weaknesses and not grave:
        yield ok("No setting is only for trying out, and none contradicts another.")
