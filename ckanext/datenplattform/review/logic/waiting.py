"""Action of room `review` about rows that wait outside a standing release."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...core.validation import validated
from .. import events, standing
from . import schema
from .common import actor, package


def standing_release_waiting_discard(context: Any, data_dict: Any) -> dict[str, Any]:
    """Forget the rows of a series that wait outside its standing release, for good; what is public stays. For who may withdraw
    the dataset; kept as an event with their number.

    Example: `standing_release_waiting_discard(package_id="baumsensoren", reason="Darin stehen Kennzeichen.")`

    :param package_id: id or name; :param reason: why
    :returns: {"package_id", "discarded": number of rows}
    :raises ValidationError: nothing waits
    """
    tk.check_access("standing_release_waiting_discard", context, data_dict)
    data = validated(data_dict, schema.reason(), context)
    found = package(data)
    rows = (standing.waiting().get(found.id) or {}).get("rows", 0)
    if not rows:
        raise tk.ValidationError({"package_id": [tk._("Nothing waits here. Perhaps somebody else has dealt with it.")]})
    # the event first: rows that are gone without one could not be told of, an event without rows does no harm
    events.append(found.id, "waiting_discarded", actor(context), None, {"rows": rows}, data["reason"])
    model.Session.commit()
    return {"package_id": found.id, "discarded": standing.discard(found.id)}


ACTIONS = (standing_release_waiting_discard,)
