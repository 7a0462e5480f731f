"""What answers to programs have in common: who asks, JSON, gzip, ETag, CORS."""

from __future__ import annotations

import gzip
from typing import Any

import ckan.plugins.toolkit as tk
import msgspec
from flask import Response, request

#: Below, packing costs more than it saves.
_WORTH = 1000
#: JSON of an answer; decimals are numbers.
encode = msgspec.json.Encoder(decimal_format="number").encode


def reader() -> Any:
    """The context of who asks, for one answer (``asked``: what `asking` has found out for it)."""
    return {"user": tk.current_user.name if tk.current_user.is_authenticated else "", "asked": {}}


def finished(response: Response, tag: str | None = None) -> Response:
    """The response packed, marked and open to pages of others. Nobody may keep it without asking again."""
    body = response.get_data()
    if len(body) > _WORTH and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.set_data(gzip.compress(body, 5))
        response.headers["Content-Encoding"] = "gzip"
    if tag:
        response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept-Encoding, Accept-Language, Authorization, Cookie"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
