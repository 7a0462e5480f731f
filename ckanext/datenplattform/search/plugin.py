"""Plugin `dp_search`: wiring only. Solr's core needs the files of `ckan datenplattform search conf`."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p

from ..core.actions import named
from ..core.cli import datenplattform
from . import cli, query  # noqa: F401 - registers commands
from .logic import action, auth

ACTIONS = named(action)


class SearchPlugin(p.SingletonPlugin):
    """German search, suggestions, spelling."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IClick)
    p.implements(p.IPackageController, inherit=True)

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return dict(ACTIONS)

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in ACTIONS}

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]

    # IPackageController
    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        return query.german(search_params)
