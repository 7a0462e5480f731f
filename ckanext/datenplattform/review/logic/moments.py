"""Periods, days and moments that actions are given."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk

# what the board can mean; outside of it sums with time zones may fail
FIRST, LAST = 1900, 2999


def moment(value: Any) -> datetime:
    """A validator: a moment in ISO 8601; without a time zone it is UTC, a date without time is its first moment."""
    try:
        found = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    except ValueError:
        raise tk.Invalid(tk._("This is not a date. Please write it like 2026-11-23.")) from None
    if not FIRST <= found.year <= LAST:
        raise tk.Invalid(tk._("This is not a date. Please write it like 2026-11-23."))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def day(value: Any) -> date:
    """A validator: a day, 2026-11-23."""
    try:
        found = date.fromisoformat(str(value).strip())
    except ValueError:
        raise tk.Invalid(tk._("This is not a date. Please write it like 2026-11-23.")) from None
    if not FIRST <= found.year <= LAST:
        raise tk.Invalid(tk._("This is not a date. Please write it like 2026-11-23."))
    return found
