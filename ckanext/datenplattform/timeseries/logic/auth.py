"""Who may do what with series."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def timeseries_waiting_release(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Nobody, not even a sysadmin: what waits becomes visible by a decision, which calls with ``ignore_auth``."""
    return {"success": False, "msg": tk._("Waiting rows are released by a decision of the review board only.")}


@tk.auth_disallow_anonymous_access
def timeseries_waiting_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may edit the dataset. A series of a dataset that the reader may not know of is not found."""
    resource = model.Resource.get(str(data_dict.get("resource_id") or ""))
    reader = access.current_user(context)
    known = resource is not None and resource.state == "active" and access.reader_level(reader, resource.package_id)
    if resource is None or not known:
        raise tk.ObjectNotFound(tk._("Resource was not found."))
    try:
        inner: Any = {**context, "package": resource.package}
        tk.check_access("package_update", inner, {"id": resource.package_id})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}
