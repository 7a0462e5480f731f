"""Auth functions of the actions in `quality`."""

from __future__ import annotations

from typing import Any

import ckan.authz as authz
import ckan.plugins.toolkit as tk


@tk.auth_allow_anonymous_access
def dcat_quality_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """Everybody; a dataset only if `package_show` shows it to them, which the action asks."""
    return {"success": True}


def dcat_dataset_check(context: Any, data_dict: Any) -> dict[str, Any]:
    """Who may create datasets in some unit; a dataset that exists, who may edit it."""
    if data_dict.get("id"):
        tk.check_access("package_update", context, {"id": data_dict["id"]})
        return {"success": True}
    user = context.get("user")
    if authz.is_sysadmin(user) or authz.has_user_permission_for_some_org(user, "create_dataset"):
        return {"success": True}
    return {"success": False, "msg": tk._("Only those who may create datasets can have one checked.")}
