"""Which addresses are public (hardening 20)."""

from __future__ import annotations

import pytest

from ckanext.datenplattform.core.addresses import is_allowed, is_disguised, is_public

INNER = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:c0a8:101::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "nonsense",
]
OUTER = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "2001:4860:4860::8888",
    "2a02:2e0::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTER)
def test_outer_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["2130706433", "0177.0.0.1", "0x7f.0.0.1", "127.1", "0x7f000001", "127.0.0.0x1", "1.2.3.4.5"]
)
def test_numbers_in_disguise(host: str) -> None:
    assert is_disguised(host)


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "8.8.8.8", "4you.example", "localhost", "::1", "a1"])
def test_names_and_plain_addresses_are_no_disguise(host: str) -> None:
    assert not is_disguised(host)


@pytest.mark.parametrize(
    ("host", "port", "entry", "expected"),
    [
        ("intern.example", 80, "intern.example", True),
        ("INTERN.example.", 443, "intern.example", True),
        ("intern.example", 8080, "intern.example:8080", True),
        ("intern.example", 80, "intern.example:8080", False),
        ("evil.intern.example", 80, "intern.example", False),
        ("intern.example.evil", 80, "intern.example", False),
        ("::1", 80, "::1", True),
        ("[::1]", 8080, "[::1]:8080", True),
        ("::1", 80, "[::1]:8080", False),
        ("127.0.0.1", 80, "127.0.0.2", False),
    ],
)
def test_what_the_operator_allows(host: str, port: int, entry: str, expected: bool) -> None:
    assert is_allowed(host, port, frozenset([entry])) is expected
