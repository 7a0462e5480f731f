"""What a series came to in the last seven days, from rollups alone: however many values there are, some 200 rows are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from ..query import Page, Question, page

DAYS = 7
_MOST_ROWS = 12 * (DAYS + 1) * 26
_HOUR = timedelta(hours=1)


@dataclass
class Hour:
    """An hour (UTC) with values."""

    start: datetime
    mean: float | None
    low: float | None
    high: float | None


@dataclass
class Daily:
    """A day of the town. ``total``: sum of its values; ``share``: of the time, by state; ``count`` 0: no value."""

    day: date
    count: int = 0
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    share: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float | None:
        """The sum of its values."""
        return None if self.mean is None else self.mean * self.count

    @property
    def there(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.count or self.share)


@dataclass
class Week:
    """``days``: seven, to today; ``hours``: those with a value; ``missing``: whole hours without one between the first
    day's beginning (or the first value, if later) and now."""

    days: list[Daily]
    hours: list[Hour]
    begin: datetime
    end: datetime
    missing: int = 0


def weeks(cursor: Any, resource_id: str, streams: Sequence[str], now: datetime, zone: ZoneInfo) -> dict[str, Week]:
    """Series → its week until ``now``."""
    today = now.astimezone(zone).date()
    dates = [today - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
    begin = datetime.combine(dates[0], time(), zone).astimezone(timezone.utc)
    names: dict[str, tuple[str, ...] | None] = {resource_id: tuple(streams)}
    numbers = ("count", "mean", "min", "max")
    daily = page(cursor, Question(names, begin, now, "1d", (*numbers, "share")), None, _MOST_ROWS)
    hourly = page(cursor, Question(names, begin, now, "1h", numbers), None, _MOST_ROWS)
    found = {stream: Week([Daily(day) for day in dates], [], begin, now) for stream in streams}
    for row in _rows(daily):
        day = found[row["stream"]].days[(row["time"].astimezone(zone).date() - dates[0]).days]
        day.count, day.share = int(row["count"]), {state: float(share) for state, share in (row["share"] or {}).items()}
        day.mean, day.low, day.high = (_number(row[name]) for name in ("mean", "min", "max"))
    for row in _rows(hourly):
        if row["count"]:
            values = (_number(row[name]) for name in ("mean", "min", "max"))
            found[row["stream"]].hours.append(Hour(row["time"].astimezone(timezone.utc), *values))
    for week in found.values():
        if week.hours:
            there = {hour.start for hour in week.hours}
            # the hour that is not over yet is not missing
            whole = int((now - week.hours[0].start) / _HOUR)
            week.missing = sum(week.hours[0].start + n * _HOUR not in there for n in range(whole))
    return found


def _rows(found: Page) -> list[dict[str, Any]]:
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
