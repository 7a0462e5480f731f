"""Where a reader goes on: opaque, good for one question only, and worthless when it is changed. Pure.

It holds the last row that was read, never a right to read: who may see what is asked anew for each page.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

_MOST = 2000


class BadCursor(ValueError):
    """It is none of ours, or belongs to another question."""


def make(position: Any, question: Any, secret: str) -> str:
    """A cursor for a position (JSON-able) within the answer to a question (JSON-able)."""
    body = json.dumps(position, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(body, question, secret) + body).decode().rstrip("=")


def read(cursor: str, question: Any, secret: str) -> Any:
    """The position. Raises BadCursor."""
    if len(cursor) > _MOST:
        raise BadCursor
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadCursor from None
    seal, body = raw[:16], raw[16:]
    if not hmac.compare_digest(seal, _seal(body, question, secret)):
        raise BadCursor
    return json.loads(body)


def _seal(body: bytes, question: Any, secret: str) -> bytes:
    asked = json.dumps(question, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.new(secret.encode(), hashlib.sha256(asked).digest() + body, hashlib.sha256).digest()[:16]
