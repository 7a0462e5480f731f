"""Actions of the room."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic import validate

from .. import shared
from . import schema


@validate(schema.timeseries_waiting)
def timeseries_waiting_release(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Let waiting rows of a series into its public table. Only the review calls this, after the decision.

    :param resource_id: id of the series' resource
    :param streams: only these streams (optional)
    :returns: ``{"released": number of rows}``
    """
    tk.check_access("timeseries_waiting_release", context, data_dict)
    return {"released": shared.release_waiting(data_dict["resource_id"], data_dict.get("streams"))}


@tk.side_effect_free
@validate(schema.timeseries_waiting)
def timeseries_waiting_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What waits outside the standing release.

    :param resource_id: id of the series' resource
    :returns: ``{"rows": number, "streams": [{"stream", "rows", "first", "last", "arrived"}]}``, times in UTC
    """
    tk.check_access("timeseries_waiting_show", context, data_dict)
    streams = [
        {**stream, **{key: stream[key].isoformat() for key in ("first", "last", "arrived")}}
        for stream in shared.waiting_summary(data_dict["resource_id"])
    ]
    return {"rows": sum(stream["rows"] for stream in streams), "streams": streams}


ACTIONS = (timeseries_waiting_release, timeseries_waiting_show)
