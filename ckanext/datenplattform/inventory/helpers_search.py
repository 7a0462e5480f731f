"""Template helpers of the inventory's list."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from babel.dates import format_date
from babel.numbers import format_decimal

from ..core.i18n import language


def dp_inventory_number(value: int) -> str:
    """A number with the language's separators."""
    return format_decimal(value, locale=language())


def dp_inventory_day(value: str | None) -> str:
    """A moment (ISO 8601) as a short day: "03.11.2026"; empty for nothing."""
    moment = tk.h.date_str_to_datetime(value) if value else None
    return format_date(moment, "dd.MM.y" if language().startswith("de") else "d MMM y", locale=language()) if moment else ""


def get_helpers() -> dict[str, Any]:
    """Helpers by name."""
    return {name: function for name, function in globals().items() if name.startswith("dp_inventory_")}
