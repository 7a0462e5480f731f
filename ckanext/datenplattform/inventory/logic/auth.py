"""Auth functions of room `inventory`."""

from __future__ import annotations

from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access


def inventory_dataset_upsert(context: Any, data: Any) -> Any:
    """Those who may create datasets in the unit."""
    dataset = data.get("dataset") if isinstance(data.get("dataset"), dict) else {}
    allowed = authz.has_user_permission_for_group_or_org(
        dataset.get("owner_org") or "", context.get("user"), "create_dataset"
    )
    return {"success": allowed, "msg": tk._("You may not create datasets for this unit.")}


def inventory_dataset_vanish(context: Any, data: Any) -> Any:
    """Harvesters (with ignore_auth) and sysadmins."""
    return {"success": False}


def _package_id(data: Any) -> str:
    package = model.Package.get(data.get("id") or "")
    if package is None:
        raise tk.ObjectNotFound()
    return package.id


def inventory_record_show(context: Any, data: Any) -> Any:
    """Those who see all of the dataset: own unit's editors, the inventory lead, the board while it decides."""
    reached = access.reader_level(access.current_user(context), _package_id(data))
    if reached is None:
        raise tk.ObjectNotFound()
    return {"success": reached == "all", "msg": tk._("Only the responsible unit sees this record.")}


def inventory_record_patch(context: Any, data: Any) -> Any:
    """Own unit's editors and the inventory lead."""
    package_id = _package_id(data)
    user = access.current_user(context)
    who = access.memberships(user)
    if access.reader_level(user, package_id) is None:
        raise tk.ObjectNotFound()
    package = model.Package.get(package_id)
    allowed = "inventory_lead" in who.roles or (package is not None and package.owner_org in who.edits)
    return {"success": allowed, "msg": tk._("Only the responsible unit changes this record.")}


def inventory_record_create(context: Any, data: Any) -> Any:
    """Those who may create datasets in the unit, and the inventory lead; without a unit: in any."""
    who = access.memberships(access.current_user(context))
    if not data.get("unit"):
        allowed = "inventory_lead" in who.roles or bool(who.edits)
    else:
        allowed = "inventory_lead" in who.roles or authz.has_user_permission_for_group_or_org(
            data["unit"], context.get("user"), "create_dataset"
        )
    return {"success": allowed, "msg": tk._("You may not create datasets for this unit.")}


def inventory_record_delete(context: Any, data: Any) -> Any:
    """As for changing."""
    return inventory_record_patch(context, data)


def inventory_record_history(context: Any, data: Any) -> Any:
    """As for reading the record."""
    return inventory_record_show(context, data)


def inventory_record_list(context: Any, data: Any) -> Any:
    """Everybody of the city group."""
    who = access.memberships(access.current_user(context))
    return {"success": who.staff or who.sysadmin, "msg": tk._("Only staff see the inventory.")}


@tk.auth_allow_anonymous_access
def inventory_register_list(context: Any, data: Any) -> Any:
    """Everybody: the board released these entries."""
    return {"success": True}
