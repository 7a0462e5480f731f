"""The declared options of the room and one typed getter for each."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.datenplattform.review."


def position_metres() -> int:
    """Positions near critical infrastructure are no more exact than this, in metres."""
    return max(1, int(tk.config.get(PREFIX + "position_metres") or 100))


def small_cells() -> int:
    """Counts of people below this are small."""
    return max(1, int(tk.config.get(PREFIX + "small_cells") or 5))


def check_at_once_bytes() -> int:
    """Files up to so many bytes in all are checked in the request."""
    value = tk.config.get(PREFIX + "check_at_once_megabytes")
    return int(5 if value is None else value) * 1_000_000


def digest_hour() -> int:
    """From this hour of the day on (portal's time zone) the daily mail is sent."""
    value = tk.config.get(PREFIX + "digest_hour")
    return min(23, max(0, int(7 if value is None else value)))
