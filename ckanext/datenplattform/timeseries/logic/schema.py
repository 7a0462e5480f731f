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
