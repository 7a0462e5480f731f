"""Helpers for templates; each begins with `dp_timeseries_`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from . import stations


def dp_timeseries_has_stations(pkg: dict[str, Any]) -> bool:
    """Whether a dataset has pages on the spot: it is published and has series."""
    try:
        return bool(stations.of_dataset(pkg["id"]))
    except tk.ObjectNotFound:
        return False


def get_helpers() -> dict[str, Any]:
    """All of them by name."""
    return {"dp_timeseries_has_stations": dp_timeseries_has_stations}
