"""Quiet hours: when nobody wants a mail, by the clock on the town hall's wall. Pure.

Wall time decides, so a night that is an hour shorter or longer is quiet for an hour less or more.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_FORM = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII)
_MINUTE = timedelta(minutes=1)


def is_time(text: str) -> bool:
    """Whether a text is a time of the day as rules hold it: 22:00."""
    return bool(_FORM.match(text))


def is_quiet(moment: datetime, begin: str, end: str, zone: ZoneInfo) -> bool:
    """Whether the wall shows a time from ``begin`` on and before ``end`` (``HH:MM``); over midnight too. Without both: never."""
    if not begin or not end:
        return False
    wall = moment.astimezone(zone).strftime("%H:%M")
    return begin <= wall < end if begin <= end else wall >= begin or wall < end


def quiet_until(moment: datetime, begin: str, end: str, zone: ZoneInfo) -> datetime:
    """The first full minute (UTC) that is not quiet; the moment itself when it is not."""
    found = moment.astimezone(timezone.utc)
    if not is_quiet(found, begin, end, zone):
        return found
    found = found.replace(second=0, microsecond=0)
    # minute by minute: the clock changes need no thought then, and a night has not many
    while is_quiet(found, begin, end, zone):
        found += _MINUTE
    return found
