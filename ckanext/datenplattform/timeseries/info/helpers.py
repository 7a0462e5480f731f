"""Helpers for templates; each begins with `dp_timeseries_`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from ...core.clock import utcnow
from .. import query, streams
from ..examples import examples
from ..logic import reading
from . import stations, words

#: Series that a dataset's page lists.
MOST = 24


def dp_timeseries_has_stations(pkg: dict[str, Any]) -> bool:
    """Whether a dataset has pages on the spot: it is published and has series."""
    try:
        return bool(stations.of_dataset(pkg["id"]))
    except tk.ObjectNotFound:
        return False


def dp_timeseries_now(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """The latest values of a dataset, as its reader may see them: ``{"rows": [{"name", "value", "ago", "time" (UTC)}], "more": how many
    series are not listed}``; None where there are none, or where asking takes too long."""
    if not any(resource.get("url_type") == "datastore" for resource in pkg.get("resources", ())):
        return None
    context: Any = {"user": tk.current_user.name if tk.current_user.is_authenticated else ""}
    try:
        asked: Any = dict(context)
        tk.check_access("timeseries_latest", asked, {"dataset": pkg["name"]})
        found = reading.listed(context, {"dataset": pkg["name"]}, with_value=True)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError, query.TooSlow):
        return None
    there, now, codes = [item for item in found if item["state"] != "vanished"], utcnow(), streams.codes().entries
    if not there:
        return None
    rows = [
        {
            "name": item["name"] or item["stream"],
            "value": words.value(item, codes.get(item["property"] or ""))[0],
            "ago": words.ago(moment, now),
            "time": moment.isoformat(),
        }
        for item in there[:MOST]
        for moment in [datetime.fromisoformat(item["time"])]
    ]
    return {"rows": rows, "more": len(there) - len(rows)}


def dp_timeseries_examples(pkg: dict[str, Any]) -> list[dict[str, str]]:
    """How to read a dataset by program: ``{"tool", "code"}``."""
    return examples(f"{tk.config['ckan.site_url'].rstrip('/')}/api/daten/v1/{pkg['name']}")


def get_helpers() -> dict[str, Any]:
    """All of them by name."""
    return {found.__name__: found for found in (dp_timeseries_has_stations, dp_timeseries_now, dp_timeseries_examples)}
