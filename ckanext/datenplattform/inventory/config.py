"""The declared options of the room and one typed getter for each."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.datenplattform.inventory."


def _number(name: str, default: int, least: int) -> int:
    value = tk.config.get(PREFIX + name)
    return max(least, int(default if value is None or value == "" else value))


def confirm_months() -> int:
    """Months until a record has to be confirmed again."""
    return _number("confirm_months", 12, 1)


def remind_before_days() -> int:
    """Days before something is due from which on people are reminded."""
    return _number("remind_before_days", 14, 0)


def remind_every_days() -> int:
    """Days between two reminders of the same kind to the same address."""
    return _number("remind_every_days", 7, 1)


def escalate_after_days() -> int:
    """Days overdue after which the unit's lead is told."""
    return _number("escalate_after_days", 30, 0)
