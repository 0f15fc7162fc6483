"""Which Redis the site uses, as REDIS_URL says it; redis-py and Celery want the same in different notations.

    redis://[user:password@]host:6379/0        rediss:// by TLS
    sentinel://[user:password@]host:26379,host:26379,host:26379/NAME/0        sentinels:// by TLS
    unix:///path/to/redis.sock?db=0

Sentinels tell which of several Redis servers is the master that they call NAME. Imports neither Redis nor Celery.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("redis", "rediss", "unix", "sentinel", "sentinels")
SENTINEL_PORT = 26379
SERVERS = re.compile(r"(?<=://)[^/?#]*")  # with the credentials
NOTATION = "REDIS_URL must be like redis://:password@host:6379/0, rediss://… (TLS) or {sentinel}.".format(
    sentinel="sentinel://:password@host:26379,host:26379,host:26379/NAME/0"
)
ENCODED = "Special characters of a password are written as in all URLs: / as %2F, # as %23, ? as %3F, @ as %40."


@dataclass(frozen=True)
class RedisAddress:
    url: str = field(repr=False)
    scheme: str
    credentials: str = field(repr=False)  # `user:password@`, encoded; or nothing
    path: str  # of a socket, or `/number` of a database
    query: dict[str, str] = field(default_factory=dict)
    sentinels: tuple[tuple[str, int], ...] = ()
    master: str = ""
    ca_file: str = ""
    sentinel_password: str = field(default="", repr=False)

    @property
    def tls(self) -> dict[str, Any]:
        """Options of redis-py, which Celery takes too. Without a CA of its own, those that the system trusts count."""
        if self.scheme not in ("rediss", "sentinels"):
            return {}
        given = {name: value for name, value in self.query.items() if name.startswith("ssl_")}
        return {"ssl_cert_reqs": "required", "ssl_ca_certs": self.ca_file or None} | given

    @property
    def login(self) -> dict[str, Any]:
        """Name, password and number of the database of a Redis that sentinels name."""
        name, _, password = self.credentials.removesuffix("@").partition(":")
        return {"username": unquote(name) or None, "password": unquote(password) or None, "db": int(self.path[1:])}

    def sentinel_options(self, within_s: float) -> dict[str, Any]:
        """How sentinels are asked: each once, all of them together within that time."""
        each_s = within_s / len(self.sentinels)
        timeouts = {"socket_timeout": each_s, "socket_connect_timeout": each_s, "retry": None}
        login = {"password": self.sentinel_password} if self.sentinel_password else {}
        return timeouts | login | ({"ssl": True} | self.tls if self.tls else {})

    def broker_options(self, within_s: float) -> dict[str, Any]:
        """Celery's options of the transport for one that waits so long for Redis."""
        options: dict[str, Any] = {"socket_timeout": within_s}
        if self.sentinels:
            options |= {"master_name": self.master, "sentinel_kwargs": self.sentinel_options(within_s)}
        return options

    def broker_url(self) -> str:
        """In Celery's notation."""
        if self.scheme == "unix":
            return f"redis+socket://{self.path}?virtual_host={self.query.get('db', '0')}"
        login = self.credentials.replace(";", "%3B")
        if self.sentinels:  # each with everything, because Celery tries one after the other
            return ";".join(f"sentinel://{login}{_host(*each)}{self.path}" for each in self.sentinels)
        return f"{self.scheme}://{login}{urlsplit(self.url).netloc.rpartition('@')[2]}{self.path}"

    def celery_settings(self) -> dict[str, Any]:
        # A request does not wait for a broker that is away: the row is stored, and the scheduler sends it again.
        # Workers reconnect by themselves: that is CELERY_BROKER_CONNECTION_MAX_RETRIES.
        patience = {"socket_connect_timeout": 1, "socket_keepalive": True, "max_retries": 0}
        return {
            "CELERY_BROKER_URL": self.broker_url(),
            "CELERY_BROKER_USE_SSL": self.tls or None,
            "CELERY_BROKER_TRANSPORT_OPTIONS": patience | self.broker_options(within_s=5),
        }


def parse(url: str, ca_file: str = "", sentinel_password: str = "") -> RedisAddress:
    """Reads REDIS_URL.

    ca_file: certificates (PEM) that sign those of the servers. Raises ValueError with a sentence without secrets.
    """
    if ca_file and not Path(ca_file).is_file():
        raise ValueError(f"REDIS_CA_FILE: there is no file {ca_file}.")
    try:
        # Apart from the rest: urlsplit of newer Pythons refuses several hosts if one is an IPv6 address.
        servers = SERVERS.search(url)
        credentials, at, hosts = servers[0].rpartition("@") if servers else ("", "", "")
        parts = urlsplit(SERVERS.sub("", url, count=1))
        query = dict(parse_qsl(parts.query))
        if parts.scheme not in SCHEMES or parts.fragment or bool(hosts) == (parts.scheme == "unix"):
            raise ValueError(parts.scheme)
        name, path = "", parts.path
        sentinels: tuple[tuple[str, int], ...] = ()
        if parts.scheme.startswith("sentinel"):
            sentinels = tuple(_parsed(host) for host in hosts.split(","))
            name, path = _name_and_database(parts.path)
        elif parts.scheme != "unix":
            urlsplit(f"//{hosts}").port  # noqa: B018 - raises ValueError
            path = f"/{int(parts.path.strip('/') or query.get('db', '0'))}"
    except ValueError:  # its text may be a piece of the password
        raise ValueError(f"{NOTATION} {ENCODED}") from None
    return RedisAddress(url, parts.scheme, credentials + at, path, query, sentinels, name, ca_file, sentinel_password)


def _parsed(host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    if not parts.hostname:
        raise ValueError(host)
    return parts.hostname, parts.port or SENTINEL_PORT


def _name_and_database(path: str) -> tuple[str, str]:
    name, _, database = path.strip("/").partition("/")
    if not name:
        raise ValueError(path)
    return unquote(name), f"/{int(database or 0)}"


def _host(name: str, port: int) -> str:
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
