"""The present moment, the same in every room."""

from __future__ import annotations

from datetime import datetime, timezone


def utcnow() -> datetime:
    """The present moment in UTC, with time zone."""
    return datetime.now(timezone.utc)
