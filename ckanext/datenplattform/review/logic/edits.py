"""Four eyes for rows too: who writes into the DataStore has edited the dataset, and does not vote on it."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from .. import cases

NAMES = ("datastore_create", "datastore_upsert", "datastore_delete", "datastore_records_delete")


def chained() -> dict[str, Any]:
    """The actions that write rows, each with a note of who did; without the DataStore none."""
    return {name: _noting(name) for name in NAMES} if p.plugin_loaded("datastore") else {}


def _noting(name: str) -> Any:
    @tk.chained_action
    def write(up: Any, context: Any, data_dict: Any) -> Any:
        answer = up(context, data_dict)
        user = model.User.get(context.get("user") or "")
        resource_id = (answer or {}).get("resource_id") if isinstance(answer, dict) else None
        resource = model.Resource.get(resource_id) if resource_id else None
        # the portal itself is nobody, as for harvested metadata
        if resource is not None and resource.package_id and user is not None and user.name != tk.config["ckan.site_id"]:
            cases.note_editor(resource.package_id, user.id)
            model.Session.commit()
        return answer

    write.__name__ = name
    write.__doc__ = f"{name}, and a note that the caller has edited the dataset."
    return write
