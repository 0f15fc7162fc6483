"""Messages go to hosts that the operator allows, and to public addresses alone."""

import socket
from ipaddress import ip_address

import pytest

from classifier.sheets.webhooks import addresses, allowing
from classifier.sheets.webhooks.allowing import WebhookRejected, checked
from classifier.sheets.webhooks.hosts import Target, are_allowed, parse
from classifier.sheets.webhooks.signing import key_of

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111"]
REFUSED = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fec0::1", "ff0e::1", "2001:db8::1", "::7f00:1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::a00:1"),
    *("2002:7f00:1::", "2001::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address):
    assert addresses.is_public(ip_address(address))


@pytest.mark.parametrize("address", REFUSED)
def test_other_addresses_are_refused(address):
    assert not addresses.is_public(ip_address(address))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0"])
def test_names_of_this_machine_are_refused(host):
    with pytest.raises(addresses.NotPublic):
        addresses.resolve(host, 443)


def name_server(monkeypatch, *found):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
def test_name_that_leads_to_a_refused_address_is_refused(monkeypatch, address):
    name_server(monkeypatch, address)
    with pytest.raises(addresses.NotPublic):
        addresses.resolve("hooks.example.org", 443)


def test_one_refused_address_refuses_the_name(monkeypatch):
    name_server(monkeypatch, PUBLIC[0], "10.1.2.3")
    with pytest.raises(addresses.NotPublic):
        addresses.resolve("hooks.example.org", 443)


def test_addresses_are_found_once(monkeypatch):
    name_server(monkeypatch, *PUBLIC, PUBLIC[0])
    assert addresses.resolve("hooks.example.org", 443) == PUBLIC


def test_name_that_is_none_is_an_error_of_the_network():
    with pytest.raises(OSError, match="label"):
        addresses.resolve("a" * 64 + ".example.org", 443)


@pytest.mark.parametrize(
    ("entries", "address", "expected"),
    [
        ("hooks.example.org", "https://hooks.example.org/a?b=1", True),
        ("hooks.example.org", "https://HOOKS.example.org", True),
        ("hooks.example.org", "https://hooks.example.org:443/", True),
        ("hooks.example.org", "http://hooks.example.org/", False),
        ("hooks.example.org", "https://hooks.example.org:8443/", False),
        ("hooks.example.org", "https://a.hooks.example.org/", False),
        ("hooks.example.org", "https://hooks.example.org.evil.example/", False),
        ("hooks.example.org", "https://hooks.example.org./", False),
        ("hooks.example.org:8443", "https://hooks.example.org:8443/", True),
        ("*.example.org", "https://a.b.example.org/", True),
        ("*.example.org", "https://example.org/", False),
        ("*.example.org", "https://badexample.org/", False),
        ("a.example.org, http://hooks.example.org", "http://hooks.example.org/", True),
        ("http://hooks.example.org", "https://hooks.example.org/", False),
        ("http://hooks.example.org:8080", "http://hooks.example.org:8080/", True),
    ],
)
def test_entries_allow_hosts(entries, address, expected):
    target = Target.of(address)
    assert target is not None
    assert are_allowed(parse(entries), target) is expected


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "x",
            "ftp://hooks.example.org/",
            "file:///etc/passwd",
            "https://",
            "https:///path",
            "//hooks.example.org/",
        ),
        *(
            "https://user:pw@hooks.example.org/",
            "https://evil.example@hooks.example.org/",
            "https://hooks.example.org:x/",
        ),
        *("https://hooks.example.org/ x", "https://hooks.example.org/\r\nHost: x", "https://höoks.example.org/"),
        *("https://[::1", "https://hooks.example.org:99999/", "https://hooks.example.org/#x"),
    ],
)
def test_what_is_no_address_is_rejected(settings, address):
    settings.WEBHOOK_HOSTS = ["hooks.example.org"]
    assert Target.of(address) is None
    with pytest.raises(WebhookRejected):
        allowing.target_of(address)


def test_no_host_is_allowed_at_first(settings):
    assert settings.WEBHOOK_HOSTS == []
    with pytest.raises(WebhookRejected, match="operator allows no hosts"):
        checked("https://hooks.example.org/")


def test_rejection_names_what_is_allowed(settings):
    settings.WEBHOOK_HOSTS = ["hooks.example.org"]
    with pytest.raises(WebhookRejected, match=r"https://evil.example:443\. Its operator allows: hooks\.example\.org\."):
        checked("https://evil.example/")


def test_secret_is_made_or_checked(settings):
    settings.WEBHOOK_HOSTS = ["hooks.example.org"]
    address, secret = checked("https://hooks.example.org/")
    assert len(key_of(secret)) == 32
    assert len(secret) <= 64
    assert checked(address, secret) == (address, secret)
    assert checked("", secret) == ("", "")
    for weak in ("secret", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "whsec_" + "A" * 60, "whsec_é"):
        with pytest.raises(WebhookRejected, match="secret"):
            checked(address, weak)
