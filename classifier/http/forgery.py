"""Why the origin of a form cannot be confirmed (CSRF), and what to do about it.

Django only knows that the check failed. The request shows why: a page that was open too long is one cause of many.
"""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.middleware import csrf

EXPIRED = "This page was open for a long time, or you have signed in or out since. Reload it and try again."
NO_COOKIE = "Your browser sent no cookies. Allow cookies for this site, reload the page and try again."
COOKIE_NEEDS_HTTPS = "You opened this site by http, but it keeps its cookies for https. Open its address with https://."
HIDDEN = (
    "Your browser does not say which page the form comes from (Origin: null). Open the site in a tab of its own, not "
    "inside another page or from a file, switch off extensions that hide the sender, and try again."
)
HIDDEN_BY_PROXY = (
    "If this happens to everybody, something in front of the site sends “Referrer-Policy: no-referrer”; "
    "it must be same-origin."
)
NO_REFERER = "Your browser does not say which page the form comes from. Allow it to send the Referer to this site."
TELL = "This is not your fault: the site is set up wrongly. Please tell its administrator what is written below."
HTTPS_OUTSIDE = (
    "The browser uses https, but the site receives http and does not know about it. Set HTTPS=true, set "
    "TRUSTED_PROXIES to the number of proxies in front of the site, and have them send “X-Forwarded-Proto: https”; "
    "or set CSRF_TRUSTED_ORIGINS={origin}."
)
FOREIGN = "The form was sent from {origin}, which is another site than {host}. Open {host} itself and try again."
FOREIGN_BY_PROXY = (
    "If {origin} is the address of this site, have the proxy in front of it pass the header Host on, "
    "or set CSRF_TRUSTED_ORIGINS={origin}."
)


def cause(request: HttpRequest, reason: str) -> tuple[str, str]:
    """A sentence for the person, and one for the operator or "". reason: as Django's middleware gives it."""
    origin, host = request.headers.get("Origin", ""), _host(request)
    if reason.startswith(csrf.REASON_BAD_ORIGIN.split(" - ")[0]):
        if origin == "null":
            return HIDDEN, HIDDEN_BY_PROXY
        if origin == f"https://{host}" and not request.is_secure():
            return TELL, HTTPS_OUTSIDE.format(origin=origin)
        return FOREIGN.format(origin=origin, host=host), FOREIGN_BY_PROXY.format(origin=origin)
    if "Referer" in reason:
        return NO_REFERER, HIDDEN_BY_PROXY
    if reason == csrf.REASON_NO_CSRF_COOKIE:
        if settings.CSRF_COOKIE_SECURE and not request.is_secure():
            return COOKIE_NEEDS_HTTPS, ""
        return NO_COOKIE, ""
    return EXPIRED, ""


def _host(request: HttpRequest) -> str:
    try:
        return request.get_host()
    except DisallowedHost:
        return ""
