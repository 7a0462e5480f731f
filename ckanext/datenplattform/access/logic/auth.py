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


def _dataspace_owner(context: Any, data: Any) -> Any:
    """Those who edit the owning organisation, and the inventory lead."""
    from .action import find_dataspace

    who = readers.memberships(readers.current_user(context))
    name = data.get("dataspace") or data.get("id")
    space = find_dataspace(name) if name else None
    owner = space.owner_org if space else _organization_id(data.get("owner_org"))
    allowed = "inventory_lead" in who.roles or (owner is not None and owner in who.edits)
    return {"success": allowed, "msg": tk._("Only the owning unit may change this data space.")}


def _organization_id(name: Any) -> str | None:
    group = model.Group.get(name) if name else None
    return group.id if group else None


dataspace_create = dataspace_member_add = dataspace_member_remove = _dataspace_owner


def dataspace_dataset_add(context: Any, data: Any) -> Any:
    """The owner of the data space who also edits the dataset's unit."""
    package = model.Package.get(data.get("package_id") or "")
    if package is None:
        raise tk.ObjectNotFound()
    who = readers.memberships(readers.current_user(context))
    allowed = package.owner_org in who.edits or "inventory_lead" in who.roles
    return {"success": allowed and _dataspace_owner(context, data)["success"]}


def dataspace_dataset_remove(context: Any, data: Any) -> Any:
    """As for adding."""
    return dataspace_dataset_add(context, data)


def dataspace_list(context: Any, data: Any) -> Any:
    """Everybody who is logged in; the action gives each their own."""
    return {"success": readers.current_user(context) is not None}
