"""Plugin `dp_harvesters`: wiring only. The protocols are plugins of their own."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.datenplattform.core.actions import named
from ckanext.datenplattform.core.cli import datenplattform

from . import cli, helpers, patience, views  # noqa: F401 - registers commands and tables
from .logic import action, auth, source
from .logic.auth import may_edit


@tk.blanket.config_declarations
class HarvestersPlugin(p.SingletonPlugin):
    """What all harvesters share: memory, pages, actions; and what ckanext-harvest tells too freely, closed."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.IConfigurer)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.ITemplateHelpers)

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return {**named(action), **source.get_actions()}

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return auth.get_auth_functions()

    # IBlueprint
    def get_blueprint(self) -> list[Any]:
        return [views.blueprint]

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "dp-harvesters")
        patience.install()

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return helpers.get_helpers()

    # IPackageController
    def after_dataset_show(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        if pkg_dict.get("type") == "harvest" and not may_edit(context, pkg_dict["id"]):
            # With its settings a source is nobody's business but its editors'.
            raise tk.ObjectNotFound(tk._("Dataset not found"))

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        if pkg_dict.get("dataset_type", pkg_dict.get("type")) == "harvest":
            for name in ("config", "extras_config"):
                pkg_dict.pop(name, None)
        return pkg_dict
