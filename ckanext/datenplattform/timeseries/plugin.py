"""Plugin `dp_timeseries`: wiring only."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from . import streams  # noqa: F401 - registers the table
from .logic import action, auth


@tk.blanket.actions(action)
@tk.blanket.auth_functions(auth)
class TimeseriesPlugin(p.SingletonPlugin):
    """Series in the DataStore and rows that wait for a decision."""
