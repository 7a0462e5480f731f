"""The declared options of the room and one typed getter for each."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.datenplattform.harvesters."


def schedule_seconds() -> int:
    """Seconds between two looks for jobs that are due or done."""
    return int(tk.config.get(PREFIX + "schedule_seconds") or 60)
