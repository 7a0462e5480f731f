"""Dates as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk
from babel.dates import format_date, format_datetime

from .i18n import language


def say(value: Any, with_time: bool = False) -> str:
    """A date (or moment; without a time zone it is UTC) as people write it: "3. November 2026"."""
    if not value:
        return ""
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"\d{4}", text):
            return text
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return format_date(date.fromisoformat(text), "long", locale=language())
        try:
            value = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            return text
    if not isinstance(value, datetime):
        return format_date(value, "long", locale=language())
    moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    local = moment.astimezone(ZoneInfo(str(tk.h.get_display_timezone())))
    if with_time:
        return format_datetime(local, "d. MMMM y, HH:mm" if language().startswith("de") else "d MMMM y, HH:mm",
                               locale=language())  # fmt: skip
    return format_date(local.date(), "long", locale=language())
