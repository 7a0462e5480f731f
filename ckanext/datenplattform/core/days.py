"""The last day of a right, as people write it ("bis einschließlich"), and the moment at which it ends (exclusive)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk


def _zone() -> ZoneInfo:
    return ZoneInfo(str(tk.h.get_display_timezone()))


def local(moment: datetime) -> datetime:
    """A moment in the portal's time zone."""
    return moment.astimezone(_zone())


def end_of(day: date | str) -> datetime:
    """The end of a day (a date or ISO 8601) in the portal's time zone, as a moment in UTC. Raises ValueError."""
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(found + timedelta(days=1), time(), _zone()).astimezone(timezone.utc)


def last_day(end: datetime | str) -> date:
    """The last day (in the portal's time zone) of what ends at this moment, exclusive."""
    moment = datetime.fromisoformat(end) if isinstance(end, str) else end
    return (moment.astimezone(_zone()) - timedelta(microseconds=1)).date()
