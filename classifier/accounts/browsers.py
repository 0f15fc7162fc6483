"""Names a browser and its device from the User-Agent header, with the patterns of the ua-parser project."""

import re
from functools import cache

from ua_parser import BasicResolver, Domain, Parser, load_lazy_builtins

UNKNOWN = "An unknown browser"
VARIANT = re.compile(r"\b(Mobile|iOS|WebView)\b")  # of a browser's name: "Mobile Safari", "Chrome Mobile iOS"


def describe(user_agent: str) -> str:
    """Browser and device in words: "Firefox on Windows"."""
    answer = _parser()(user_agent, Domain.ALL)
    browser, system, device = answer.user_agent, answer.os, answer.device
    name = " ".join(VARIANT.sub("", browser.family).split()) if browser else ""
    words = name[:1].upper() + name[1:] or UNKNOWN
    if device and device.brand == "Apple":
        return f"{words} on {device.family}"  # iPhone, iPad, Mac
    return f"{words} on {system.family}" if system else words


@cache
def _parser() -> Parser:
    """The parser, made when a page first needs it. It compiles a pattern when it first tries it."""
    return Parser(BasicResolver(load_lazy_builtins()))
