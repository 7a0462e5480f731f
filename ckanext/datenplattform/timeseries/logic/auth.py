"""Who may do what with series."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk


@tk.auth_sysadmins_check
@tk.auth_disallow_anonymous_access
def timeseries_waiting_release(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Nobody, not even a sysadmin: what waits becomes visible by a decision, which calls with ``ignore_auth``."""
    return {"success": False, "msg": tk._("Waiting rows are released by a decision of the review board only.")}


@tk.auth_disallow_anonymous_access
def timeseries_waiting_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may edit the dataset."""
    resource = model.Resource.get(str(data_dict.get("resource_id") or ""))
    if resource is None or resource.state != "active":
        raise tk.ObjectNotFound(tk._("Resource was not found."))
    try:
        inner: Any = {**context, "package": resource.package}
        tk.check_access("package_update", inner, {"id": resource.package_id})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}
