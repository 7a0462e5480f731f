"""Dateninventur: which datasets exist and who answers for them. Wiring only."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core.actions import named
from ..core.cli import datenplattform
from . import (  # noqa: F401 - cli: its commands
    cli,
    cli_imports,
    cli_search,
    dataset_changes,
    helpers,
    helpers_care,
    helpers_search,
    helpers_twins,
    model_imports,
    records,
    upsert,
    views,
    views_care,
    views_register,
    views_rounds,
    views_search,
    views_sheets,
    views_twins,
)
from .logic import action, auth, auth_care, auth_imports, auth_search, auth_twins, care, register, report, requests, rounds
from .logic import imports as import_actions
from .logic import records as record_actions
from .logic import search as search_actions
from .logic import twins as twin_actions

# each module of actions ends with the tuple ACTIONS
MODULES = (action, record_actions, register, search_actions, care, requests, rounds, report, twin_actions, import_actions)
AUTH_MODULES = (auth, auth_search, auth_care, auth_twins, auth_imports)
ACTIONS = named(*MODULES)


@tk.blanket.config_declarations
class InventoryPlugin(p.SingletonPlugin):
    """Plugin `dp_inventory`."""

    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IPackageController, inherit=True)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        dataset_changes.install()

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return dict(ACTIONS)

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: next(getattr(module, name) for module in AUTH_MODULES if hasattr(module, name)) for name in ACTIONS}

    # IBlueprint
    def get_blueprint(self) -> Any:
        return [
            views_care.blueprint, views_care.requests, views_rounds.blueprint, views_rounds.report, views_twins.blueprint, views.blueprint,
            views_sheets.blueprint, views_register.blueprint, views_search.blueprint,
        ]  # fmt: skip

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return {**helpers.get_helpers(), **helpers_care.get_helpers(), **helpers_search.get_helpers(), **helpers_twins.get_helpers()}

    # IPackageController
    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Every dataset has its record from the first moment, in the same transaction."""
        if (pkg_dict.get("type") or "dataset") == "dataset":
            records.write(pkg_dict["id"], context.get(upsert.RECORD) or {}, context.get("user"))

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        dataset_changes.by(context.get("user"))

    def after_dataset_delete(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        dataset_changes.by(context.get("user"))
