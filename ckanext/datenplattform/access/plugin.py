"""Who may see what: the gate, permission labels, roles, Datenräume, keys. Wiring only."""

from __future__ import annotations

from functools import partial, update_wrapper
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core import config as core_config
from ..core.actions import named
from ..core.cli import datenplattform
from . import ahead, gate, helpers, readers, tokens, views
from .logic import action, auth, auth_dataspaces, contribute, hidden, leaks
from .logic import dataspaces as dataspace_actions
from .logic import gate as gate_actions
from .plugin_tokens import Tokens

# each module of actions ends with the tuple ACTIONS
ACTIONS = named(action, dataspace_actions)
AUTH_MODULES = (auth, auth_dataspaces)


class AccessPlugin(Tokens):
    """Plugin `dp_access`."""

    p.implements(p.IConfigurable)
    p.implements(p.IConfigDeclaration)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IPermissionLabels)
    p.implements(p.IClick)
    p.implements(p.IConfigurer)
    p.implements(p.IBlueprint)
    p.implements(p.ITemplateHelpers)

    # IConfigDeclaration: core is no plugin, and every room imports access
    def declare_config_options(self, declaration: Any, key: Any) -> None:
        core_config.declare(declaration, key)

    # IConfigurable
    def configure(self, config: Any) -> None:
        gate.install()

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return {**ACTIONS, **_chained()}

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        own = {name: next(getattr(module, name) for module in AUTH_MODULES if hasattr(module, name)) for name in ACTIONS}
        return {**own, "resource_show": auth.resource_show, **{item.__name__: item for item in auth_dataspaces.CHAINED}}

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")

    # IBlueprint
    def get_blueprint(self) -> Any:
        return [views.blueprint]

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return helpers.get_helpers()

    # IPackageController
    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        return hidden.index_entry(pkg_dict, ahead.is_published(pkg_dict["id"]))

    # IPermissionLabels
    def get_dataset_labels(self, dataset_obj: model.Package) -> list[str]:
        found = ahead.facts(dataset_obj.id)
        return readers.dataset_labels(found) if found else []

    def get_user_dataset_labels(self, user_obj: model.User | None) -> list[str]:
        return readers.user_labels(readers.memberships(user_obj))


READ_ONLY = (
    "_show", "_list", "_search", "_autocomplete", "_info", "_count", "am_following_dataset",
    "_list_with_resources",
)  # fmt: skip


def _chained() -> dict[str, Any]:
    """One chained action for each stock action, made of the parts that concern it, outermost last."""
    gates, hide = dict(gate_actions.TABLE), dict(hidden.TABLE)
    if p.plugin_loaded("datastore"):
        gates |= gate_actions.DATASTORE_TABLE
        hide |= hidden.DATASTORE_TABLE
    parts: dict[str, list[Any]] = {}
    for table in (contribute.TABLE, gates, leaks.TABLE):
        for name, function in table.items():
            parts.setdefault(name, []).append(function)
    parts.setdefault("api_token_list", []).append(tokens.listed)
    parts.setdefault("package_show", []).append(hidden.show_entry)
    parts.setdefault("package_search", []).append(_search)
    parts.setdefault("current_package_list_with_resources", []).append(hidden.list_entries)
    for name, (resolve, needed) in hide.items():
        parts.setdefault(name, []).append(_hide(resolve, needed, name in hidden.ANSWER_ALL))
    return {name: _compose(name, functions) for name, functions in parts.items()}


def _search(up: Any, context: Any, data: Any) -> Any:
    if not context.get("ignore_auth"):
        hidden.search_safely(data)
    hidden.leave_out(context, data)
    return hidden.search_entries(up, context, data)


def _hide(resolve: Any, needed: Any, first: bool) -> Any:
    def hide(up: Any, context: Any, data: Any) -> Any:
        return hidden.hide(up, context, data, resolve, needed, first)

    return hide


def _compose(name: str, functions: list[Any]) -> Any:
    def chained(up: Any, context: Any, data_dict: Any) -> Any:
        for function in functions:
            up = update_wrapper(partial(function, up), up)
        return up(context, data_dict)

    chained.__name__ = name
    if name.endswith(READ_ONLY):
        chained = tk.side_effect_free(chained)
    return tk.chained_action(chained)
