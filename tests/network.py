"""No network beyond this machine in tests: whatever code of ours or of a library tries it, fails at once.

A Python audit hook sees every connect, send and name look-up of this process, also during collection and in
session fixtures. It cannot be removed, so nothing switches it off for good. Not seen: other processes (the
browser gets its own switch) and libpq, which connects below Python; its address stands in the ini.

Allowed: loopback, sockets of files, the machine's own name, and the services that the ini names.
A look-up of any other name fails as on a machine without network. Registered in tests/conftest.py.
"""

from __future__ import annotations

import configparser
import ipaddress
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

SERVICES = ("ckan.redis.url", "solr_url", "sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url")

_names = {"", "localhost", "localhost.localdomain", "0.0.0.0", "::"}
_addresses: set[str] = set()
_state = {"installed": False}


class NetworkBlocked(RuntimeError):
    """A test tried to leave this machine. Not an OSError: nothing shall take it for a source that is down."""


def is_local(host: Any) -> bool:
    """Whether an IP address or a name stays on this machine or belongs to a given service."""
    if host is None:
        return True
    name = host.decode(errors="replace") if isinstance(host, (bytes, bytearray)) else str(host)
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name.lower().rstrip(".") in _names
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified or str(mapped) in _addresses


def _is_literal(host: Any) -> bool:
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not is_local(address[0]):
            raise NetworkBlocked(f"Tests stay on this machine: {event} to {address[0]}:{address[1]} refused")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
        # an address needs no look-up; whether it may be connected to is decided above
        if not is_local(host) and not _is_literal(host):
            raise socket.gaierror(socket.EAI_NONAME, f"Tests stay on this machine: no look-up of {host!r}")


def allow(url: str) -> None:
    """Let a service that the operator gave (in the ini) be reached."""
    host = urlsplit(url).hostname
    if host:
        _names.add(host.lower())
        _addresses.update(str(found[4][0]) for found in socket.getaddrinfo(host, None))


def install() -> None:
    """Watch this process from now on; safe to call again."""
    if not _state["installed"]:
        _state["installed"] = True
        _names.update({socket.gethostname().lower(), socket.getfqdn().lower()})
        sys.addaudithook(_hook)


def pytest_configure(config: Any) -> None:
    """Before anything is collected."""
    ini = configparser.ConfigParser(interpolation=None, strict=False)
    path = config.getoption("ckan_ini", None)
    if path and ini.read(path) and ini.has_section("app:main"):
        for key in SERVICES:
            allow(ini.get("app:main", key, fallback=""))
    install()
