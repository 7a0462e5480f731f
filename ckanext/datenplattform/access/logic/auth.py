"""Auth functions of room `access`: one for each action, and `resource_show` for files and rows."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from .. import readers


@tk.auth_allow_anonymous_access
@tk.chained_auth_function
def resource_show(up: Any, context: Any, data: Any) -> Any:
    """Files and rows need the level data; the entry alone does not give them."""
    resource = context.get("resource") or model.Resource.get(data.get("id") or "")
    if resource is None or resource.state != model.State.ACTIVE:
        # no NotFound: stock views such as the DataStore's dump expect a refusal, which they answer with 404
        return {"success": False, "msg": tk._("Not found")}
    found = readers.facts([resource.package_id]).get(resource.package_id) if resource.package_id else None
    reached = readers.level(readers.memberships(readers.current_user(context)), found) if found else None
    return {"success": reached in ("data", "all"), "msg": tk._("Not found")}


def _nobody(context: Any, data: Any) -> Any:
    """Sysadmins only (CKAN lets them pass)."""
    return {"success": False, "msg": tk._("Only the system administration may do this.")}


role_grant = role_revoke = role_list = _nobody
