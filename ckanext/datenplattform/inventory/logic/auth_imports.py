"""Auth functions of imports and exports."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ..model_imports import InventoryImport
from . import auth


def inventory_import(context: Any, data: Any) -> Any:
    """Those who keep records: editors of a unit, the inventory lead."""
    who = access.memberships(access.current_user(context))
    allowed = bool(who.edits) or who.sysadmin or "inventory_lead" in who.roles
    return {"success": allowed, "msg": tk._("Only those who keep records import them.")}


def inventory_import_list(context: Any, data: Any) -> Any:
    """As for importing; everybody sees their own."""
    return inventory_import(context, data)


def inventory_import_show(context: Any, data: Any) -> Any:
    """Who uploaded it, as long as they still keep the records of all its units; for others it does not exist."""
    user = access.current_user(context)
    row = model.Session.get(InventoryImport, str(data.get("id") or ""))
    if row is None or user is None or row.user_id != user.id:
        raise tk.ObjectNotFound()
    who = access.memberships(user)
    if not (who.sysadmin or "inventory_lead" in who.roles or set(row.units or ()) <= who.edits):
        raise tk.ObjectNotFound()
    return inventory_import(context, data)


def inventory_import_confirm(context: Any, data: Any) -> Any:
    """As for seeing it."""
    return inventory_import_show(context, data)


def inventory_import_cancel(context: Any, data: Any) -> Any:
    """As for seeing it."""
    return inventory_import_show(context, data)


def inventory_export(context: Any, data: Any) -> Any:
    """As for the list: everybody of the city group."""
    return auth.inventory_record_list(context, data)
