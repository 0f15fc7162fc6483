"""The hosts to which the operator allows messages: the setting WEBHOOK_HOSTS. Needs no Django.

An entry is a host (`hooks.example.org`), or all hosts below a name (`*.example.org`). They are reached by https;
`http://hooks.example.org` allows http. Another port than 443 or 80 is part of the entry: `hooks.example.org:8443`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

ENTRY = re.compile(r"(http://)?(\*\.)?([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)(?::([1-9]\d{0,4}))?")
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Target:
    """Where an address leads to."""

    scheme: str  # https or http
    host: str
    port: int
    path: str  # with the query

    @classmethod
    def of(cls, address: str) -> Target | None:
        """Parses an address; None if it is not one that a message can be sent to."""
        if not address.isascii() or not address.isprintable() or " " in address:
            return None
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            return None
        if parts.scheme not in PORTS or not parts.hostname or "@" in parts.netloc or parts.fragment:
            return None
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, parts.hostname, PORTS[parts.scheme] if port is None else port, path)


def parse(setting: str) -> list[str]:
    """The entries of the setting. Raises ValueError for one that cannot be understood."""
    entries = [entry.strip() for entry in setting.split(",") if entry.strip()]
    for entry in entries:
        match = ENTRY.fullmatch(entry)
        if match is None or int(match[4] or 1) > 65535:
            raise ValueError(f"WEBHOOK_HOSTS has entries such as hooks.example.org or *.example.org, not {entry!r}.")
    return entries


def are_allowed(entries: Iterable[str], target: Target) -> bool:
    """Whether one of the entries allows messages to this target."""
    return any(_allows(entry, target) for entry in entries)


def _allows(entry: str, target: Target) -> bool:
    match = ENTRY.fullmatch(entry)
    if match is None:
        return False
    scheme = "http" if match[1] else "https"
    if (scheme, int(match[4] or PORTS[scheme])) != (target.scheme, target.port):
        return False
    return target.host.endswith(f".{match[3]}") if match[2] else target.host == match[3]
