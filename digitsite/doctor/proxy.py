"""The way from a browser to the site: its address, the proxies between, and what the site sees of a request."""

import json
import ssl
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from configparser import ConfigParser, Error
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from .findings import Finding, note, ok, wrong

WITHIN_S = 15


def check() -> Iterator[Finding]:
    url = settings.SITE_URL.rstrip("/")
    if not url:
        if settings.TRUSTED_PROXIES or settings.HTTPS:
            yield note(
                "What the proxy sends was not checked, because SITE_URL is not set.",
                "Set SITE_URL to the address at which people reach the site.",
            )
            return
        url = _own_address()
        if not url:
            yield note("No request was tried: SITE_URL is not set, and `make run` has not started this site.")
            return
    else:
        yield from _contradictions(url)
    yield from _request(url)


def _own_address() -> str:
    """Where `make run` has started the site; empty if it has not."""
    config = ConfigParser(interpolation=None)
    try:
        config.read(Path(settings.DATA_DIR) / "run" / "supervisord.conf")
        words = config.get("program:web", "command").split()
    except Error:
        return ""
    bind = words[words.index("--bind") + 1]
    host, _, port = bind.rpartition(":")
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}{settings.SCRIPT_NAME}"  # noqa: S104 - compared


def _contradictions(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    if (parts.scheme == "https") != settings.HTTPS:
        yield wrong(
            f"SITE_URL begins with {parts.scheme}:, but HTTPS is {str(settings.HTTPS).lower()}.",
            f"Set HTTPS={'true' if parts.scheme == 'https' else 'false'}, or correct SITE_URL.",
        )
    if not validate_host(parts.hostname or "", settings.ALLOWED_HOSTS):
        yield wrong(
            f"ALLOWED_HOSTS does not have {parts.hostname}, the host of SITE_URL, so the site refuses its visitors.",
            f"Add {parts.hostname} to ALLOWED_HOSTS.",
        )
    if parts.path.rstrip("/") != settings.SCRIPT_NAME:
        yield wrong(
            f"SITE_URL has the path {parts.path or '/'}, but SCRIPT_NAME is {settings.SCRIPT_NAME or 'empty'}.",
            f"Set SCRIPT_NAME={parts.path.rstrip('/')}, or correct SITE_URL.",
        )


def _request(url: str) -> Iterator[Finding]:
    request_id = f"doctor-{uuid.uuid4().hex}"
    try:
        status, headers, text = _get(f"{url}/readyz", request_id)
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            yield wrong(f"The certificate of {url} is not valid: {error.reason.verify_message}.", "Renew it.")
            return
        yield wrong(f"This machine cannot reach {url}: {error.reason}.", "Start the site and the proxy; see SITE_URL.")
        return
    except OSError as error:
        yield wrong(f"This machine cannot reach {url}: {error}.", "Start the site and the proxy; see SITE_URL.")
        return
    try:
        seen = json.loads(text)["request"]
    except (ValueError, KeyError, TypeError):
        yield wrong(
            f"{url}/readyz answers with status {status}, but not as this site does.",
            "See whether SITE_URL and the proxy lead to this site, and whether ALLOWED_HOSTS has its name.",
        )
        return
    if headers.get("X-Request-ID") != request_id:
        yield note(
            "A proxy does not pass X-Request-ID on, so its log cannot be compared with the site's.",
            "Have it pass the header on in both directions.",
        )
    yield from _seen(url, seen)


def _get(url: str, request_id: str) -> tuple[int, Any, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers={"X-Request-ID": request_id})  # noqa: S310 - http or https
    try:
        with opener.open(request, timeout=WITHIN_S) as answer:
            return answer.status, answer.headers, answer.read(100_000).decode(errors="replace")
    except urllib.error.HTTPError as error:  # 503 if it is not ready
        with error:
            return error.code, error.headers, error.read(100_000).decode(errors="replace")


def _seen(url: str, seen: dict[str, Any]) -> Iterator[Finding]:
    trusted, proxies, scheme = settings.TRUSTED_PROXIES, int(seen["proxies"]), urlsplit(url).scheme
    fits = True
    if proxies != trusted:
        fits = False
        consequence = (
            "all people count as one address" if trusted < proxies else "anybody can pretend to have another address"
        )
        yield wrong(
            f"A request to {url} arrives through {_proxies(proxies)} (by X-Forwarded-For), but TRUSTED_PROXIES is "
            f"{trusted}, so {consequence}.",
            f"Set TRUSTED_PROXIES={proxies}, or have the proxies add to X-Forwarded-For.",
        )
    if seen["scheme"] != scheme:
        fits = False
        yield wrong(
            f"A request to {url} arrives as {seen['scheme']}, so forms are refused or cookies are not sent.",
            "Have the outermost proxy send X-Forwarded-Proto, and set TRUSTED_PROXIES to the number of proxies.",
        )
    if fits:
        yield ok(f"A request to {url} arrives as it should ({scheme}, {_proxies(proxies)}).")


def _proxies(number: int) -> str:
    return "no proxies" if not number else "1 proxy" if number == 1 else f"{number} proxies"
