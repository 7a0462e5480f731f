"""What the actions take."""

from __future__ import annotations

from typing import Any

from ckan.logic.schema import validator_args


@validator_args
def timeseries_waiting(not_empty: Any, unicode_safe: Any, ignore_missing: Any, list_of_strings: Any, ignore: Any) -> Any:
    return {
        "resource_id": [not_empty, unicode_safe],
        "streams": [ignore_missing, list_of_strings],
        "__extras": [ignore],
    }


@validator_args
def timeseries_read(ignore_missing: Any, unicode_safe: Any, ignore_empty: Any, ignore: Any) -> Any:
    """What is asked for; times, numbers and lists are looked at by `asking`, which names each fault."""
    text, given = [ignore_missing, ignore_empty, unicode_safe], [ignore_missing, ignore_empty]
    return {
        **dict.fromkeys(("dataset", "resource_id", "property", "from", "to", "interval", "timezone", "cursor"), text),
        **dict.fromkeys(("streams", "aggregate", "limit"), given),
        "__extras": [ignore],
    }
