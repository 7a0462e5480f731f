"""Ids of entities: parts that the register knows, joined by dots. Pure.

They are as stable as what they are made of, need no quoting in an address, and lead back to their parts.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_PART = re.compile(r"(?:[A-Za-z0-9_-]|~[0-9A-F]{2})*")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def joined(*parts: str) -> str:
    """The id of these parts; what is neither letter, digit, ``_`` nor ``-`` stands as ``~`` and its bytes in UTF-8."""
    return ".".join("".join(chr(byte) if byte in _PLAIN else f"~{byte:02X}" for byte in part.encode()) for part in parts)


def parts(entity_id: str) -> list[str] | None:
    """The parts of an id; None for what is none."""
    found = []
    for part in entity_id.split("."):
        if not _PART.fullmatch(part):
            return None
        raw = re.sub(rb"~(..)", lambda match: bytes([int(match[1], 16)]), part.encode())
        try:
            found.append(raw.decode())
        except UnicodeDecodeError:
            return None
    # one entity has one id; and no text in the database holds a zero
    return found if joined(*found) == entity_id and "\0" not in entity_id and not any("\0" in part for part in found) else None


def micros(moment: datetime) -> int:
    """Microseconds since 1970 (UTC)."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(text: str) -> datetime | None:
    """The time (UTC) that `micros` made a number of; None for what is none."""
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII) or str(int(text)) != text:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(text))
    except OverflowError:
        return None
