"""Periods as pages ask for them: by day, in the portal's time zone, the last day included. Actions take moments in UTC."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk


def zone() -> ZoneInfo:
    """The portal's time zone."""
    return ZoneInfo(str(tk.h.get_display_timezone()))


def moments(asked: dict[str, str]) -> dict[str, str]:
    """`since` and `until` for an action: a day becomes its first moment, the last day the first moment of the next one.

    What is no day goes on as it is: a moment, or something that the action refuses in words.
    """
    found = {}
    for name in ("since", "until"):
        text = (asked.get(name) or "").strip()
        if not text:
            continue
        try:
            day = date.fromisoformat(text)
            if name == "until":
                day += timedelta(days=1)
        except (ValueError, OverflowError):
            found[name] = text
        else:
            found[name] = datetime.combine(day, time(), zone()).isoformat()
    return found


def days(since: str | None, until: str | None) -> dict[str, str]:
    """The same back, for the fields of a form: the last day is the one that holds the last moment before `until`."""
    found = {"since": "", "until": ""}
    if since:
        found["since"] = datetime.fromisoformat(since).astimezone(zone()).date().isoformat()
    if until:
        last = datetime.fromisoformat(until) - timedelta(microseconds=1)
        found["until"] = last.astimezone(zone()).date().isoformat()
    return found


def last_day(until: str) -> datetime:
    """The last moment of a period, in UTC: "until 23 November" for one that ends with the midnight after it."""
    return (datetime.fromisoformat(until) - timedelta(microseconds=1)).astimezone(timezone.utc)
