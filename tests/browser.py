"""A browser without scripts: keeps cookies, follows redirects and returns a form with its token."""

import re
from dataclasses import dataclass
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener


@dataclass
class Page:
    status: int
    url: str  # after redirects
    text: str


class Browser:
    """Paths are added to the address of the site."""

    def __init__(self, site: str, jar: CookieJar | None = None) -> None:
        self.site, self.jar = site, jar if jar is not None else CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> Page:
        return self._open(path, None)

    def post(self, path: str, fields: dict[str, str], form_at: str = "") -> Page:
        """Sends a form, with the token of the page that shows it (form_at, by default the same)."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(form_at or path).text)
        assert token
        return self._open(path, urlencode(fields | {"csrfmiddlewaretoken": token[1]}).encode())

    def cookie(self, start: str) -> str:
        """The Cookie header's pair whose name starts so."""
        return next(f"{cookie.name}={cookie.value}" for cookie in self.jar if cookie.name.startswith(start))

    def _open(self, path: str, body: bytes | None) -> Page:
        request = Request(path if "://" in path else self.site + path, body)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Page(answer.status, answer.url, answer.read().decode(errors="replace"))
        except HTTPError as error:
            return Page(error.code, error.url or "", error.read().decode(errors="replace"))
