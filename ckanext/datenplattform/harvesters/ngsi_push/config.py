"""The declared options for push and one typed getter for each."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.datenplattform.harvesters."


def largest() -> int:
    """Bytes of a notification."""
    return max(1, int(tk.config.get(PREFIX + "push_kilobytes") or 1)) * 1000


def per_minute() -> int:
    """Notifications of one source in a minute."""
    return max(1, int(tk.config.get(PREFIX + "push_per_minute") or 1))
