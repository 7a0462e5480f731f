"""The room's declared options, one typed getter for each. No other module reads the raw keys."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.datenplattform.timeseries."


def keep_days() -> int:
    """Days that single values are kept; 0: for ever."""
    return _number("keep_days")


def page_rows(signed_in: bool) -> int:
    """Most rows in one answer."""
    return max(1, _number("page_rows_signed_in" if signed_in else "page_rows"))


def query_seconds() -> int:
    """Seconds for one question."""
    return max(1, _number("query_seconds"))


def live_readers() -> int:
    """Readers of new values at the same time, in one process."""
    return _number("live_readers")


def live_seconds() -> int:
    """Seconds until a reader of new values has to connect again."""
    return max(1, _number("live_seconds"))


def forecast_days() -> int:
    """Days that single forecasts are kept; a week at least, since their outcomes may come late."""
    return max(7, _number("forecast_days"))


def sta() -> bool:
    """Whether series can be read by SensorThings."""
    return bool(tk.asbool(tk.config.get(PREFIX + "sta", True)))


def alert_mails_per_day() -> int:
    """Most mails about alerts to one address on one day."""
    return max(1, _number("alert_mails_per_day"))


def _number(name: str) -> int:
    return int(tk.config.get(PREFIX + name) or 0)
