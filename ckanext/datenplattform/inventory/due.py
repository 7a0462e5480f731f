"""When a record has to be confirmed again. Pure: days in, days out."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has no such day.

    >>> after(date(2027, 1, 31), 1)
    datetime.date(2027, 2, 28)
    """
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
