"""Who may do what with series."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from .. import asking


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
    known = resource is not None and resource.state == "active" and access.reader_level(reader, str(resource.package_id))
    if resource is None or not known:
        raise tk.ObjectNotFound(tk._("Resource was not found."))
    try:
        inner: Any = {**context, "package": resource.package}
        tk.check_access("package_update", inner, {"id": resource.package_id})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


def _reads(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may read the dataset's files. What others may not see is not found; of a property each sees what he may."""
    if data_dict.get("dataset") or data_dict.get("resource_id"):
        asking.tables_of(context, {key: data_dict.get(key) for key in ("dataset", "resource_id")})
    return {"success": True}


@tk.auth_allow_anonymous_access
def timeseries_query(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may read the dataset's files."""
    return _reads(context, data_dict)


@tk.auth_allow_anonymous_access
def timeseries_latest(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may read the dataset's files."""
    return _reads(context, data_dict)


@tk.auth_allow_anonymous_access
def timeseries_streams(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may read the dataset's files."""
    return _reads(context, data_dict)


@tk.auth_allow_anonymous_access
def timeseries_forecast(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may read the dataset's files."""
    return _reads(context, data_dict)
