"""Auth functions for suggestions, likely twins and merging."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from . import auth


def inventory_musterdatensatz_suggest(context: Any, data: Any) -> Any:
    """Everybody of the city group."""
    return auth.inventory_record_list(context, data)


def inventory_twin_list(context: Any, data: Any) -> Any:
    """Everybody of the city group; what is hidden stays hidden."""
    return auth.inventory_record_list(context, data)


def inventory_record_merge(context: Any, data: Any) -> Any:
    """Those who may change both records."""
    for name in ("id", "into"):
        allowed = auth.inventory_record_patch(context, {"id": data.get(name)})
        if not allowed["success"]:
            return allowed
    return {"success": True, "msg": tk._("Only the responsible unit changes this record.")}
