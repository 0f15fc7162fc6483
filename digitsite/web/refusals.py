"""What a request is answered that is not given to a thread because more comes than can be done.

The loop of a web process sends it, so it costs neither a thread nor a query. A preview is dropped without a word: the
pad keeps the last one.
"""

import json
import random
from functools import cache

from django.template.loader import render_to_string

from classifier.http.problems import CONTENT_TYPE, plain_problem

from .asked import HTMX, Asked, Kind, is_for_api
from .turns import Refusal

RETRY_AFTER_S = (2, 5)  # at random, so that not all come back at once
STATUS = {Refusal.SITE: "503 Service Unavailable", Refusal.SENDER: "429 Too Many Requests"}
CODE = {Refusal.SITE: "busy", Refusal.SENDER: "throttled"}
MANY_DRAW = "Many people are drawing now."
PROGRAM_WAITS = "While people draw, the site answers few requests of a token at the same time."
TOO_MANY = "You have sent too many requests at the same time."
# Pages of the site have these from middleware.
HEADERS = (
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
    "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\r\n"
)


def answer(asked: Asked, head: bytes, why: Refusal, stays: bool = False) -> tuple[int, bytes]:
    """The status and the whole response. head: of the request. stays: whether the connection stays open."""
    connection = f"Connection: {'keep-alive' if stays else 'close'}\r\n"
    if asked.kind is Kind.PREVIEW:
        return 204, f"HTTP/1.1 204 No Content\r\n{HEADERS}{connection}\r\n".encode()
    seconds = random.randint(*RETRY_AFTER_S)  # noqa: S311 - nothing is secret
    told = MANY_DRAW if why is Refusal.SITE else PROGRAM_WAITS if asked.is_program else TOO_MANY
    status = int(STATUS[why][:3])
    more = f"{connection}Retry-After: {seconds}\r\n"
    if is_for_api(head):
        body, kind = _problem(status, f"{told} Try again in {seconds} seconds.", CODE[why]), CONTENT_TYPE
    else:
        reloads = head.lstrip().startswith(b"GET ")
        body, kind = _page(told, seconds, reloads), "text/html; charset=utf-8"
        if HTMX.search(head):
            more += f"HX-Trigger: {json.dumps({'busy': {'says': told, 'seconds': seconds}})}\r\n"
        elif reloads:
            more += f"Refresh: {seconds}\r\n"
    more += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    sent = b"" if head.lstrip().startswith(b"HEAD ") else body
    return status, f"HTTP/1.1 {STATUS[why]}\r\n{HEADERS}{more}\r\n".encode() + sent


@cache
def _page(told: str, seconds: int, reloads: bool) -> bytes:
    return render_to_string("busy.html", {"told": told, "seconds": seconds, "reloads": reloads}).encode()


@cache
def _problem(status: int, detail: str, code: str) -> bytes:
    return bytes(plain_problem(status, detail, code).content)
