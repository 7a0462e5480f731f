"""Dateninventur: which datasets exist and who answers for them. Wiring only."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p

from . import upsert
from .logic import action, auth

ACTIONS = (
    "inventory_dataset_upsert", "inventory_dataset_vanish", "inventory_record_show", "inventory_record_patch",
    "inventory_record_list",
)  # fmt: skip


class InventoryPlugin(p.SingletonPlugin):
    """Plugin `dp_inventory`."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IPackageController, inherit=True)

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return {name: getattr(action, name) for name in ACTIONS}

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in ACTIONS}

    # IPackageController
    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Every dataset has its record from the first moment, in the same transaction."""
        if (pkg_dict.get("type") or "dataset") == "dataset":
            upsert.write_record(pkg_dict["id"], context.get(upsert.RECORD) or {}, context.get("user"))
