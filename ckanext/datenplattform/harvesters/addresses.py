"""Addresses of OGC services: parameters are case-insensitive, and operators paste addresses with half a query. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_REQUEST = frozenset({"service", "version", "request", "typename", "typenames", "outputformat", "srsname", "acceptversions"})


def with_query(url: str, **parameters: Any) -> str:
    """The address with these parameters; those of the same name (any case) are replaced, others (a map file, a key)
    stay."""
    parts = urlsplit(url)
    names = {name.lower() for name in parameters}
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name.lower() not in names]
    return urlunsplit(parts._replace(query=urlencode([*kept, *parameters.items()], safe=":,/")))


def base_of(url: str) -> str:
    """The address of a service without the parameters of a request."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name.lower() not in _REQUEST]
    return urlunsplit(parts._replace(query=urlencode(kept, safe=":,/"), fragment=""))
