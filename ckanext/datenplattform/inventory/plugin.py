"""Dateninventur: which datasets exist and who answers for them. Wiring only."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from . import helpers, records, upsert, views, views_register
from .logic import action, auth, register
from .logic import records as record_actions

# each module of actions ends with the tuple ACTIONS
ACTIONS = {function.__name__: function for module in (action, record_actions, register) for function in module.ACTIONS}


class InventoryPlugin(p.SingletonPlugin):
    """Plugin `dp_inventory`."""

    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IPackageController, inherit=True)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return dict(ACTIONS)

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in ACTIONS}

    # IBlueprint
    def get_blueprint(self) -> Any:
        return [views.blueprint, views_register.blueprint]

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return helpers.get_helpers()

    # IPackageController
    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Every dataset has its record from the first moment, in the same transaction."""
        if (pkg_dict.get("type") or "dataset") == "dataset":
            records.write(pkg_dict["id"], context.get(upsert.RECORD) or {}, context.get("user"))
