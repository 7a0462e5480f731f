"""Which addresses may be contacted. Pure: no sockets, no CKAN.

Public is what the IANA registries of special-purpose addresses leave over; Python's own tables are older than the
registries in the releases we support, so the later entries stand here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "100.64.0.0/10",  # carrier-grade NAT
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # old 6to4 relays
        "198.18.0.0/15",  # benchmarks
        "240.0.0.0/4",  # reserved, broadcast
        "::/96",  # IPv4-compatible, loopback, unspecified
        "64:ff9b:1::/48",  # local-use NAT64
        "100::/64",  # discard
        "2001::/23",  # IETF protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # old site-local
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
# A host name whose last label is a number is an IPv4 address to a resolver: octal, hexadecimal, decimal or short forms.
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)\Z")


def is_public(address: str | IPAddress) -> bool:
    """Whether the address (text as a socket gives it, a scope like ``%eth0`` allowed) lies on the public internet.

    An IPv6 address that wraps an IPv4 one (mapped, NAT64, 6to4) is judged by what it wraps. False for what is no
    address.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0] if isinstance(address, str) else address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = _wrapped(ip)
        if wrapped is not None:
            return is_public(wrapped)
    if any(ip.version == network.version and ip in network for network in _SPECIAL):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def _wrapped(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip in _SIX_TO_FOUR:
        return ipaddress.IPv4Address((int(ip) >> 80) & 0xFFFFFFFF)
    return None


def is_disguised(host: str) -> bool:
    """Whether a host name is an IPv4 address in any other than the usual four decimal numbers (``2130706433``,
    ``0177.1``, ``0x7f.0.0.1``).
    """
    labels = host.rstrip(".").split(".")
    if not _NUMBER.match(labels[-1]):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False


def is_allowed(host: str, port: int, allowed: Collection[str]) -> bool:
    """Whether the operator has allowed this host by name, for every port (``host``) or one (``host:port``).

    ``allowed`` in lower case. IPv6 addresses are written with or without brackets, with a port always in brackets.
    """
    name = host.strip("[]").rstrip(".").lower()
    forms = {name, f"[{name}]", f"[{name}]:{port}"} if ":" in name else {name, f"{name}:{port}"}
    return not forms.isdisjoint(allowed)
