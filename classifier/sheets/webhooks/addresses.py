"""Which network addresses messages may be sent to: public ones only, so no message reaches the site's own network."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Check = Callable[["IPv4Address | IPv6Address"], bool]

# Python calls these global, but they lead to the machine's own network or to the cloud that it runs in.
NOT_PUBLIC = [
    ip_network("192.0.0.0/24"),  # protocol assignments, RFC 6890; the metadata of Oracle's cloud
    ip_network("168.63.129.16/32"),  # the host of Azure's virtual machines
    ip_network("2002::/16"),  # 6to4, RFC 7526: contains an IPv4 address
    ip_network("64:ff9b::/32"),  # NAT64, RFC 6052 and RFC 8215: contains an IPv4 address
    ip_network("::ffff:0:0/96"),  # IPv4-mapped
    ip_network("fec0::/10"),  # site-local, RFC 3879
]


class NotPublic(Exception):
    """A name leads to an address that is not public."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address belongs to a machine of the public internet.

    False for private, loopback, link-local (metadata of clouds), shared, multicast and reserved ones.
    """
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in NOT_PUBLIC)


def resolve(host: str, port: int, is_allowed: Check = is_public) -> list[str]:
    """The addresses of a host, to connect to without asking for the name again.

    Raises NotPublic if any is refused: a name that leads to public and to private addresses is a trap. Raises OSError
    if there is no such name.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        raise OSError(str(error)) from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not all(is_allowed(ip_address(address)) for address in addresses):
        raise NotPublic
    return addresses
